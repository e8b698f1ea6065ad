import { Effect } from "effect"
import { Argument } from "effect/cli"
import type { EntryView } from "../../contract/views.ts"
import { Cli } from "../cli.ts"
import { authorOf } from "../entry-text.ts"
import { session } from "../session.ts"
import { indent, plain, span, table, time, when } from "../text.ts"
import { verb } from "../verb.ts"

export const show = () =>
  verb(
    "show",
    {
      description: "Show one entry of any type with everything it holds, what it refers to and what refers to it.",
      examples: [["openpact show 1a2b3c4d-512", "By the id that record and log print"]]
    },
    { id: Argument.String("id").pipe(Argument.withDescription("The id of an entry.")) },
    Effect.fn("show")(function* ({ id }) {
      const { answer, style } = yield* Cli
      const { client, params } = yield* session
      const entry = yield* client.entries.entry({ params: { ...params, id } })
      const page = yield* client.entries.referencedBy({
        params: { ...params, id },
        query: { limit: shownRefs, order: "asc" }
      })
      const referencedBy = page.entries.map((other) => other.id)
      yield* answer({ ...entry, referenced_by: referencedBy, referenced_by_has_more: page.has_more }, () => {
        const row = (name: string, value: string) => [style.dim(name), plain(value)]
        if (!("payload" in entry)) return table([row("id", entry.id), row("refused", entry.verdict.code)])
        const head = table([
          row("id", entry.id),
          row("type", entry.type),
          row("time", time(entry.timestamp)),
          row("by", authorOf(entry)),
          row("refs", idsText(entry.refs)),
          row("referenced by", `${idsText(referencedBy)}${page.has_more ? " and more" : ""}`),
          ...(entry.ttl === undefined ? [] : [row("ttl", span(entry.ttl))]),
          row("confirmed", entry.confirmed ? "yes" : "not yet")
        ])
        return `${head}\n${payloadText(readable(entry), style.dim)}`
      })
    }, Effect.scoped)
  )

/** How many of the entries that refer to it are named. */
const shownRefs = 100

const idsText = (ids: ReadonlyArray<string>): string => (ids.length === 0 ? "none" : ids.join(" "))

/** Times for people. Of knowledge, tasks and skills any field may be there, and stays as it was written. */
const readable = (entry: EntryView): object =>
  entry.type === "admin" && entry.payload.action === "mintInvite"
    ? { ...entry.payload, expires_at: when(entry.payload.expires_at) }
    : entry.payload

const payloadText = (payload: object, dim: (text: string) => string): string =>
  Object.entries(payload)
    .map(([name, value]) => {
      const text = plain(typeof value === "string" ? value : JSON.stringify(value, null, 2))
      return `${dim(plain(name))}\n${indent(text)}`
    })
    .join("\n")
