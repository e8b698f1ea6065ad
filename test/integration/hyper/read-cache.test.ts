import { assert } from "@effect/vitest"
import { Effect } from "effect"
import { createRequire } from "node:module"
import { join } from "node:path"
import { vi } from "vitest"
import { core as coreKeys } from "hypercore-storage/lib/keys.js"
import { openStore } from "../../../src/hyper/storage.ts"
import { live } from "../../kit/live.ts"
import { randomFrom } from "../../kit/random.ts"
import { tempDir } from "../../kit/temp.ts"

const RocksDB = createRequire(import.meta.url)("rocksdb-native")

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

type KeyOf = (n: number) => Buffer
const keys = 60
const text: KeyOf = (n) => Buffer.from(`key ${String(n).padStart(3, "0")}`)
/** Half of them in a core that was there before, half in one that is new, some with long numbers. */
const nodes: KeyOf = (n) => Buffer.from(coreKeys.tree(n < 30 ? 3 : 300, 235 + (n < 30 ? n : n - 30)))

const stored = async (keyOf: KeyOf, rocks: Rocks): Promise<ReadonlyMap<string, string>> => {
  const rows = new Map<string, string>()
  const all = { gte: keyOf(0), lte: keyOf(keys - 1) }
  for await (const { key, value } of rocks.iterator(all)) rows.set(key.toString("hex"), value.toString())
  return rows
}
const read = async (keyOf: KeyOf, rocks: Rocks): Promise<ReadonlyMap<string, string>> => {
  const rows = new Map<string, string>()
  await Promise.all(
    Array.from({ length: keys }, async (_, n) => {
      const value = await rocks.get(keyOf(n))
      if (value !== null) rows.set(keyOf(n).toString("hex"), value.toString())
    })
  )
  return rows
}

for (const [what, keyOf, seed] of [1, 2, 3].flatMap((seed) => [
  ["keys", text, seed] as const,
  ["nodes", nodes, seed] as const
])) {
  live(`what is read is what RocksDB holds, in snapshots too, whatever overlaps: ${what}, seed ${seed}`, () =>
    Effect.gen(function* () {
      const dir = join(yield* tempDir(), "data")
      yield* Effect.scoped(
        Effect.flatMap(openStore(dir, true, true), ({ storage }) =>
          Effect.promise(async () => {
            const batch = (storage.db as unknown as Rocks).write()
            for (let n = 0; n < 30; n += 2) batch.put(keyOf(n), Buffer.from("from before"))
            await batch.flush()
            batch.destroy()
          })
        )
      )
      const { storage } = yield* openStore(dir, false, true)
      const rocks = storage.db as unknown as Rocks
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
              overlapping.push(stored(keyOf, snapshot).then((rows) => void pinned.push({ snapshot, rows })))
            }
          }
          await Promise.all(overlapping)
          assert.deepStrictEqual(await read(keyOf, rocks), await stored(keyOf, rocks), `round ${round}`)
          for (const { rows, snapshot } of pinned.splice(0, below(3))) {
            assert.deepStrictEqual(await read(keyOf, snapshot), rows, `a snapshot in round ${round}`)
            await snapshot.close()
          }
        }
        for (const { snapshot } of pinned) await snapshot.close()
      })
    })
  )
}

live("a store whose last key can't be read opens, and asks for every node", () =>
  Effect.gen(function* () {
    const dir = join(yield* tempDir(), "data")
    yield* Effect.scoped(openStore(dir, true, true))
    const peek = vi.spyOn(RocksDB.prototype, "peek").mockRejectedValueOnce(new Error("no file handle is left"))
    yield* Effect.addFinalizer(() => Effect.sync(() => peek.mockRestore()))
    const { storage } = yield* openStore(dir, false, true)
    assert.strictEqual(peek.mock.calls.length, 1)
    const rocks = storage.db as unknown as Rocks
    const gets = () => (storage.rocks._state as unknown as { readonly stats: { readonly gets: number } }).stats.gets
    const before = gets()
    assert.isNull(yield* Effect.promise(() => rocks.get(nodes(59))))
    assert.strictEqual(gets() - before, 1)
  })
)
