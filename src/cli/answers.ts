import { Effect } from "effect"
import type { EntryView } from "../contract/views.ts"
import { Cli } from "./cli.ts"
import { entryText } from "./entry-text.ts"

/** Entries as an answer, each a line of JSON or a few lines of text. */
export const answerEntries = Effect.fnUntraced(function* (
  entries: ReadonlyArray<EntryView>,
  { more, none }: { readonly more: boolean; readonly none: string }
) {
  const { answer, style } = yield* Cli
  for (const entry of entries) yield* answer(entry, () => entryText(entry, style))
  yield* answerMore({ found: entries.length, more, none })
})

/** What is said below a list. */
export const answerMore = Effect.fnUntraced(function* ({
  found,
  more,
  none
}: {
  readonly found: number
  readonly more: boolean
  readonly none: string
}) {
  const { say } = yield* Cli
  if (found === 0) yield* say(none)
  if (more) yield* say("There are more. See them with --limit.")
})

/** An entry that was just written: the id alone on stdout, so that a script can take it. */
export const answerWritten = Effect.fnUntraced(function* (entry: EntryView) {
  const { answer, command, say } = yield* Cli
  yield* answer(entry, () => entry.id)
  yield* say(`Written. See it: ${command(`show ${entry.id}`)}`)
})
