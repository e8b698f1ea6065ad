import { assert, describe } from "@effect/vitest"
import { Cause, Effect, Exit } from "effect"
import fs from "node:fs"
import { join } from "node:path"
import { encodeText } from "../../../src/engine/bytes.ts"
import { LedgerError, openLedger } from "../../../src/hyper/Ledger.ts"
import { adopt, editMark, homeOf, newStart } from "../../kit/disk.ts"
import { dataIn, defaults, joinLedger, logOf, openClosable } from "../../kit/ledgers.ts"
import { live } from "../../kit/live.ts"
import { tempDir } from "../../kit/temp.ts"

const text = encodeText
const db = (dir: string) => join(dir, "db")
const filesOf = (dir: string, kind: RegExp) =>
  fs
    .readdirSync(db(dir))
    .filter((name) => kind.test(name))
    .map((name) => join(db(dir), name))
const spoil = (path: string, change: (bytes: Buffer) => Buffer) => fs.writeFileSync(path, change(fs.readFileSync(path)))
const middle = (bytes: Buffer) => bytes.fill(9, bytes.length >> 1, (bytes.length >> 1) + 50)
const wal = /^\d+\.log$/
const tables = /\.(?:sst|blob)$/

/** A pact of twenty frames, closed cleanly. Opened twice, so that some of it is in tables and some in the log. */
const makePact = Effect.fnUntraced(function* () {
  const dir = dataIn(yield* tempDir(), "pact")
  const first = yield* openClosable({ dir })
  for (let i = 0; i < 10; i++) yield* first.append(text(`count ${i}`))
  yield* first.close
  const again = yield* openClosable({ dir, pactId: first.pactId })
  for (let i = 0; i < 10; i++) yield* again.append(text(`count ${i}`))
  yield* again.close
  return { dir, pactId: first.pactId }
})

const tryToOpen = (dir: string, pactId: string) =>
  Effect.map(Effect.exit(Effect.scoped(openLedger({ ...defaults, dir, pactId }))), (exit) => {
    const error = Exit.isFailure(exit) ? Cause.squash(exit.cause) : null
    assert.instanceOf(error, LedgerError, String(error))
    return error as LedgerError
  })

const damages: ReadonlyArray<readonly [name: string, reason: LedgerError["reason"], damage: (dir: string) => void]> = [
  ["CURRENT is garbage", "damaged", (dir) => fs.writeFileSync(join(db(dir), "CURRENT"), "garbage\n")],
  ["CURRENT is gone", "damaged", (dir) => fs.rmSync(join(db(dir), "CURRENT"))],
  [
    "the manifest is garbage",
    "damaged",
    (dir) => filesOf(dir, /^MANIFEST/).forEach((path) => spoil(path, (bytes) => Buffer.alloc(bytes.length, 7)))
  ],
  ["the manifest is empty", "damaged", (dir) => filesOf(dir, /^MANIFEST/).forEach((path) => fs.truncateSync(path))],
  ["the log has a hole", "damaged", (dir) => filesOf(dir, wal).forEach((path) => spoil(path, middle))],
  ["the log is gone", "damaged", (dir) => filesOf(dir, wal).forEach((path) => fs.rmSync(path))],
  [
    "a table is garbage",
    "damaged",
    (dir) => filesOf(dir, tables).forEach((path) => spoil(path, (bytes) => bytes.fill(9)))
  ],
  ["a table has a hole", "damaged", (dir) => filesOf(dir, tables).forEach((path) => spoil(path, middle))],
  ["a table is gone", "damaged", (dir) => filesOf(dir, tables).forEach((path) => fs.rmSync(path))],
  ["the lock file is empty", "copied", (dir) => fs.writeFileSync(join(dir, "CORESTORE"), "")],
  ["the lock file is gone", "missing", (dir) => fs.rmSync(join(dir, "CORESTORE"))],
  ["the database is gone", "missing", (dir) => fs.rmSync(db(dir), { recursive: true })],
  [
    "the database is a file",
    "unreadable",
    (dir) => (fs.rmSync(db(dir), { recursive: true }), fs.writeFileSync(db(dir), "x"))
  ],
  ["all is gone", "missing", (dir) => fs.rmSync(dir, { recursive: true })]
]

describe("a pact whose data is spoiled is refused with the reason:", () => {
  for (const [name, reason, damage] of damages) {
    live(name, () =>
      Effect.gen(function* () {
        const { dir, pactId } = yield* makePact()
        damage(dir)
        const error = yield* tryToOpen(dir, pactId)
        assert.strictEqual(error.reason, reason, error.message)
        assert.include(error.message, dir)
        // Nothing was made good in silence: the second look finds the same.
        assert.strictEqual((yield* tryToOpen(dir, pactId)).reason, reason)
        // And the daemon can go on with others.
        const other = yield* openClosable({ dir: dataIn(yield* tempDir(), "other") })
        assert.strictEqual(yield* other.append(text("fine")), 1)
      })
    )
  }
})

describe("a copied folder", () => {
  live("is refused, and the original still opens", () =>
    Effect.gen(function* () {
      const { dir, pactId } = yield* makePact()
      const copy = dataIn(yield* tempDir(), "copy")
      fs.cpSync(dir, copy, { recursive: true })
      const error = yield* tryToOpen(copy, pactId)
      assert.strictEqual(error.reason, "copied")
      assert.match(error.message, /copied or restored.*join it anew/)
      const original = yield* openClosable({ dir, pactId })
      assert.strictEqual((yield* logOf(original)).length, 20)
    })
  )

  live("of an older state is found out even when the copy looks like the original", () =>
    Effect.gen(function* () {
      const { dir, pactId } = yield* makePact()
      const older = join(yield* tempDir(), "older")
      fs.cpSync(dir, older, { recursive: true })
      const ledger = yield* openClosable({ dir, pactId })
      yield* ledger.append(text("one more"))
      yield* ledger.close
      fs.rmSync(dir, { recursive: true })
      fs.cpSync(older, dir, { recursive: true })
      yield* Effect.promise(() => adopt(dir))
      const error = yield* tryToOpen(dir, pactId)
      assert.strictEqual(error.reason, "damaged")
      assert.match(error.message, /ends at \d+, but it had reached \d+/)
    })
  )
})

describe("run.json", () => {
  live("that can't be read makes the worst be taken for true, where peers have seen the log", () =>
    Effect.gen(function* () {
      const home = yield* tempDir()
      const creator = yield* openClosable({ dir: dataIn(home, "a") })
      const { member } = yield* joinLedger(creator, { dir: dataIn(home, "b") })
      const { pactId } = creator
      for (const [{ close, dir }, change] of [
        [creator, "{not json"],
        [member, null]
      ] as const) {
        yield* close
        if (change === null) fs.rmSync(join(homeOf(dir), "run.json"))
        else fs.writeFileSync(join(homeOf(dir), "run.json"), change)
        const ledger = yield* openClosable({ dir, pactId })
        assert.isTrue(yield* ledger.recovering)
        assert.isAtLeast((yield* logOf(ledger)).length, 1)
      }
      // A pact that nobody else has seen goes on.
      const { dir, pactId: alone } = yield* makePact()
      fs.rmSync(join(homeOf(dir), "run.json"))
      const ledger = yield* openClosable({ dir, pactId: alone })
      assert.isFalse(yield* ledger.recovering)
      assert.strictEqual((yield* logOf(ledger)).length, 20)
      yield* ledger.append(text("on it goes"))
    })
  )

  live("of a newer program is left alone", () =>
    Effect.gen(function* () {
      const { dir, pactId } = yield* makePact()
      editMark(homeOf(dir), { version: 2 })
      const before = fs.readFileSync(join(homeOf(dir), "run.json"), "utf8")
      assert.strictEqual((yield* tryToOpen(dir, pactId)).reason, "unreadable")
      assert.strictEqual(fs.readFileSync(join(homeOf(dir), "run.json"), "utf8"), before)
    })
  )

  live("tells a cut end of the log from damage: after a power cut the pact opens without it", () =>
    Effect.gen(function* () {
      const { dir, pactId } = yield* makePact()
      editMark(homeOf(dir), { clean: false, length: 0 })
      newStart(homeOf(dir))
      filesOf(dir, wal).forEach((path) => spoil(path, middle))
      const ledger = yield* openClosable({ dir, pactId })
      const { length } = yield* logOf(ledger)
      assert.isAtLeast(length, 10)
      assert.isBelow(length, 20)
      yield* ledger.append(text("on it goes"))
    })
  )
})
