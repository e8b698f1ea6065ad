import { Effect } from "effect"
import { Flag } from "effect/cli"
import type { EntryView } from "../../contract/views.ts"
import { EntryType } from "../../domain/entry.ts"
import { answerMore } from "../answers.ts"
import { Cli } from "../cli.ts"
import { entryText } from "../entry-text.ts"
import { choiceFlag, limitFlag, switchFlag, textFlag } from "../flags.ts"
import { type PageQuery, walk } from "../pages.ts"
import { session } from "../session.ts"
import { moment } from "../since.ts"
import { makeTitles } from "../task-titles.ts"
import { verb } from "../verb.ts"

export const log = () =>
  verb(
    "log",
    {
      description: "Read all entries in their order, the newest last.",
      examples: [
        ["openpact log --since 1h", "What happened in the last hour"],
        ["openpact log --follow --json", "Every entry as it comes, one a line, also after the daemon restarts"]
      ]
    },
    {
      follow: switchFlag("follow", "Go on with what comes, until Ctrl-C.").pipe(Flag.withAlias("f")),
      type: choiceFlag("type", EntryType.literals, "Only entries of this type."),
      limit: limitFlag(50, 100_000),
      since: textFlag("since", "WHEN", "Only what was written since: 90m, 24h, 7d, 2026-07-01 or 2026-07-01T12:00.")
    },
    Effect.fn("log")(function* ({ follow, limit, since, type }) {
      const { answer, home, json, say, style } = yield* Cli
      const from = since === undefined ? undefined : yield* moment(since)
      const { client, params } = yield* session
      const { pact_id: pactId } = yield* client.pact.status({ params })
      const typed = type === undefined ? {} : { type }
      const filter = from === undefined ? typed : { ...typed, since: from }
      const entriesOf = (page: PageQuery) => client.entries.log({ params: { pactId }, query: { ...page, ...filter } })

      // Where the feed starts is asked first, so that what comes in between is shown by one or the other.
      const head = follow
        ? yield* client.entries.changes({ params: { pactId }, query: { from: "head", ...typed } })
        : undefined
      const { found, more } = yield* walk(limit, entriesOf)
      // What came after the feed's start is left to the feed, which has it in order.
      const later =
        head &&
        (yield* client.entries.changes({ params: { pactId }, query: { since: head.cursor, limit: 1000, ...typed } }))
      const ids = new Set(later?.entries.map(({ id }) => id))
      const shown = found.filter(({ id }) => !ids.has(id)).toReversed()
      const none = since === undefined ? "There are no entries yet." : "Nothing was written since then."
      const titles = makeTitles(client)
      titles.see(found)
      const show = Effect.fnUntraced(function* (entry: EntryView) {
        const task = json ? undefined : yield* titles.titleOf(pactId, entry)
        yield* answer(entry, () => entryText(entry, style, { task }))
      })
      yield* Effect.forEach(shown, show, { discard: true })
      yield* answerMore({ found: shown.length, more: more && head === undefined, none })
      if (head === undefined) return

      const { follow: goOn } = yield* Effect.promise(() => import("../follow.ts"))
      yield* goOn({
        home,
        pactId,
        type,
        cursor: head.cursor,
        shown: shown.map(({ id }) => id),
        show,
        say
      })
    }, Effect.scoped)
  )
