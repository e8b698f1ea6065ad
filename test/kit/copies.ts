import { assert } from "@effect/vitest"
import { Effect } from "effect"
import { createRequire } from "node:module"
import { tempDir } from "./temp.ts"

// With the options that src/hyper has no use for.
export const Hypercore = createRequire(import.meta.url)("hypercore")

export const before = 64
export const after = 88

/** A log of so many blocks, and an empty copy of it that knows nobody. */
export const logAndCopy = Effect.fnUntraced(function* (length: number) {
  const [from, folder] = [yield* tempDir(), yield* tempDir()]
  const full = new Hypercore(from)
  yield* Effect.addFinalizer(() => Effect.promise(() => full.close()))
  yield* Effect.promise(() => full.append(Array.from({ length }, (_, i) => Buffer.from(`${i}`))))
  const copy = new Hypercore(folder, full.key)
  yield* Effect.addFinalizer(() => Effect.promise(() => copy.close()))
  yield* Effect.promise(() => copy.ready())
  return { full, copy, folder }
})

/**
 * A log of 88 blocks, and a copy of it. The copy had the first 64 when it was told of these ones, all at the same time, and
 * each with the proof that there are 88. By itself Hypercore counts only the first of them, see late-blocks.ts.
 */
export const copyTold = Effect.fnUntraced(function* (indices: ReadonlyArray<number>) {
  const { copy, folder, full } = yield* logAndCopy(before)
  yield* Effect.promise(async () => {
    const unlink = linkCores(full, copy)
    await copy.update({ wait: true })
    await copy.download({ start: 0, end: before }).done()
    await unlink()
    await full.append(Array.from({ length: after - before }, (_, i) => Buffer.from(`${i}`)))
    const prove = async (index: number) => {
      const proof = await full.proof({ block: { index, nodes: 0 }, upgrade: { start: before, length: after - before } })
      return { ...proof, manifest: null, block: { ...proof.block, value: await full.get(index) } }
    }
    const proofs = await Promise.all(indices.map(prove))
    assert.isTrue((await Promise.all(proofs.map((proof) => copy.core.verify(proof)))).every((taken) => taken))
  })
  return { copy, full, folder }
})
type Core = Effect.Success<ReturnType<typeof copyTold>>["copy"]

/** Connects two cores until the answer runs. */
export const linkCores = (one: Core, other: Core) => {
  const stream = one.replicate(true)
  stream.pipe(other.replicate(false)).pipe(stream)
  return () => {
    const ended = new Promise<void>((resolve) => stream.once("close", resolve))
    stream.destroy()
    return ended
  }
}

/** Those of the late blocks that are counted. */
export const lateIn = ({ core }: Core): ReadonlyArray<number> =>
  Array.from({ length: after - before }, (_, i) => before + i).filter((index) => core.bitfield.get(index))
