import { assert, describe } from "@effect/vitest"
import { Cause, Effect, Exit, Fiber } from "effect"
import { readdirSync } from "node:fs"
import { join } from "node:path"
import { setImmediate } from "node:timers/promises"
import { encodeText } from "../../../src/engine/bytes.ts"
import { makeDurable } from "../../../src/hyper/durability.ts"
import { openStore } from "../../../src/hyper/storage.ts"
import { homeOf, watchDisk } from "../../kit/disk.ts"
import { dataIn, joinLedger, logOf, openClosable } from "../../kit/ledgers.ts"
import { live } from "../../kit/live.ts"
import { tempDir } from "../../kit/temp.ts"

const text = encodeText
const tagOf = <A, E>(exit: Exit.Exit<A, E>) =>
  Exit.isFailure(exit) ? (Cause.squash(exit.cause) as { readonly _tag: string })._tag : "worked"
const newDir = Effect.map(tempDir(), (home) => dataIn(home, "pact"))
/** Lets everything run that can, so that what has not happened then is waiting for something. */
const idle = Effect.promise(async () => {
  for (let i = 0; i < 200; i++) await setImmediate()
})

describe("an append", () => {
  for (const [durability, syncs] of [
    ["strict", 1],
    ["ack", 1],
    ["os", 0]
  ] as const) {
    live(`is synced ${syncs === 0 ? "not at all" : "once"} with ${durability}`, () =>
      Effect.gen(function* () {
        const disk = yield* watchDisk
        const ledger = yield* openClosable({ dir: yield* newDir, durability })
        const first = yield* ledger.append(text("count"))
        const before = disk.syncs()
        let last = first
        for (let i = 0; i < 10; i++) last = yield* ledger.append(text(`count ${i}`))
        // An ack of this machine's own is a block too, and one may be on its way.
        assert.isAtLeast(disk.syncs() - before, 10 * syncs)
        assert.isAtMost(disk.syncs() - before, (last - first + 1) * syncs)
      })
    )
  }

  for (const durability of ["strict", "ack"] as const) {
    live(`is answered with ${durability} when it is on the disk, and not before`, () =>
      Effect.gen(function* () {
        const disk = yield* watchDisk
        const ledger = yield* openClosable({ dir: yield* newDir, durability })
        const release = yield* disk.hold
        const syncing = disk.syncing()
        const append = yield* Effect.forkScoped(ledger.append(text("count")))
        yield* Effect.promise(() => syncing)
        const read = yield* Effect.forkScoped(logOf(ledger))
        yield* idle
        assert.isUndefined(append.pollUnsafe())
        // Not even who reads the log sees it before.
        assert.isUndefined(read.pollUnsafe())
        release()
        assert.strictEqual(yield* Fiber.join(append), 1)
        assert.strictEqual((yield* Fiber.join(read)).length, 1)
      })
    )
  }

  live("is not answered when the disk fails, and the pact stops", () =>
    Effect.gen(function* () {
      const disk = yield* watchDisk
      const ledger = yield* openClosable({ dir: yield* newDir, durability: "strict" })
      yield* ledger.append(text("fine"))
      disk.break("EIO")
      assert.strictEqual(tagOf(yield* Effect.exit(ledger.append(text("lost?")))), "PACT_NOT_READY")
      const failed = yield* Effect.timeout(ledger.failed, "5 seconds")
      assert.strictEqual(failed.reason, "damaged")
      assert.include(failed.message, "EIO")
      assert.strictEqual(tagOf(yield* Effect.exit(ledger.append(text("and now?")))), "PACT_NOT_READY")
    })
  )
})

describe("strict", () => {
  for (const role of ["creator", "member"] as const) {
    live(`a ${role}'s frame reaches nobody before it is on the disk`, () =>
      Effect.gen(function* () {
        const home = yield* tempDir()
        const disk = yield* watchDisk
        const creator = yield* openClosable({
          dir: dataIn(home, "a"),
          durability: role === "creator" ? "strict" : "os"
        })
        const { member } = yield* joinLedger(creator, {
          dir: dataIn(home, "b"),
          durability: role === "member" ? "strict" : "os"
        })
        const [writer, other] = role === "creator" ? [creator, member] : [member, creator]
        const shown = Effect.map(
          logOf(other),
          (log) => log.filter((line) => line.startsWith(writer.memberKey.slice(0, 8))).length
        )
        yield* writer.append(text("first"))
        const release = yield* disk.hold
        const syncing = disk.syncing()
        const append = yield* Effect.forkScoped(writer.append(text("second")))
        yield* Effect.promise(() => syncing)
        // With `ack` it arrives within the first of these, see power-cut.test.ts.
        for (let i = 0; i < 10; i++) yield* other.append(text(`waiting ${i}`))
        assert.isAtMost(yield* shown, role === "creator" ? 2 : 1)
        assert.isUndefined(append.pollUnsafe())
        release()
        yield* Fiber.join(append)
      })
    )
  }

  live("holds when RocksDB goes on to a new log file", () =>
    Effect.gen(function* () {
      const home = yield* tempDir()
      const disk = yield* watchDisk
      const ledger = yield* openClosable({
        dir: dataIn(home, "pact"),
        durability: "strict",
        apply: async (_pactId, { log }, { bytes, length }) => {
          await log.append(Buffer.concat([text(`${length} `), bytes]))
          return []
        }
      })
      const files = new Set<string>()
      let answered = 0
      while (files.size < 3) {
        answered = yield* ledger.append(Buffer.alloc(200 * 1024, answered))
        for (const name of readdirSync(join(ledger.dir, "db"))) if (/^\d+\.log$/.test(name)) files.add(name)
        assert.isBelow(answered, 100)
      }
      yield* Effect.promise(() => disk.cut(homeOf(ledger.dir), join(home, "after")))
      const after = yield* openClosable({
        dir: join(home, "after", "data"),
        pactId: ledger.pactId,
        durability: "strict"
      })
      assert.strictEqual((yield* logOf(after)).length, answered)
    })
  )
})

describe("the write-ahead log", () => {
  live("is synced for many at once, and each gets what it wrote", () =>
    Effect.gen(function* () {
      const { storage } = yield* openStore(yield* newDir, true, true)
      const durable = makeDurable(storage, "strict", () => {})
      yield* Effect.addFinalizer(() => Effect.promise(() => durable.close()))
      yield* Effect.promise(() => durable.sync())
      const before = durable.syncs()
      yield* Effect.promise(() => Promise.all(Array.from({ length: 50 }, () => durable.sync())))
      // The first starts at once, everybody else shares the second.
      assert.strictEqual(durable.syncs() - before, 2)
    })
  )
})
