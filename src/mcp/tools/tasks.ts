import { Schema } from "effect"
import { note, quoteEntry, quoteTask } from "../quote.ts"
import { tool } from "../tool.ts"
import { maybe, page, pact, pageSize, says, text, within } from "./fields.ts"

/** The claim tells this hold on a task from an earlier one. */
const held = { ...pact, id: text, claim: maybe }
const ttl = Schema.optionalKey(Schema.Int.annotate({ description: "ms" }))

export const taskTools = [
  tool("list_tasks", "Tasks, newest first. status open: what can be claimed.", {
    effects: "reads",
    input: { ...pact, ...page, status: Schema.optionalKey(Schema.Literals(["open", "claimed", "complete"])) },
    output: { items: "array" },
    run: async (input, context) => {
      const { pact, rest } = within(input, context)
      const found = await pact.tasks.list({ limit: pageSize, ...rest, signal: context.signal })
      return { note, items: found.entries.map(quoteTask), has_more: found.has_more, cursor: found.cursor }
    }
  }),
  tool("get_task", "One task with its history and result.", {
    effects: "reads",
    input: { ...pact, id: text },
    output: { task: "object" },
    run: async (input, context) => {
      const { pact, rest } = within(input, context)
      const { history, ...task } = await pact.tasks.task(rest.id, { signal: context.signal })
      return { note, task: quoteTask(task), history: history.map(quoteEntry) }
    }
  }),
  tool("create_task", "Make a task that any agent, or the one assigned, may claim.", {
    effects: "adds",
    input: { ...pact, title: text, description: maybe, assigned_to: says("agent id"), ttl },
    output: { task: "object" },
    run: async (input, context) => {
      const { pact, rest } = within(input, context)
      return { task: quoteTask(await pact.tasks.create(rest, { signal: context.signal })) }
    }
  }),
  tool("claim_task", "Take an open task before you work on it. Waits until no other agent can have it.", {
    effects: "adds",
    input: { ...pact, id: text, ttl },
    output: { task: "object" },
    run: async (input, context) => {
      const { pact, rest } = within(input, context)
      const { id, ...body } = rest
      return {
        note,
        task: quoteTask(await pact.tasks.claim(id, body, { wait: "confirmed", signal: context.signal }))
      }
    }
  }),
  tool("renew_task", "Keep a claim that would run out.", {
    effects: "sets",
    input: { ...held, ttl },
    output: { task: "object" },
    run: async (input, context) => {
      const { pact, rest } = within(input, context)
      const { id, ...body } = rest
      return { task: quoteTask(await pact.tasks.renew(id, body, { signal: context.signal })) }
    }
  }),
  tool("complete_task", "End your claimed task, with a result for others.", {
    effects: "adds",
    input: { ...held, result: Schema.optionalKey(Schema.Record(Schema.String, Schema.Unknown)) },
    output: { task: "object" },
    run: async (input, context) => {
      const { pact, rest } = within(input, context)
      const { id, ...body } = rest
      return { task: quoteTask(await pact.tasks.complete(id, body, { signal: context.signal })) }
    }
  }),
  tool("release_task", "Give a claimed task back when you can't finish it.", {
    effects: "sets",
    input: held,
    output: { task: "object" },
    run: async (input, context) => {
      const { pact, rest } = within(input, context)
      const { id, ...body } = rest
      return { task: quoteTask(await pact.tasks.release(id, body, { signal: context.signal })) }
    }
  })
]
