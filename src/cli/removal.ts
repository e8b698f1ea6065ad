import { Effect, Predicate } from "effect"
import { Cli } from "./cli.ts"
import { session } from "./session.ts"
import { removalText } from "./status-text.ts"

/** How long a command that is done may wait for this. */
const patience = "1 second"

/** Says, when this is done, that others told this machine that it was removed. Whether it is so it can't know. */
export const warnRemoved = <A, E, R>(command: Effect.Effect<A, E, R>) =>
  command.pipe(
    Effect.tap(() => warn),
    // It is written, and nobody confirms it.
    Effect.tapError((error) => (Predicate.isTagged(error, "VIEW_TIMEOUT") ? warn : Effect.void))
  )

const warn = Effect.gen(function* () {
  const { json, say, talkStyle } = yield* Cli
  if (json) return
  const { client, params } = yield* session
  const { removal_told_by: told } = yield* client.pact.status({ params })
  if (told === undefined) return
  yield* say(talkStyle.yellow(`${removalText(told)}. What is written here may reach nobody.`))
}).pipe(Effect.timeout(patience), Effect.ignore)
