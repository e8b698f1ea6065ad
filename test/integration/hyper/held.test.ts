import { assert, describe } from "@effect/vitest"
import { Effect } from "effect"
import type HypercoreOf from "hypercore"
import { heldLength } from "../../../src/hyper/missing.ts"
import { Hypercore, linkCores } from "../../kit/copies.ts"
import { live } from "../../kit/live.ts"
import { tempDir } from "../../kit/temp.ts"

describe("how much of a log is held", () => {
  live("is told by its blocks where Hypercore's own count stands behind", () =>
    Effect.gen(function* () {
      const [from, to] = [yield* tempDir(), yield* tempDir()]
      yield* Effect.promise(async () => {
        const full = new Hypercore(from)
        await full.append(Array.from({ length: 5 }, (_, i) => Buffer.from(`${i}`)))
        const core = new Hypercore(to, full.key)
        await core.ready()
        const held = () => heldLength(core as HypercoreOf)
        assert.strictEqual(held(), 0)
        const unlink = linkCores(full, core)
        await core.update({ wait: true })
        assert.strictEqual(held(), 0)
        // As a machine that is sent ahead does: the last one first.
        for (const index of [4, 0, 1]) await core.get(index)
        assert.strictEqual(held(), 2)
        for (const index of [2, 3]) await core.get(index)
        assert.strictEqual(held(), 5)
        // What it makes of the count when it copies the blocks of the core before.
        core.core.header.hints.contiguousLength = 4
        assert.deepStrictEqual([core.contiguousLength, held()], [4, 5])
        await unlink()
        await Promise.all([core.close(), full.close()])
      })
    })
  )
})
