import { Effect, Schedule, Stream } from "effect"
import type { EntryView } from "../contract/views.ts"
import type { EntryType } from "../domain/entry.ts"
import { type Client, connect } from "../sdk/connect.ts"
import { isAway } from "../sdk/away.ts"
import { eventsOf } from "../sdk/events.ts"
import { Recent } from "./recent.ts"

export interface Follow {
  readonly home: string
  /** The id: an alias may be changed while it is followed. */
  readonly pactId: string
  readonly type: EntryType | undefined
  /** Where the feed of changes is read from. */
  readonly cursor: string
  /** What was shown before. */
  readonly shown: Iterable<string>
  readonly show: (entry: EntryView) => Effect.Effect<void>
  readonly say: (text: string) => Effect.Effect<void>
}

/** How often a daemon that went away is looked for. */
const again = "250 millis"

/**
 * Shows every entry that comes, once, in the linear order, for ever.
 *
 * Events only say that there is news. What is new is read from the feed of changes with a cursor of its own, so nothing
 * is skipped and nothing comes twice: not when events were lost, when the order changed, or when the daemon restarted.
 */
export const follow = Effect.fnUntraced(function* ({ cursor, home, pactId, say, show, shown, type }: Follow) {
  const recent = new Recent(shown)
  let since = cursor

  const read = Effect.fnUntraced(function* (client: Client) {
    const query = { limit: 1000, ...(type === undefined ? {} : { type }) }
    for (let more = true; more;) {
      const changes = yield* client.entries.changes({ params: { pactId }, query: { ...query, since } })
      for (const entry of changes.entries) if (recent.add(entry.id)) yield* show(entry)
      since = changes.cursor
      more = changes.has_more
    }
  })

  let away = false
  const session = Effect.gen(function* () {
    const { client } = yield* connect(home)
    yield* eventsOf(client, { pact: pactId, types: "entry-applied" }).pipe(
      // One piece of news is enough, however many came while the last were read.
      Stream.buffer({ capacity: 1, strategy: "sliding" }),
      Stream.runForEach(() =>
        Effect.gen(function* () {
          yield* read(client)
          if (away) yield* say("The daemon is back.")
          away = false
        })
      )
    )
  }).pipe(
    Effect.scoped,
    Effect.catchIf(isAway, () => Effect.void),
    Effect.andThen(
      Effect.suspend(() => {
        if (away) return Effect.void
        away = true
        return say("The daemon went away. Waiting for it to come back.")
      })
    )
  )
  return yield* Effect.repeat(session, Schedule.spaced(again))
})
