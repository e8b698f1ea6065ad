import { assert, describe } from "@effect/vitest"
import { Effect } from "effect"
import { createRequire } from "node:module"
import { countLateBlocks } from "../../../src/hyper/late-blocks.ts"
import { live } from "../../kit/live.ts"
import { tempDir } from "../../kit/temp.ts"

// With the options that src/hyper has no use for.
const Hypercore = createRequire(import.meta.url)("hypercore")

const before = 64
const after = 88
const late = Array.from({ length: after - before }, (_, i) => before + i)

/**
 * A copy of a log of 88 blocks. It had the first 64 when it was told of these ones, all at the same time, and each with the
 * proof that there are 88.
 */
const copyTold = Effect.fnUntraced(function* (indices: ReadonlyArray<number>) {
  const [from, to] = [yield* tempDir(), yield* tempDir()]
  return yield* Effect.promise(async () => {
    const full = new Hypercore(from)
    await full.append(Array.from({ length: before }, (_, i) => Buffer.from(`${i}`)))
    const copy = new Hypercore(to, full.key)
    await copy.ready()
    const stream = full.replicate(true)
    stream.pipe(copy.replicate(false)).pipe(stream)
    await copy.update({ wait: true })
    await copy.download({ start: 0, end: before }).done()
    const ended = new Promise((resolve) => stream.once("close", resolve))
    stream.destroy()
    await ended
    await full.append(Array.from({ length: after - before }, (_, i) => Buffer.from(`${i}`)))
    const prove = async (index: number) => {
      const proof = await full.proof({ block: { index, nodes: 0 }, upgrade: { start: before, length: after - before } })
      return { ...proof, manifest: null, block: { ...proof.block, value: await full.get(index) } }
    }
    const proofs = await Promise.all(indices.map(prove))
    assert.isTrue((await Promise.all(proofs.map((proof) => copy.core.verify(proof)))).every((taken) => taken))
    const { contiguousLength, core, length } = copy
    await Promise.all([copy.close(), full.close()])
    return { contiguousLength, length, here: late.filter((index) => core.bitfield.get(index)), folder: to }
  })
})

describe("blocks that come with the proof of a longer log", () => {
  live("are forgotten by Hypercore where the log is that long by then, until it is opened again", () =>
    Effect.gen(function* () {
      const { folder, here, length } = yield* copyTold([70, 64, 65])
      assert.deepStrictEqual([length, here], [after, [70]])
      const again = new Hypercore(folder)
      yield* Effect.promise(async () => {
        await again.ready()
        assert.deepStrictEqual(
          late.filter((index) => again.core.bitfield.get(index)),
          [64, 65, 70]
        )
        await again.close()
      })
    })
  )

  live("are counted here", () =>
    Effect.gen(function* () {
      countLateBlocks()
      const { contiguousLength, here, length } = yield* copyTold([70, 64, 65])
      assert.deepStrictEqual([length, contiguousLength, here], [after, before + 2, [64, 65, 70]])
      assert.deepStrictEqual((yield* copyTold(late.toReversed())).contiguousLength, after)
    })
  )
})
