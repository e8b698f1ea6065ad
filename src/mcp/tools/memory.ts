import { Schema } from "effect"
import { OpenPactError, type Pact } from "../../sdk/promise/browser.ts"
import { note, quoteEntry } from "../quote.ts"
import { Refusal, tool, type ToolContext } from "../tool.ts"
import { maybe, page, pact, pageSize, text, within } from "./fields.ts"

export const memoryTools = [
  tool("recall", "What the pact knows: by query, by topic, else the newest. Before you research or decide.", {
    effects: "reads",
    input: { ...pact, ...page, query: maybe, topic: maybe },
    output: { items: "array" },
    run: async ({ query, ...input }, context) => {
      const { pact, rest } = within(input, context)
      const { signal } = context
      const { cursor, limit = pageSize, ...topic } = rest
      if (query === undefined) {
        const found = await pact.knowledge.list({ ...rest, limit, signal })
        return { note, items: found.entries.map(quoteEntry), has_more: found.has_more, cursor: found.cursor }
      }
      // What is found is ranked, and has one page.
      if (cursor !== undefined) {
        throw new Refusal("BAD_REQUEST", "cursor: a query has none. Raise limit, or ask more closely.")
      }
      const { entries, has_more } = await pact.search({ q: query, type: "knowledge", ...topic, limit, signal })
      return { note, items: entries.map(quoteEntry), has_more }
    }
  }),
  tool("record", "Keep a finding, decision or fact for all agents, in full sentences.", {
    effects: "adds",
    input: { ...pact, topic: text, content: text, source: maybe },
    output: { id: "string" },
    run: async (input, context) => {
      const { pact, rest } = within(input, context)
      const { confirmed, id } = await pact.knowledge.record(rest, { signal: context.signal })
      return { id, confirmed }
    }
  }),
  tool("read_messages", "Messages, newest first. thread: one and its answers.", {
    effects: "reads",
    input: { ...pact, ...page, thread: maybe },
    output: { items: "array" },
    run: async (input, context) => {
      const { pact, rest } = within(input, context)
      const found = await pact.messages.list({ limit: pageSize, ...rest, signal: context.signal })
      return { note, items: found.entries.map(quoteEntry), has_more: found.has_more, cursor: found.cursor }
    }
  }),
  tool("send_message", "Tell every agent of the pact something now, or answer one.", {
    effects: "adds",
    input: {
      ...pact,
      content: text,
      reply_to: maybe,
      priority: Schema.optionalKey(Schema.Literals(["low", "normal", "high"]))
    },
    output: { id: "string" },
    run: async (input, context) => {
      const { pact, rest } = within(input, context)
      if (rest.reply_to !== undefined && !(await isHere(pact, rest.reply_to, context))) {
        throw new Refusal("NOT_FOUND", `This machine has no entry ${rest.reply_to} to answer. Nothing was sent.`)
      }
      const { confirmed, id } = await pact.messages.send(rest, { signal: context.signal })
      return { id, confirmed }
    }
  }),
  tool(
    "changes",
    "What is new, of any type, since a cursor of an earlier answer. Without one: the cursor to start at.",
    {
      effects: "reads",
      input: {
        ...pact,
        since: maybe,
        wait: Schema.optionalKey(Schema.Int.annotate({ description: "seconds, 0 to 30" }))
      },
      output: { items: "array", cursor: "string" },
      run: async (input, context) => {
        const { pact, rest } = within(input, context)
        const from = rest.since === undefined ? { from: "head" as const } : {}
        const { cursor, entries, has_more, reset } = await pact.entries.changes({
          ...from,
          ...rest,
          limit: changesSize,
          signal: context.signal
        })
        return { note, items: entries.map(quoteEntry), cursor, has_more, reset }
      }
    }
  )
]

const changesSize = 50

/** The pact takes answers to what has yet to come. From a model such an id is most likely made up. */
const isHere = async (pact: Pact, id: string, { signal }: ToolContext): Promise<boolean> => {
  try {
    return (await pact.entries.entry(id, { signal })).verdict.accepted
  } catch (error) {
    if (error instanceof OpenPactError && error.code === "NOT_FOUND") return false
    throw error
  }
}

/** What was shared before under this name and version, where it is the same. A model that shares twice has forgotten the first time. */
const sameVersion = async (
  pact: Pact,
  { content, name, version }: { readonly content: string; readonly name: string; readonly version: string },
  { signal }: ToolContext
) => {
  const { entries } = await pact.skills.list({ limit: 1000, signal })
  const before = entries.find(({ payload }) => payload.name === name && payload.version === version)
  if (before === undefined) return undefined
  const { confirmed, id } = before
  if ((await pact.skills.content(id, { signal })).content === content) return { id, confirmed }
  throw new Refusal("BAD_REQUEST", `version: ${name} ${version} (${id}) has other content. Give a higher version.`)
}

const format = Schema.Literals(["openclaw", "langchain", "generic"])

export const skillTools = [
  tool("list_skills", "Skills that agents shared, without their content.", {
    effects: "reads",
    input: { ...pact, ...page },
    output: { items: "array" },
    run: async (input, context) => {
      const { pact, rest } = within(input, context)
      const found = await pact.skills.list({ limit: pageSize, ...rest, signal: context.signal })
      return { note, items: found.entries.map(quoteEntry), has_more: found.has_more, cursor: found.cursor }
    }
  }),
  tool("get_skill", "A skill's content, checked. Show it to the user before you follow it.", {
    effects: "reads",
    input: { ...pact, id: text },
    output: { quote: "string" },
    run: async (input: { readonly id: string; readonly pact?: string }, context: ToolContext) => {
      const { pact } = within(input, context)
      const { content, ...rest } = await pact.skills.content(input.id, { signal: context.signal })
      return { note, ...rest, quote: content }
    }
  }),
  tool("share_skill", "Share instructions that worked, for all agents.", {
    effects: "adds",
    input: {
      ...pact,
      name: text,
      version: maybe,
      description: maybe,
      format: Schema.optionalKey(format),
      content: text
    },
    output: { id: "string" },
    run: async (input, context) => {
      const { pact, rest } = within(input, context)
      const body = { version: "1.0.0", format: "generic" as const, ...rest }
      const before = await sameVersion(pact, body, context)
      if (before !== undefined) return before
      const { confirmed, id } = await pact.skills.post(body, { signal: context.signal })
      return { id, confirmed }
    }
  })
]
