import { assert, describe, it } from "@effect/vitest"
import { Effect, Fiber } from "effect"
import { randomBytes } from "node:crypto"
import { createRequire } from "node:module"
import Autobase from "autobase"
import ApplyState from "autobase/lib/apply-state.js"
import { BOOT_RECORD_VERSION } from "autobase/lib/caps.js"
import Writer from "autobase/lib/writer.js"
import { core as coreKeys } from "hypercore-storage/lib/keys.js"
import Protomux from "protomux"
import { encodeText } from "../../../src/engine/bytes.ts"
import { makeDurable } from "../../../src/hyper/durability.ts"
import { makeFlushAtomic } from "../../../src/hyper/atomic-flush.ts"
import { makeNodesSane } from "../../../src/hyper/sane-nodes.ts"
import { openStore } from "../../../src/hyper/storage.ts"
import { closeViews, makeApply, openViews, type Views } from "../../../src/hyper/views.ts"
import { Hypercore, linkCores } from "../../kit/copies.ts"
import { within } from "../../kit/deadline.ts"
import { dataIn, tinyApply } from "../../kit/ledgers.ts"
import { live } from "../../kit/live.ts"
import { tempDir } from "../../kit/temp.ts"
import { openWire } from "../../kit/wire.ts"

// What src/hyper leans on and nobody promised. When one of these fails after an upgrade, read
// docs/decisions/durability.md before anything else: the guarantees have to be proven again.

const require = createRequire(import.meta.url)

describe("the modules below", () => {
  it("have the versions for which docs/decisions/durability.md holds", () => {
    const versionOf = (name: string) => require(`${name}/package.json`).version
    const names = ["autobase", "corestore", "hypercore", "hypercore-storage", "hyperbee"]
    assert.deepStrictEqual(Object.fromEntries(names.map((name) => [name, versionOf(name)])), {
      autobase: "7.28.1",
      corestore: "7.12.5",
      hypercore: "11.37.1",
      "hypercore-storage": "3.3.1",
      hyperbee: "2.27.3"
    })
    assert.strictEqual(require("rocksdb-native/package").version, "3.18.1")
  })

  live("know nothing in a snapshot of the hashes of blocks that came later, and say so as Ledger.ts expects", () =>
    Effect.gen(function* () {
      const [from, to] = [yield* tempDir(), yield* tempDir()]
      yield* Effect.promise(async () => {
        const full = new Hypercore(from)
        await full.append(Array.from({ length: 80 }, (_, i) => Buffer.from(`${i}`)))
        const empty = new Hypercore(to, full.key)
        await empty.ready()
        linkCores(full, empty)
        await empty.update({ wait: true })
        const pinned = empty.snapshot()
        await pinned.ready()
        assert.strictEqual(pinned.length, 80)
        await empty.get(78)
        assert.deepStrictEqual(await empty.treeHash(79), await full.treeHash(79))
        const code = await pinned.treeHash(79).then(
          () => "none",
          (error: Error & { readonly code: string }) => error.code
        )
        assert.strictEqual(code, "INVALID_OPERATION")
        await Promise.all([pinned.close(), empty.close(), full.close()])
      })
    })
  )

  it("number RocksDB's ways to read a damaged log as storage.ts does", () => {
    const { walRecoveryMode } = require("rocksdb-native").constants
    assert.strictEqual(walRecoveryMode.TOLERATE_CORRUPTED_TAIL_RECORDS, 0)
    assert.strictEqual(walRecoveryMode.POINT_IN_TIME, 2)
  })
})

describe("hypercore-storage", () => {
  it("keys the blocks of a core, and nothing else, under one prefix", () => {
    const hex = (key: Uint8Array) => Buffer.from(key).toString("hex")
    const others = require("hypercore-storage/lib/keys.js").core
    for (const pointer of [0, 1, 7, 251, 252, 253, 254, 255, 256, 65_535, 65_536, 2 ** 32]) {
      const prefix = hex(coreKeys.block(pointer, 0).subarray(0, -1))
      for (const index of [0, 1, 250, 251, 252, 253, 256, 65_535, 65_536, 2 ** 31, 2 ** 40]) {
        const key = coreKeys.block(pointer, index)
        assert.isTrue(hex(key).startsWith(prefix))
        assert.strictEqual(coreKeys.blockIndex(key), index)
        assert.isFalse(hex(coreKeys.block(pointer + 1, index)).startsWith(prefix))
        for (const other of [
          others.tree(pointer, index),
          others.bitfield(pointer, index, 0),
          others.mark(pointer, index)
        ]) {
          assert.isFalse(hex(other).startsWith(prefix))
        }
      }
      for (const other of [
        others.head(pointer),
        others.hints(pointer),
        others.dependency(pointer),
        others.userData(pointer, "x")
      ]) {
        assert.isFalse(hex(other).startsWith(prefix))
      }
    }
  })

  live("writes every batch through createWriteBatch and flush, and deletes logs only in _maybeRecoverLater", () =>
    Effect.gen(function* () {
      const { storage } = yield* openStore(dataIn(yield* tempDir(), "pact"), true, true)
      const { _state: state } = storage.rocks
      assert.isFunction(Object.getPrototypeOf(state).createWriteBatch)
      assert.isFunction(Object.getPrototypeOf(storage)._maybeRecoverLater)
      const database = (
        storage as unknown as { db: { write(options: object): ReturnType<typeof state.createWriteBatch> } }
      ).db
      const batch = database.write({ autoDestroy: true }) as ReturnType<typeof state.createWriteBatch> & {
        tryPut(key: Uint8Array, value: Uint8Array): void
        tryDelete(key: Uint8Array): void
      }
      batch.tryPut(coreKeys.block(900, 4), encodeText("block"))
      batch.tryDelete(coreKeys.block(900, 5))
      assert.deepStrictEqual(
        batch._operations.map(({ key, value }) => [coreKeys.blockIndex(key!), value !== undefined]),
        [
          [4, true],
          [5, false]
        ]
      )
      yield* Effect.promise(() => batch.flush())
      assert.strictEqual(batch._operations.length, 0)
      const source = require("node:fs").readFileSync(require.resolve("hypercore-storage"), "utf8")
      assert.strictEqual(source.match(/unlinkSync/g)?.length, 1)
      for (const file of ["hypercore-storage", "hypercore-storage/lib/tx.js", "hypercore-storage/lib/view.js"]) {
        // A write that nobody waits for could not be held back.
        assert.notMatch(require("node:fs").readFileSync(require.resolve(file), "utf8"), /\b(?:w|tx|batch)\.tryFlush\(/)
      }
    })
  )

  live("notes how far a log is whole after each append, alone, and looks from there on when it opens", () =>
    Effect.gen(function* () {
      const dir = dataIn(yield* tempDir(), "pact")
      const batches: Array<ReadonlyArray<string>> = []
      const hex = (key: Uint8Array) => Buffer.from(key).toString("hex")
      yield* Effect.scoped(
        Effect.gen(function* () {
          const { storage, store } = yield* openStore(dir, true, true)
          const state = storage.rocks._state
          const create = state.createWriteBatch.bind(state)
          const seen = new WeakSet<object>()
          state.createWriteBatch = (database, options) => {
            const batch = create(database, options)
            if (seen.has(batch)) return batch
            seen.add(batch)
            const flush = batch.flush.bind(batch)
            batch.flush = () => {
              batches.push(batch._operations.map(({ key }) => (key === undefined ? "range" : hex(key))))
              return flush()
            }
            return batch
          }
          const durable = makeDurable(storage, "os", () => {})
          yield* Effect.addFinalizer(() => Effect.promise(() => durable.close()))
          const log = store.get({ name: "local" })
          yield* Effect.promise(() => log.ready())
          const pointer = log.core.state.storage.core.dataPointer
          const hint = hex(coreKeys.hints(pointer))
          const append = () =>
            Effect.promise(async () => {
              const before = batches.length
              await log.append(Buffer.from("block"))
              return batches.slice(before)
            })
          assert.deepInclude(yield* append(), [hint])
          // durability.ts lets it join the next batch, and holds back nothing else.
          durable.arm(pointer)
          yield* append()
          const next = yield* append()
          assert.strictEqual(next.length, 1)
          assert.include(next[0]!, hint)
        })
      )
      const { store } = yield* openStore(dir, false, true)
      const log = store.get({ name: "local" })
      yield* Effect.promise(() => log.ready())
      assert.deepStrictEqual([log.contiguousLength, log.length], [3, 3])
    })
  )

  live("reads through createReadBatch and takes snapshots in addSession, with one kind of keys", () =>
    Effect.gen(function* () {
      interface Database {
        write(options: object): { tryPut(key: Uint8Array, value: Uint8Array): void; flush(): Promise<void> }
        read(options: object): { get(key: Uint8Array): Promise<Uint8Array | null>; tryFlush(): void }
        deleteRange(start: Uint8Array, end: Uint8Array): Promise<void>
        snapshot(): Database
        close(): Promise<void>
      }
      const { storage } = yield* openStore(dataIn(yield* tempDir(), "pact"), true, true)
      const { db } = storage as unknown as { readonly db: Database }
      const key = coreKeys.block(900, 4)
      const put = (value: string) =>
        Effect.promise(() => {
          const batch = db.write({ autoDestroy: true })
          batch.tryPut(key, encodeText(value))
          return batch.flush()
        })
      const get = (from: Database) =>
        Effect.promise(async () => {
          const batch = from.read({ autoDestroy: true })
          const value = batch.get(key)
          batch.tryFlush()
          return (await value)?.toString() ?? null
        })
      yield* put("before")
      const pinned = db.snapshot()
      yield* put("after")
      assert.strictEqual(yield* get(db), "after")
      assert.strictEqual(yield* get(pinned), "before")
      yield* Effect.promise(() => db.deleteRange(coreKeys.block(900, 0), coreKeys.block(900, 9)))
      assert.isNull(yield* get(db))
      assert.strictEqual(yield* get(pinned), "before")
      yield* Effect.promise(() => pinned.close())
      const { _state: state } = storage.rocks
      assert.isFunction(Object.getPrototypeOf(state).createReadBatch)
      assert.isFunction(Object.getPrototypeOf(state).addSession)
      // read-cache.ts tells keys apart by their bytes alone.
      const source: string = require("node:fs").readFileSync(require.resolve("hypercore-storage"), "utf8")
      assert.strictEqual(source.match(/new RocksDB\.ColumnFamily\(/g)?.length, 1)
    })
  )
})

const openBase = Effect.fnUntraced(function* (onFrame: (bytes: Uint8Array, length: number) => void = () => {}) {
  makeFlushAtomic()
  makeNodesSane()
  const { store, storage } = yield* openStore(dataIn(yield* tempDir(), "pact"), true, true)
  const base = yield* Effect.acquireRelease(
    Effect.sync(
      () =>
        new Autobase<Views>(store.session(), null, {
          valueEncoding: "binary",
          encrypt: true,
          encryptionKey: null,
          ackInterval: 0,
          open: openViews,
          close: closeViews,
          apply: makeApply(tinyApply, ({ bytes, length }) => onFrame(bytes, length))
        })
    ),
    (base) => Effect.promise(() => base.close())
  )
  yield* Effect.promise(() => base.ready())
  return { base, storage }
})

describe("autobase", () => {
  it("has the inner parts that are patched", () => {
    assert.strictEqual(BOOT_RECORD_VERSION, 3)
    assert.isFunction(ApplyState.prototype._flush)
    assert.isFunction(Writer.prototype._loadNextNode)
    assert.isFunction(Writer.prototype.append)
    makeFlushAtomic()
    const { _flush } = ApplyState.prototype
    makeFlushAtomic()
    assert.strictEqual(ApplyState.prototype._flush, _flush)
  })

  live("hands apply the very bytes that were appended, and knows where the local log is kept", () =>
    Effect.gen(function* () {
      const seen = new Map<Uint8Array, number>()
      const { base } = yield* openBase((bytes, length) => seen.set(bytes, length))
      // The first frame makes the pact's views, and whatever came with it is read again from the log.
      yield* Effect.promise(() => base.append(encodeText("first")))
      seen.clear()
      const frames = Array.from({ length: 5 }, () => Buffer.from("the same"))
      yield* Effect.promise(() => Promise.all(frames.map((frame) => base.append(frame))))
      assert.deepStrictEqual(
        frames.map((frame) => seen.get(frame)),
        [2, 3, 4, 5, 6]
      )
      assert.strictEqual(seen.size, 5)
      assert.isNumber(base.local.core.state.storage.core.dataPointer)
      assert.isTrue(base.localWriter?.idle())
    })
  )

  live("writes each frame as a block of its own, however many come at once", () =>
    Effect.gen(function* () {
      const { base } = yield* openBase()
      yield* Effect.promise(() =>
        Promise.all(Array.from({ length: 5 }, (_, i) => base.append(encodeText(`count ${i}`))))
      )
      assert.strictEqual(base.view.log.length, 5)
      for (let i = 0; i < 5; i++) {
        const block = (yield* Effect.promise(() => base.local.get(i))) as unknown as { node: { batch: number } }
        assert.strictEqual(block.node.batch, 1)
      }
    })
  )

  live("announces a block after the flush of the batch that holds it, and not before", () =>
    Effect.gen(function* () {
      const { base, storage } = yield* openBase()
      yield* Effect.promise(() => base.append(encodeText("first")))
      const state = storage.rocks._state
      const create = state.createWriteBatch.bind(state)
      const log: Array<string> = []
      const prefix = Buffer.from(
        coreKeys.block(base.local.core.state.storage.core.dataPointer, 0).subarray(0, -1)
      ).toString("hex")
      state.createWriteBatch = (database, options) => {
        const batch = create(database, options)
        const flush = batch.flush
        batch.flush = async () => {
          const own = batch._operations.some(
            ({ key, value }) => value !== undefined && Buffer.from(key!).toString("hex").startsWith(prefix)
          )
          await flush.call(batch)
          await new Promise((done) => setImmediate(done))
          if (own) log.push("flushed")
          batch.flush = flush
        }
        return batch
      }
      base.local.on("append", () => log.push("announced"))
      yield* Effect.promise(() => base.append(encodeText("second")))
      assert.deepStrictEqual(log.slice(0, 2), ["flushed", "announced"])
      assert.deepStrictEqual(
        log.filter((word) => word === "flushed"),
        ["flushed"]
      )
    })
  )
})

describe("autobase, for confirming and syncing", () => {
  live("says who the indexers are, which logs are read how far, and what others are known to have", () =>
    Effect.gen(function* () {
      const { base } = yield* openBase()
      yield* Effect.promise(() => base.append(encodeText("first")))
      const [indexer] = base.linearizer.indexers
      assert.deepStrictEqual(Buffer.from(indexer!.core.key), Buffer.from(base.local.key))
      assert.strictEqual(base.linearizer.indexers.length, base.system!.indexers.length)
      assert.strictEqual(indexer!.length, base.local.length)
      assert.deepStrictEqual(
        base.heads().map(({ key, length }) => [Buffer.from(key).toString("hex"), length]),
        [[Buffer.from(base.local.key).toString("hex"), 1]]
      )
      assert.isFalse(base.isFastForwarding())
      const [writer, ...others] = [...base.activeWriters]
      assert.strictEqual(others.length, 0)
      assert.deepStrictEqual(
        [writer!.length, writer!.isRemoved, writer!.frozen, writer!.core.length, writer!.core.peers.length],
        [1, false, false, 1, 0]
      )
      // A block without a value takes a place in the own log and none in the view.
      yield* Effect.promise(() => base.append(null))
      assert.deepStrictEqual([base.local.length, base.view.log.length], [2, 1])
    })
  )

  live("asks hintWakeup about every key that a peer names, and looks it up again as an own property", () =>
    Effect.gen(function* () {
      const { base } = yield* openBase()
      assert.isFalse(Object.hasOwn(base, "hintWakeup"))
      const named: Array<number> = []
      base.hintWakeup = (hints) => void named.push([hints].flat().length)
      const handler = (
        base as unknown as {
          wakeupSession: { handlers: { onannounce(hints: ReadonlyArray<object>, peer: null, session: null): void } }
        }
      ).wakeupSession.handlers
      const key = Buffer.alloc(32, 1)
      handler.onannounce(
        [
          { key, length: 1 },
          { key, length: 2 }
        ],
        null,
        null
      )
      assert.deepStrictEqual(named, [2])
    })
  )
})

describe("the network modules", () => {
  it("have the versions for which docs/decisions/meeting.md holds", () => {
    const versionOf = (name: string) => require(`${name}/package.json`).version
    const names = ["hyperdht", "hyperswarm", "protomux"]
    assert.deepStrictEqual(Object.fromEntries(names.map((name) => [name, versionOf(name)])), {
      hyperdht: "6.34.0",
      hyperswarm: "4.17.2",
      protomux: "3.12.1"
    })
  })

  live("count in _remoteBacklog the channels that a peer opened and nobody here did", () =>
    Effect.gen(function* () {
      const wire = (yield* openWire([randomBytes(32), randomBytes(32)]))!
      const [one, other] = [Protomux.from(wire.ends[0]), Protomux.from(wire.ends[1])]
      assert.strictEqual(other._remoteBacklog, 0)
      const heard = Effect.callback<void>((resume) => {
        wire.ends[1].on("data", () => other._remoteBacklog === 5 && resume(Effect.void))
      })
      const waiting = yield* Effect.forkChild(heard, { startImmediately: true })
      for (let i = 0; i < 5; i++) {
        const id = randomBytes(32)
        one.createChannel({ protocol: "unknown", id, messages: [], onopen: () => {}, onclose: () => {} })!.open()
      }
      yield* Fiber.join(waiting).pipe(within("five unmet channels", "10 seconds", () => `${other._remoteBacklog}`))
    })
  )

  it("tell of a machine that slept by the event wakeup", () => {
    const source = require("node:fs").readFileSync(require.resolve("dht-rpc"), "utf8")
    assert.match(source, /this\.emit\('wakeup'\)/)
    assert.match(source, /time - this\._lastTick > SLEEPING_INTERVAL/)
  })
})
