import { describe, expect, it } from "@effect/vitest"
import { Effect, Fiber } from "effect"
import { TestClock } from "effect/testing"
import { randomBytes } from "node:crypto"
import { toHex } from "../../../src/engine/bytes.ts"
import type { Gap } from "../../../src/hyper/missing.ts"
import { type Connection, connectionOf, joinSwarm, openDht } from "../../../src/hyper/swarm.ts"
import { keepSyncing } from "../../../src/network/keep-syncing.ts"
import { makeSignal, type Signal } from "../../../src/pacts/signal.ts"
import { within } from "../../kit/deadline.ts"
import { dataIn, joinLedger, linkLedgers, openClosable, settled } from "../../kit/ledgers.ts"
import { live } from "../../kit/live.ts"
import { creator, joiner } from "../../kit/machines.ts"
import { makeMesh } from "../../kit/mesh.ts"
import { tempDir } from "../../kit/temp.ts"
import { type Bootstrap, testnet } from "../../kit/testnet.ts"
import { openWire } from "../../kit/wire.ts"

/** One end of a meeting place: the streams that are open now, by their handshake. */
const peer = Effect.fnUntraced(function* (boot: Bootstrap, topic: Uint8Array, changed: Signal<never>) {
  const open = new Map<string, Connection>()
  const dht = yield* openDht(boot)
  const swarm = yield* joinSwarm(dht, {
    topic,
    seed: randomBytes(32),
    serve: (connection) =>
      Effect.acquireRelease(
        Effect.sync(() => {
          open.set(toHex(connection.handshakeHash), connection)
          changed.fire()
        }),
        () =>
          Effect.sync(() => {
            open.delete(toHex(connection.handshakeHash))
            changed.fire()
          })
      ).pipe(Effect.andThen(Effect.never))
  })
  return { dht, open, swarm }
})
const meet = Effect.fnUntraced(function* () {
  const boot = yield* testnet
  const topic = randomBytes(32)
  const changed = makeSignal<never>()
  const [ada, bob] = [yield* peer(boot, topic, changed), yield* peer(boot, topic, changed)]
  const hashes = () => [...ada.open.keys()].filter((hash) => bob.open.has(hash))
  /** Waits until both have one stream in common that is none of the `old` ones. */
  const met = (old: ReadonlyArray<string> = []) =>
    changed
      .until(() => hashes().find((hash) => !old.includes(hash)) ?? null)
      .pipe(within("a stream in common", "20 seconds", () => `open: ${hashes().join(", ")}`))
  return { ada, bob, met }
})

describe("a connection", () => {
  live("is closed when the other end says nothing for too long, and not before", () =>
    Effect.gen(function* () {
      const wire = (yield* openWire([randomBytes(32), randomBytes(32)]))!
      const liveness = { pingEvery: 20, silence: 200 }
      const [one, other] = [yield* connectionOf(wire.ends[0], liveness), yield* connectionOf(wire.ends[1], liveness)]
      // Signs of life keep it open for longer than it may be silent.
      const pings = Effect.callback<void>((resume) => {
        let heard = 0
        wire.onCarry(() => void (++heard === 30 && resume(Effect.void)))
      })
      const still = yield* Effect.raceFirst(Effect.as(pings, "open"), Effect.as(one.closed, "closed")).pipe(
        within("thirty signs of life", "10 seconds", () => "none")
      )
      expect(still).toBe("open")
      wire.hold(true)
      yield* Effect.all([one.closed, other.closed]).pipe(within("both ends closed", "10 seconds", () => "open"))
    })
  )

  live("is made anew when it ended without a reason, and when the machine slept", () =>
    Effect.gen(function* () {
      const { ada, bob, met } = yield* meet()
      const first = yield* met()
      yield* ada.open.get(first)!.destroy
      const second = yield* met([first])
      // What dht-rpc says when far more time has passed than it slept.
      bob.dht.node.emit("wakeup")
      const third = yield* met([first, second])
      yield* ada.swarm.redial
      yield* met([first, second, third])
    })
  )
})

describe("a pact that gets nothing though peers have more", () => {
  const watch = (gaps: (sinceDial: number) => Readonly<Record<string, Gap>>, connections = 1) =>
    Effect.gen(function* () {
      const dials: Array<number> = []
      let at = 0
      const redial = Effect.sync(() => void dials.push(at))
      const ledger = { offered: Effect.sync(() => new Map(Object.entries(gaps(at - (dials.at(-1) ?? 0))))) }
      const fiber = yield* Effect.forkChild(
        keepSyncing({ pactId: "ab", ledger }, { connections: () => connections, redial })
      )
      for (; at < 600; at += 15) yield* TestClock.adjust("15 seconds")
      yield* Fiber.interrupt(fiber)
      return dials
    })

  it.effect("dials anew, ever more seldom", () =>
    Effect.gen(function* () {
      const dials = yield* watch(() => ({ log: { from: 3, blocks: 7 } }))
      expect(dials).toHaveLength(3)
      expect(dials[1]! - dials[0]!).toBe(90)
      expect(dials[2]! - dials[1]!).toBe(180)
      // Who has them is gone for a while after each dial.
      const gone = yield* watch((sinceDial) => (sinceDial < 60 ? {} : { log: { from: 3, blocks: 7 } }))
      expect(gone.map((at, i) => at - (gone[i - 1] ?? 0)).slice(1)).toEqual([90, 180])
    })
  )
  it.effect("leaves a connection alone that brings something, or that has nothing to bring", () =>
    Effect.gen(function* () {
      let left = 1000
      expect(yield* watch(() => ({ log: { from: 3, blocks: left-- } }))).toEqual([])
      expect(yield* watch(() => ({ log: { from: left++, blocks: 7 } }))).toEqual([])
      expect(yield* watch(() => ({}))).toEqual([])
      expect(yield* watch(() => ({ log: { from: 3, blocks: 7 } }), 0)).toEqual([])
    })
  )
  it.effect("dials anew for one log that stands still while others don't, and while there is ever more of it", () =>
    Effect.gen(function* () {
      let more = 7
      const gaps = () => ({ log: { from: 3, blocks: more++ }, order: { from: more, blocks: 2 } })
      expect(yield* watch(gaps)).toHaveLength(3)
    })
  )
})

describe("a machine is synced", () => {
  live("once it has read its own admission and all that its peers told it of", () =>
    Effect.gen(function* () {
      const ada = yield* creator([])
      expect(yield* ada.pact.synced).toBe(true)
      const bob = yield* joiner("bob", [], ada)
      expect(yield* bob.pact.synced).toBe(false)

      const mesh = yield* makeMesh({ size: 2 })
      for (const node of mesh.nodes) {
        const { pact } = node.machine()
        yield* mesh.until(`${node.name} synced`, pact.synced)
      }
    })
  )

  live("and not while blocks that a peer announced are missing", () =>
    Effect.gen(function* () {
      const home = yield* tempDir()
      const ada = yield* openClosable({ dir: dataIn(home, "ada") })
      const { member: bob, unlink } = yield* joinLedger(ada, { dir: dataIn(home, "bob") })
      yield* unlink
      for (let i = 0; i < 100; i++) yield* ada.append(Buffer.from(`entry ${i}`))
      expect(yield* bob.missing).toBe(0)
      yield* linkLedgers(ada, bob)
      const told = Effect.gen(function* () {
        while ((yield* bob.missing) === 0) yield* Effect.promise(() => new Promise((done) => setImmediate(done)))
      })
      yield* told.pipe(within("word of what ada has", "10 seconds", () => "none"))
      yield* settled(bob, "synced", () => Effect.map(bob.missing, (missing) => missing === 0))
    })
  )
})
