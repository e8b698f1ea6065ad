import { expect } from "@effect/vitest"
import { Effect } from "effect"
import { agentIdOf } from "../../../src/domain/ids.ts"
import { applyFrame } from "../../../src/engine/apply.ts"
import { decodeHead } from "../../../src/engine/block.ts"
import { encodeText, toHex } from "../../../src/engine/bytes.ts"
import { encodeEntry } from "../../../src/engine/entry.ts"
import { encodeFrame } from "../../../src/engine/frame.ts"
import { MemoryViews } from "../../../src/engine/memory.ts"
import type { Ledger } from "../../../src/hyper/Ledger.ts"
import type { Apply } from "../../../src/hyper/views.ts"
import { entryOf, start } from "../../kit/history.ts"
import { converged, dataIn, linkLedgers, openClosable, openStranger, settled, withSnapshot } from "../../kit/ledgers.ts"
import { live } from "../../kit/live.ts"
import { type Random, randomFrom } from "../../kit/random.ts"
import { tempDir } from "../../kit/temp.ts"

/** The frames that `apply` saw, by writer and length. */
const seen = new Map<string, Uint8Array>()
const apply: Apply = (pactId, ports, frame) => {
  seen.set(`${frame.writer} ${frame.length}`, Uint8Array.from(frame.bytes))
  return applyFrame(pactId, ports, frame)
}

/** Frames of a member that wants what others want too: it claims, completes and releases the same few tasks. */
const randomFrame = (random: Random, writer: string, tasks: ReadonlyArray<string>): Uint8Array => {
  const one = (): Uint8Array => {
    const refs = [random.pick(tasks)]
    const timestamp = start + random.below(1_000_000)
    if (random.chance(0.1)) return random.bytes(20)
    if (random.chance(0.4))
      return encodeEntry(entryOf(writer, "knowledge", { topic: "t", content: random.hex(8) }, { timestamp }))
    const payload = random.pick([{ status: "claimed" }, { status: "complete" }, { status: "open" }])
    return encodeEntry(entryOf(writer, "task", payload, { refs, timestamp, ttl: 1 + random.below(400_000) }))
  }
  return random.chance(0.05) ? random.bytes(30) : encodeFrame(Array.from({ length: 1 + random.below(4) }, one))
}

const append = (ledger: Ledger, frame: Uint8Array) => Effect.orDie(ledger.append(frame))

for (const seed of [1, 2, 3]) {
  live(`seed ${seed}: peers that were cut off from each other come to what a straight replay of the order gives`, () =>
    Effect.gen(function* () {
      const random = randomFrom(seed)
      const home = yield* tempDir()
      const ada = yield* openClosable({ dir: dataIn(home, "ada"), apply })
      const { pactId } = ada
      const admin = (key: string) => encodeFrame([encodeEntry(entryOf(pactId, "admin", { action: "addWriter", key }))])
      const make = (title: string) => encodeEntry(entryOf(pactId, "task", { status: "open", title }))
      const length = yield* append(ada, encodeFrame([make("a"), make("b"), make("c")]))
      const tasks = [0, 1, 2].map((place) => `${pactId.slice(0, 8)}-${length * 256 + place}`)
      const peers: Array<Ledger> = [ada]
      for (const name of ["bob", "eve"]) {
        const peer = yield* openStranger(ada, { dir: dataIn(home, name), apply })
        const unlink = yield* linkLedgers(ada, peer)
        yield* append(ada, admin(peer.memberKey))
        yield* settled(peer, "writable", () => peer.writable)
        yield* unlink
        peers.push(peer)
      }
      for (let round = 0; round < 6; round++) {
        for (const peer of peers) {
          for (let i = random.below(4); i >= 0; i--) yield* append(peer, randomFrame(random, peer.memberKey, tasks))
        }
        const [a, b] = [random.pick(peers), random.pick(peers)]
        if (a === b) continue
        const unlink = yield* linkLedgers(a, b)
        yield* append(a, randomFrame(random, a.memberKey, tasks))
        yield* unlink
      }
      // All together again: each says one more thing, so that everybody has something to wait for.
      yield* linkLedgers(peers[0]!, peers[1]!)
      yield* linkLedgers(peers[0]!, peers[2]!)
      for (const peer of peers)
        yield* append(peer, encodeFrame([encodeText(`"the last of ${agentIdOf(peer.memberKey)}"`)]))
      const frames = seen.size
      const own = new Set([...seen.keys()].filter((key) => peers.some(({ memberKey }) => key.startsWith(memberKey))))
      expect(frames).toBeGreaterThan(20)
      yield* converged(peers[0]!, peers[1]!, own.size)
      yield* converged(peers[0]!, peers[2]!, own.size)

      const replay = new MemoryViews()
      for (const peer of peers) {
        const blocks = yield* withSnapshot(peer, (snapshot) =>
          Promise.all(Array.from({ length: snapshot.length }, (_, i) => snapshot.get(i)))
        )
        if (replay.blocks.length === 0) {
          for (const block of blocks) {
            const { length, writer } = decodeHead(block)
            yield* Effect.promise(() =>
              applyFrame(pactId, replay, { writer, length, bytes: seen.get(`${writer} ${length}`)! })
            )
          }
        }
        expect(blocks.map((block) => toHex(block))).toEqual(replay.blocks.map((block) => toHex(block)))
        for (const [key, value] of replay.facts) {
          const held = yield* Effect.orDie(peer.stateGet(key))
          expect([key, held && toHex(held)]).toEqual([key, toHex(value)])
        }
      }
    })
  )
}
