import { assert } from "@effect/vitest"
import { Effect } from "effect"
import { join } from "node:path"
import { openStore } from "../../../src/hyper/storage.ts"
import { live } from "../../kit/live.ts"
import { randomFrom } from "../../kit/random.ts"
import { tempDir } from "../../kit/temp.ts"

interface Batch {
  readonly put: (key: Buffer, value: Buffer) => void
  readonly delete: (key: Buffer) => void
  readonly deleteRange: (start: Buffer, end: Buffer) => void
  readonly flush: () => Promise<void>
  readonly destroy: () => void
}
/** RocksDB below a pact, as far as this test drives it. Its iterators go past the cache, so they tell the truth. */
interface Rocks {
  readonly write: () => Batch
  readonly get: (key: Buffer) => Promise<Buffer | null>
  readonly iterator: (range: object) => AsyncIterable<{ readonly key: Buffer; readonly value: Buffer }>
  readonly snapshot: () => Rocks
  readonly close: () => Promise<void>
}

const keyOf = (n: number) => Buffer.from(`key ${String(n).padStart(3, "0")}`)
const keys = 60
const all = { gte: keyOf(0), lt: keyOf(keys) }

const stored = async (rocks: Rocks): Promise<ReadonlyMap<string, string>> => {
  const rows = new Map<string, string>()
  for await (const { key, value } of rocks.iterator(all)) rows.set(key.toString(), value.toString())
  return rows
}
const read = async (rocks: Rocks): Promise<ReadonlyMap<string, string>> => {
  const rows = new Map<string, string>()
  await Promise.all(
    Array.from({ length: keys }, async (_, n) => {
      const value = await rocks.get(keyOf(n))
      if (value !== null) rows.set(keyOf(n).toString(), value.toString())
    })
  )
  return rows
}

for (const seed of [1, 2, 3]) {
  live(`what is read is what RocksDB holds, in snapshots too, whatever overlaps: seed ${seed}`, () =>
    Effect.gen(function* () {
      const { storage } = yield* openStore(join(yield* tempDir(), "data"), true, true)
      const rocks = storage.rocks as unknown as Rocks
      const { below } = randomFrom(seed)
      const write = async () => {
        const batch = rocks.write()
        for (let i = 1 + below(6); i > 0; i--) {
          const at = below(keys)
          const kind = below(10)
          if (kind === 0) batch.deleteRange(keyOf(at), keyOf(Math.min(keys, at + 1 + below(10))))
          else if (kind < 3) batch.delete(keyOf(at))
          // Long ones are not kept, and push others out.
          else batch.put(keyOf(at), Buffer.alloc(kind === 9 ? 9_000 : 10 + below(2_000), `${below(1_000)} `))
        }
        await batch.flush()
        batch.destroy()
      }
      yield* Effect.promise(async () => {
        const pinned: Array<{ readonly snapshot: Rocks; readonly rows: ReadonlyMap<string, string> }> = []
        for (let round = 0; round < 60; round++) {
          // Writes and reads overlap here, and whoever reads may get the value from before or after a write.
          const overlapping: Array<Promise<unknown>> = []
          for (let i = 0; i < 12; i++) {
            overlapping.push(below(2) === 0 ? write() : rocks.get(keyOf(below(keys))))
            if (below(8) === 0) {
              const snapshot = rocks.snapshot()
              overlapping.push(stored(snapshot).then((rows) => void pinned.push({ snapshot, rows })))
            }
          }
          await Promise.all(overlapping)
          assert.deepStrictEqual(await read(rocks), await stored(rocks), `round ${round}`)
          for (const { rows, snapshot } of pinned.splice(0, below(3))) {
            assert.deepStrictEqual(await read(snapshot), rows, `a snapshot in round ${round}`)
            await snapshot.close()
          }
        }
        for (const { snapshot } of pinned) await snapshot.close()
      })
    })
  )
}
