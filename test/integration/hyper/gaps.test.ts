import { assert, describe } from "@effect/vitest"
import { Effect } from "effect"
import { toHex } from "../../../src/engine/bytes.ts"
import { countLateBlocks } from "../../../src/hyper/late-blocks.ts"
import { offeredGaps, stuckSince } from "../../../src/hyper/missing.ts"
import { after, copyTold, linkCores } from "../../kit/copies.ts"
import { live } from "../../kit/live.ts"

/** The order and the views, where nothing is known of them. */
const unread = { length: 0, signedLength: 0, contiguousLength: 0, peers: [] }

describe("what a connected peer has and this machine lacks", () => {
  live("is seen by log while the peer is there, stands still while it gives nothing, and moves when it does", () =>
    Effect.gen(function* () {
      countLateBlocks()
      const { copy, full } = yield* copyTold([70, 64])
      const key = toHex(copy.key)
      const views = { core: copy, view: { log: copy, state: { core: copy } }, activeWriters: [] }
      const gaps = () => offeredGaps(views as never)
      assert.strictEqual(gaps().size, 0)

      const unlink = linkCores(full, copy)
      yield* Effect.promise(() => copy.update({ wait: true }))
      const [peer] = copy.core.replicator.peers
      peer.paused = true
      const still = gaps()
      assert.deepStrictEqual([...still], [[key, { from: 65, blocks: after - 64 - 2 }]])
      assert.strictEqual(stuckSince(still, gaps()), after - 64 - 2)
      // A member's log of which 65 blocks were taken in, and one of which 60 were: the next one is here.
      for (const length of [65, 60]) {
        const writer = { core: copy, frozen: false, isRemoved: false, length }
        const member = { core: unread, view: { log: unread, state: { core: unread } }, activeWriters: [writer] }
        assert.deepStrictEqual(offeredGaps(member as never), still)
      }

      // What it says to have beyond that costs nothing to count.
      const far = { core: copy, frozen: false, isRemoved: false, length: 65 }
      const { remoteLength } = peer
      peer.remoteLength = Number.MAX_SAFE_INTEGER
      const most = offeredGaps({
        ...views,
        core: unread,
        view: { log: unread, state: { core: unread } },
        activeWriters: [far]
      } as never)
      assert.deepStrictEqual([...most], [[key, { from: 65, blocks: Number.MAX_SAFE_INTEGER - 66 }]])
      peer.remoteLength = remoteLength

      peer.paused = false
      yield* Effect.promise(() => copy.download({ start: 66, end: 70 }).done())
      assert.strictEqual(gaps().get(key)?.from, 65)
      assert.strictEqual(stuckSince(still, gaps()), 0)
      const left = new Promise<void>((resolve) => copy.once("peer-remove", () => resolve()))
      yield* Effect.promise(unlink)
      yield* Effect.promise(() => left)
      assert.strictEqual(gaps().size, 0)
    })
  )
})
