import { assert, describe, it } from "@effect/vitest"
import { makeAbsentNodes } from "../../../src/hyper/absent-nodes.ts"
import { cacheReads } from "../../../src/hyper/read-cache.ts"
import type { RocksBatch, RocksOperation, RocksReads, RocksSession, RocksState } from "../../../src/hyper/rocks.ts"

const bytes = (text: string) => Buffer.from(text)
const live: RocksSession = { _snapshot: null }

/** A database as the cache sees it. A write lands when `land` is called with its number. */
const fakeRocks = () => {
  const rows = new Map<string, string>()
  const asked: Array<string> = []
  const landing: Array<() => void> = []
  const state: RocksState = {
    addSession: () => {},
    createReadBatch: (database): RocksReads => {
      const waiting: Array<() => void> = []
      const operations: Array<unknown> = []
      return {
        _db: database as RocksSession,
        _operations: operations,
        _autoDestroy: true,
        get: (key) => {
          operations.push(key)
          const name = Buffer.from(key).toString()
          asked.push(name)
          return new Promise((resolve) => waiting.push(() => resolve(rows.has(name) ? bytes(rows.get(name)!) : null)))
        },
        flush: async () => waiting.forEach((read) => read()),
        tryFlush: () => waiting.forEach((read) => read()),
        destroy: () => {}
      }
    },
    createWriteBatch: (_, operations) => {
      const _operations = operations as ReadonlyArray<RocksOperation>
      const write = () => {
        for (const operation of _operations) {
          if (operation.key === undefined) {
            for (const name of rows.keys())
              if (name >= String(operation.start) && name < String(operation.end)) rows.delete(name)
          } else if (operation.value === undefined) rows.delete(String(operation.key))
          else rows.set(String(operation.key), String(operation.value))
        }
      }
      return {
        _operations,
        tryPut: () => {},
        destroy: () => {},
        flush: () =>
          new Promise((resolve) =>
            landing.push(() => {
              write()
              resolve()
            })
          )
      }
    }
  }
  cacheReads(state, makeAbsentNodes())
  const begin = (operations: ReadonlyArray<RocksOperation>) => {
    const batch: RocksBatch = state.createWriteBatch(live, operations)
    const done = batch.flush()
    const land = landing.at(-1)!
    return async () => {
      land()
      await done
    }
  }
  /** What a reader gets, and whether the database was asked for it. */
  const read = async (name: string, session = live) => {
    const before = asked.length
    const batch = state.createReadBatch(session)
    const answer = batch.get(bytes(name))
    batch.tryFlush()
    const value = await answer
    return [value === null ? null : value.toString(), asked.length > before ? "asked" : "known"] as const
  }
  const put = (name: string, value: string): RocksOperation => ({ key: bytes(name), value: bytes(value) })
  return { begin, read, put, state, write: (...operations: Array<RocksOperation>) => begin(operations)() }
}

describe("the cache of reads", () => {
  it("knows what was written, deleted or read before, and what is not there", async () => {
    const { put, read, write } = fakeRocks()
    await write(put("a", "1"))
    assert.deepStrictEqual(await read("a"), ["1", "known"])
    await write({ key: bytes("a") })
    assert.deepStrictEqual(await read("a"), [null, "known"])
    assert.deepStrictEqual(await read("b"), [null, "asked"])
    assert.deepStrictEqual(await read("b"), [null, "known"])
  })

  it("hands out copies", async () => {
    const { put, read, state, write } = fakeRocks()
    await write(put("a", "1"))
    const got = await state.createReadBatch(live).get(bytes("a"))
    got!.fill(0)
    assert.deepStrictEqual(await read("a"), ["1", "known"])
    // Who keeps it must not keep 64 KiB with it.
    assert.strictEqual(got!.buffer.byteLength, got!.byteLength)
  })

  it("asks for a key while it is written, and where two writes of it met", async () => {
    const { begin, put, read } = fakeRocks()
    const first = begin([put("a", "1")])
    assert.deepStrictEqual(await read("a"), [null, "asked"])
    const second = begin([put("a", "2")])
    await second()
    assert.deepStrictEqual(await read("a"), ["2", "asked"])
    await first()
    assert.deepStrictEqual(await read("a"), ["1", "asked"])
    assert.deepStrictEqual(await read("a"), ["1", "known"])
  })

  it("knows the last of several changes of a key in one batch", async () => {
    const { put, read, write } = fakeRocks()
    await write(put("a", "1"), put("b", "1"), put("a", "2"), { key: bytes("b") })
    assert.deepStrictEqual(await read("a"), ["2", "known"])
    assert.deepStrictEqual(await read("b"), [null, "known"])
    await write(put("a", "3"), { start: bytes("a"), end: bytes("b") })
    assert.deepStrictEqual(await read("a"), [null, "asked"])
    await write(put("a", "4"), { start: bytes("a"), end: bytes("b") }, put("a", "5"))
    assert.strictEqual((await read("a"))[0], "5")
  })

  it("forgets a read that a write has overtaken", async () => {
    const { put, read, state, write } = fakeRocks()
    const batch = state.createReadBatch(live)
    const early = batch.get(bytes("a"))
    batch.tryFlush()
    await write(put("a", "1"))
    assert.isNull(await early)
    assert.deepStrictEqual(await read("a"), ["1", "known"])
  })

  it("forgets the keys of a range that is deleted, and no others", async () => {
    const { begin, put, read, write } = fakeRocks()
    await write(put("a", "1"), put("b", "1"), put("c", "1"))
    const cut = begin([{ start: bytes("a"), end: bytes("b") }, put("ab", "2")])
    assert.deepStrictEqual(await read("a"), ["1", "asked"])
    await cut()
    assert.deepStrictEqual(await read("a"), [null, "asked"])
    assert.deepStrictEqual(await read("ab"), ["2", "known"])
    assert.deepStrictEqual(await read("b"), ["1", "known"])
  })

  it("learns nothing from a write that a delete of a range met", async () => {
    const { begin, put, read } = fakeRocks()
    const write = begin([put("a", "1")])
    const cut = begin([{ start: bytes("a"), end: bytes("b") }])
    await write()
    await cut()
    assert.deepStrictEqual(await read("a"), [null, "asked"])
  })

  it("answers a snapshot what was known before it", async () => {
    const { put, read, state, write } = fakeRocks()
    await write(put("a", "1"), put("b", "1"))
    const snapshot: RocksSession = { _snapshot: {} }
    state.addSession(snapshot)
    await write(put("b", "2"))
    assert.deepStrictEqual(await read("a", snapshot), ["1", "known"])
    assert.strictEqual((await read("b", snapshot))[1], "asked")
    assert.deepStrictEqual(await read("b"), ["2", "known"])
  })

  it("keeps what is used and stays small", async () => {
    const { put, read, write } = fakeRocks()
    await write(put("hot", "1"), put("cold", "1"))
    for (let i = 0; i < 50; i++) {
      await write(put(`page ${i}`, "x".repeat(4096)))
      assert.deepStrictEqual(await read("hot"), ["1", "known"])
    }
    assert.deepStrictEqual(await read("cold"), ["1", "asked"])
  })
})
