import { Deferred, Effect, Metric, Schedule, type Scope } from "effect"
import HyperDHT from "hyperdht"
import Hyperswarm, { type NoiseStream } from "hyperswarm"
import { randomBytes } from "node:crypto"
import { fromHex } from "../../src/engine/bytes.ts"
import { type Connection, connectionOf, openDht } from "../../src/hyper/swarm.ts"
import { strikes } from "../../src/network/members.ts"
import { within } from "./deadline.ts"
import type { Bootstrap } from "./testnet.ts"

/** Does something on the first connection to a machine, as somebody who knows where its pact meets. */
export const attack = <A>(
  boot: Bootstrap,
  { discoveryKey }: { readonly discoveryKey: string },
  what: string,
  act: (connection: Connection) => Effect.Effect<A, unknown, Scope.Scope>
): Effect.Effect<A> =>
  dial(boot, fromHex(discoveryKey)).pipe(
    Effect.flatMap((stream) => connectionOf(stream)),
    Effect.flatMap(act),
    Effect.scoped,
    within(what, "20 seconds", () => "the attack did not end"),
    Effect.orDie
  )

/**
 * Looks for somebody at a topic until there is a connection. It can't be found there itself: when two dial each other,
 * one of the connections is dropped, and that may be the one on which the test is at work.
 */
const dial = Effect.fnUntraced(function* (boot: Bootstrap, topic: Uint8Array) {
  const { node } = yield* openDht(boot)
  const swarm = new Hyperswarm({ dht: node, keyPair: HyperDHT.keyPair(randomBytes(32)) })
  const found = Deferred.makeUnsafe<NoiseStream>()
  swarm.on("connection", (stream: NoiseStream) => {
    stream.on("error", () => {})
    if (!Deferred.doneUnsafe(found, Effect.succeed(stream))) stream.destroy()
  })
  yield* Effect.addFinalizer(() =>
    Effect.promise(async () => {
      for (const stream of swarm.connections) stream.destroy()
      await Promise.all([swarm.clear(), swarm.server.close()])
    })
  )
  const search = { client: true, server: false }
  const session = swarm.join(topic, search)
  const again = Effect.ignore(Effect.tryPromise(() => session.refresh(search)))
  yield* Effect.forkScoped(Effect.repeat(again, Schedule.spaced("300 millis")))
  return yield* Deferred.await(found)
})

/** How often peers broke a protocol so far. */
export const strikeCount = Effect.map(Metric.value(strikes), ({ count }) => Number(count))
