import { describe, expect, vi } from "@effect/vitest"
import { Deferred, Effect } from "effect"
import HyperDHT from "hyperdht"
import Hyperswarm from "hyperswarm"
import { randomBytes } from "node:crypto"
import { toHex } from "../../../src/engine/bytes.ts"
import { joinSwarm, openDht } from "../../../src/hyper/swarm.ts"
import { within } from "../../kit/deadline.ts"
import { live } from "../../kit/live.ts"
import { type Bootstrap, testnet } from "../../kit/testnet.ts"

const runs = 100

/** Two that know nothing of each other come at the same moment. Answers how long it takes until both have one stream, ms. */
const meet = (boot: Bootstrap) =>
  Effect.scoped(
    Effect.gen(function* () {
      const topic = randomBytes(32)
      const ends: [Map<string, boolean>, Map<string, boolean>] = [new Map(), new Map()]
      const met = Deferred.makeUnsafe<void>()
      const look = () => {
        for (const [hash, initiator] of ends[0])
          if (ends[1].get(hash) === !initiator) Deferred.doneUnsafe(met, Effect.void)
      }
      const one = (end: 0 | 1) =>
        Effect.flatMap(openDht(boot), (dht) =>
          joinSwarm(dht, {
            topic,
            seed: randomBytes(32),
            serve: ({ handshakeHash, initiator }) =>
              Effect.acquireRelease(
                Effect.sync(() => {
                  ends[end].set(toHex(handshakeHash), initiator)
                  look()
                }),
                () => Effect.sync(() => ends[end].delete(toHex(handshakeHash)))
              )
          })
        )
      const started = performance.now()
      yield* Effect.all([one(0), one(1)], { concurrency: 2 })
      yield* Deferred.await(met).pipe(
        within("the first connection", "15 seconds", () => JSON.stringify(ends.map((end) => [...end])))
      )
      return performance.now() - started
    })
  )

/** Peers that are found under a topic and were killed: nobody took their names out of the DHT. Answers their keys. */
const killed = Effect.fnUntraced(function* (bootstrap: Bootstrap, topic: Uint8Array, count: number) {
  const kill = Effect.fnUntraced(function* () {
    const keyPair = HyperDHT.keyPair(randomBytes(32))
    const dht = new HyperDHT({ bootstrap, host: "127.0.0.1" })
    const swarm = new Hyperswarm({ dht, keyPair })
    yield* Effect.addFinalizer(() => Effect.promise(() => swarm.clear()))
    yield* Effect.promise(() => swarm.join(topic, { client: false, server: true }).flushed())
    yield* Effect.promise(() => dht.destroy({ force: true }))
    return toHex(keyPair.publicKey)
  })
  return yield* Effect.all(Array.from({ length: count }, kill), { concurrency: 4 })
})

describe("a private network", () => {
  live(
    `connects two that come at the same moment, ${runs} times of ${runs}`,
    () =>
      Effect.gen(function* () {
        const boot = yield* testnet
        const times = yield* Effect.all(
          Array.from({ length: runs }, () => meet(boot)),
          { concurrency: 4 }
        )
        times.sort((a, b) => a - b)
        console.log(`first connection: p50 ${times[runs / 2]!.toFixed(0)} ms, longest ${times.at(-1)!.toFixed(0)} ms`)
        expect(times[runs / 2]).toBeLessThan(3000)
      }),
    90_000
  )

  live("lets who comes dial at once all that it finds, so that a dozen that were killed don't stand in its way", () =>
    Effect.gen(function* () {
      const boot = yield* testnet
      const topic = randomBytes(32)
      const dead = yield* killed(boot, topic, 12)
      const { node } = yield* openDht(boot)
      const dialled = new Set<string>()
      const outcome = Deferred.makeUnsafe<string>()
      const connect = node.connect.bind(node)
      vi.spyOn(node, "connect").mockImplementation((...call) => {
        const stream = connect(...call)
        const key = toHex(call[0])
        dialled.add(key)
        // A dial that nobody answers ends after 8 s. If others wait for that, they come after it.
        stream.once("close", () => Deferred.doneUnsafe(outcome, Effect.succeed(`a dial to ${key} ended`)))
        if (dead.every((key) => dialled.has(key))) Deferred.doneUnsafe(outcome, Effect.succeed("all were dialled"))
        return stream
      })
      yield* joinSwarm({ node }, { topic, seed: randomBytes(32), serve: () => Effect.never })
      expect(yield* Deferred.await(outcome)).toBe("all were dialled")
    })
  )

  live("connects machines that have to learn how they look from outside", () =>
    Effect.gen(function* () {
      const bootstrap = yield* testnet
      // Other addresses than that of the nodes, so that neither finds a shorter way.
      const at = (host: string) =>
        Effect.acquireRelease(
          Effect.sync(() => new HyperDHT({ bootstrap, host })),
          (node) => Effect.promise(() => node.destroy({ force: true }))
        )
      const [here, there] = [yield* at("127.0.0.2"), yield* at("127.0.0.3")]
      const keys = HyperDHT.keyPair(randomBytes(32))
      const server = there.createServer((stream) => stream.on("error", () => {}).write("hello"))
      yield* Effect.promise(() => server.listen(keys))
      const stream = here.connect(keys.publicKey)
      yield* Effect.addFinalizer(() => Effect.sync(() => stream.destroy()))
      const heard = yield* Effect.callback<string>((resume) => {
        stream.on("error", (error: Error) => resume(Effect.succeed(error.message)))
        stream.once("data", (bytes: Buffer) => resume(Effect.succeed(bytes.toString())))
      }).pipe(within("a word from the other side", "10 seconds", () => "nothing was heard"))
      expect(heard).toBe("hello")
    })
  )
})
