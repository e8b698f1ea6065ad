import { assert, describe } from "@effect/vitest"
import { Cause, Effect, Exit } from "effect"
import { execFileSync, spawnSync } from "node:child_process"
import fs from "node:fs"
import { join } from "node:path"
import { LedgerError, stoppedBy } from "../../../src/hyper/errors.ts"
import { areOnce, dataIn, hashOf, lengthsOf, logOf, openClosable, settled } from "../../kit/ledgers.ts"
import { live } from "../../kit/live.ts"
import { tempDir } from "../../kit/temp.ts"

const mib = 1024 * 1024
const isRoot = process.getuid?.() === 0
/** Whether a small disk can be had: a tmpfs, which needs root. */
const canMount = (() => {
  if (process.platform !== "linux" || !isRoot) return false
  const dir = fs.mkdtempSync("/tmp/openpact-mount-")
  const mounted = spawnSync("mount", ["-t", "tmpfs", "-o", "size=1m", "openpact", dir]).status === 0
  if (mounted) execFileSync("umount", [dir])
  fs.rmdirSync(dir)
  return mounted
})()
const why = canMount ? "" : " (SKIPPED: needs root and the right to mount a tmpfs)"
const onDisk = canMount
  ? live
  : (name: string, test: Parameters<typeof live>[1]) => void describe.skip(name, () => live(name, test))

const smallDisk = (size: number) =>
  Effect.gen(function* () {
    const dir = join(yield* tempDir(), "disk")
    yield* Effect.acquireRelease(
      Effect.sync(() => {
        fs.mkdirSync(dir)
        execFileSync("mount", ["-t", "tmpfs", "-o", `size=${size}`, "openpact", dir])
      }),
      () => Effect.sync(() => execFileSync("umount", ["-l", dir]))
    )
    const free = () => {
      const { bavail, bsize } = fs.statfsSync(dir)
      return bavail * bsize
    }
    /** Takes all room but `rest` bytes. */
    const fill = (rest: number) => {
      const file = fs.openSync(join(dir, "filler"), "a")
      try {
        while (free() > rest) fs.writeSync(file, Buffer.alloc(Math.min(free() - rest, mib)))
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== "ENOSPC") throw error
      } finally {
        fs.closeSync(file)
      }
    }
    return { dir, fill, clear: () => fs.rmSync(join(dir, "filler")) }
  })

const tagOf = <A, E>(exit: Exit.Exit<A, E>) =>
  Exit.isFailure(exit) ? (Cause.squash(exit.cause) as { readonly _tag: string })._tag : "worked"
const frame = (i: number) => Buffer.alloc(30_000, `frame ${i} `)

describe("on a full disk", () => {
  onDisk(`an append is refused before anything is touched, and works when there is room again${why}`, () =>
    Effect.gen(function* () {
      const disk = yield* smallDisk(48 * mib)
      const ledger = yield* openClosable({ dir: dataIn(disk.dir, "pact"), durability: "strict" })
      yield* ledger.append(frame(1))
      const before = yield* hashOf(ledger)
      disk.fill(2 * mib)
      for (let i = 0; i < 3; i++) assert.strictEqual(tagOf(yield* Effect.exit(ledger.append(frame(2)))), "STORAGE_FULL")
      // All else goes on.
      assert.strictEqual(yield* hashOf(ledger), before)
      assert.isTrue(yield* ledger.writable)
      disk.clear()
      const length = yield* ledger.append(frame(2))
      assert.deepStrictEqual(lengthsOf(ledger, yield* logOf(ledger)), [1, length])
    })
  )

  for (const durability of ["strict", "os"] as const) {
    onDisk(
      `that fills up in the middle of an append (${durability}), what was answered stays and nothing else is there${why}`,
      () =>
        Effect.gen(function* () {
          const disk = yield* smallDisk(24 * mib)
          const dir = dataIn(disk.dir, "pact")
          // Without a reserve the write itself fails, once RocksDB has used up what it set aside for its log.
          const ledger = yield* openClosable({ dir, durability, reserve: 0 })
          let answered = 0
          for (let i = 0; i < 5; i++) answered = yield* ledger.append(frame(i))
          disk.fill(120_000)
          let failure = "worked"
          for (let i = 0; failure === "worked" && i < 400; i++) {
            const exit = yield* Effect.exit(ledger.append(frame(i)))
            failure = tagOf(exit)
            if (Exit.isSuccess(exit)) answered = exit.value
          }
          assert.strictEqual(failure, "STORAGE_FULL")
          disk.clear()
          // It comes back by itself.
          yield* settled(ledger, "open again", () => Effect.map(ledger.writable, (writable) => writable))
          assert.strictEqual(lengthsOf(ledger, yield* logOf(ledger)).at(-1), answered)
          const next = yield* ledger.append(frame(100))
          assert.isAbove(next, answered)
          yield* ledger.close
          const again = yield* openClosable({ dir, pactId: ledger.pactId, durability })
          const lengths = lengthsOf(again, yield* logOf(again))
          assert.isTrue(areOnce(lengths), lengths.join(", "))
          assert.strictEqual(lengths.at(-1), next)
        })
    )
  }

  onDisk(`a new pact is refused by name, and leaves the daemon's others alone${why}`, () =>
    Effect.gen(function* () {
      const disk = yield* smallDisk(24 * mib)
      disk.fill(0)
      const exit = yield* Effect.exit(openClosable({ dir: dataIn(disk.dir, "pact") }))
      assert.strictEqual(tagOf(exit), "STORAGE_FULL")
    })
  )
})

live(
  "where no more files can be opened an append is refused, what was answered stays, and it goes on when they can",
  () =>
    Effect.gen(function* () {
      const { readdirSync } = fs
      const few = yield* Effect.acquireRelease(
        Effect.sync(() => {
          let none = false
          const patched = (...args: Parameters<typeof readdirSync>) => {
            if (none) throw Object.assign(new Error("EMFILE: too many open files, scandir"), { code: "EMFILE" })
            return readdirSync(...args)
          }
          fs.readdirSync = patched as typeof readdirSync
          return { open: (can: boolean) => void (none = !can) }
        }),
        () => Effect.sync(() => void (fs.readdirSync = readdirSync))
      )
      const dir = dataIn(yield* tempDir(), "pact")
      const ledger = yield* openClosable({ dir, durability: "strict" })
      const answered = yield* ledger.append(frame(1))
      few.open(false)
      const refused = yield* Effect.flip(ledger.append(frame(2)))
      assert.strictEqual(refused._tag, "STORAGE_FULL")
      assert.match(refused.message, /too many open/)
      // What meets it on the way to open again has other words for it.
      const met = new LedgerError({
        reason: "unreadable",
        message: "run.json can't be written: EMFILE: too many open files"
      })
      assert.strictEqual(stoppedBy(dir, met)._tag, "STORAGE_FULL")
      few.open(true)
      yield* settled(ledger, "open again", () => ledger.writable)
      const next = yield* ledger.append(frame(3))
      const lengths = lengthsOf(ledger, yield* logOf(ledger))
      assert.deepStrictEqual([lengths[0], lengths.at(-1)], [answered, next])
      assert.isTrue(areOnce(lengths), lengths.join(", "))
    })
)
