import { Deferred, Effect, type Exit, Metric, type Scope } from "effect"
import { randomBytes } from "node:crypto"
import { fromHex } from "../../src/engine/bytes.ts"
import { type Connection, joinSwarm, openDht } from "../../src/hyper/swarm.ts"
import { strikes } from "../../src/network/members.ts"
import { within } from "./deadline.ts"
import type { Bootstrap } from "./testnet.ts"

/** Does something on the first connection to a machine, as somebody who knows where its pact meets. */
export const attack = Effect.fnUntraced(function* <A>(
  boot: Bootstrap,
  { discoveryKey }: { readonly discoveryKey: string },
  what: string,
  act: (connection: Connection) => Effect.Effect<A, unknown, Scope.Scope>
) {
  const done = Deferred.makeUnsafe<A>()
  // It sees the end of the connection too, so that end must not interrupt it.
  const serve = (connection: Connection) =>
    Effect.suspend(() => (Deferred.isDoneUnsafe(done) ? Effect.void : Effect.orDie(act(connection)))).pipe(
      Effect.onExit((exit) => Deferred.done(done, exit as Exit.Exit<A>)),
      Effect.uninterruptible
    ) as Effect.Effect<void, never, Scope.Scope>
  return yield* Effect.scoped(
    Effect.gen(function* () {
      yield* joinSwarm(yield* openDht(boot), { topic: fromHex(discoveryKey), seed: randomBytes(32), serve })
      return yield* Deferred.await(done).pipe(within(what, "20 seconds", () => "the attack did not end"))
    })
  )
})

/** How often peers broke a protocol so far. */
export const strikeCount = Effect.map(Metric.value(strikes), ({ count }) => Number(count))
