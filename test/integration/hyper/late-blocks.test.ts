import { assert, describe } from "@effect/vitest"
import { Effect } from "effect"
import { countLateBlocks } from "../../../src/hyper/late-blocks.ts"
import { after, before, copyTold, Hypercore, lateIn } from "../../kit/copies.ts"
import { live } from "../../kit/live.ts"

describe("blocks that come with the proof of a longer log", () => {
  live(
    "are forgotten by Hypercore where the log is that long by then, until it is opened again, and counted here",
    () =>
      Effect.gen(function* () {
        const { copy, folder } = yield* copyTold([70, 64, 65])
        assert.deepStrictEqual([copy.length, lateIn(copy)], [after, [70]])
        yield* Effect.promise(async () => {
          await copy.close()
          const again = new Hypercore(folder)
          await again.ready()
          assert.deepStrictEqual(lateIn(again), [64, 65, 70])
          await again.close()
        })

        countLateBlocks()
        const { copy: here } = yield* copyTold([70, 64, 65])
        assert.deepStrictEqual([here.length, here.contiguousLength, lateIn(here)], [after, before + 2, [64, 65, 70]])
        const late = Array.from({ length: after - before }, (_, i) => before + i)
        assert.strictEqual((yield* copyTold(late.toReversed())).copy.contiguousLength, after)
      })
  )
})
