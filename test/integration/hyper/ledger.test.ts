import { assert, describe } from "@effect/vitest"
import { Cause, Effect, Exit, Fiber, Stream } from "effect"
import { readdirSync, readFileSync, statSync } from "node:fs"
import { join } from "node:path"
import { encodeText, fromHex } from "../../../src/engine/bytes.ts"
import { LedgerError, openLedger } from "../../../src/hyper/Ledger.ts"
import {
  type Closable,
  converged,
  dataIn,
  defaults,
  hashOf,
  joinLedger,
  lengthsOf,
  linkLedgers,
  logOf,
  openClosable,
  openStranger,
  settled,
  withSnapshot
} from "../../kit/ledgers.ts"
import { live } from "../../kit/live.ts"
import { tempDir } from "../../kit/temp.ts"

const text = encodeText
const errorOf = <A, E, R>(effect: Effect.Effect<A, E, R>) =>
  Effect.map(Effect.exit(effect), (exit) =>
    Exit.isFailure(exit) ? Cause.squash(exit.cause) : assert.fail("it worked")
  )
const reasonOf = (error: unknown) => (error instanceof LedgerError ? error.reason : `no LedgerError: ${String(error)}`)
const newDir = Effect.map(tempDir(), (home) => dataIn(home, "pact"))

describe("a ledger", () => {
  live("makes a pact, appends, and has it all when it opens again", () =>
    Effect.gen(function* () {
      const dir = yield* newDir
      const first = yield* openClosable({ dir, durability: "strict" })
      assert.strictEqual(statSync(dir).mode & 0o777, 0o700)
      assert.strictEqual(yield* first.append(text("count")), 1)
      const second = yield* first.append(text("hello"))
      const log = yield* logOf(first)
      assert.deepStrictEqual(lengthsOf(first, log), [1, second])
      const hash = yield* hashOf(first)
      yield* first.close
      const { encryptionKey, memberKey, pactId } = first
      assert.strictEqual(memberKey, pactId)
      const again = yield* openClosable({ dir, pactId, encryptionKey, durability: "strict" })
      assert.deepStrictEqual([again.pactId, again.memberKey, again.encryptionKey], [pactId, memberKey, encryptionKey])
      assert.strictEqual(yield* hashOf(again), hash)
      assert.deepStrictEqual(yield* logOf(again), log)
      assert.deepStrictEqual(yield* again.stateGet(`count/${memberKey}`), Buffer.from("1"))
      assert.strictEqual(yield* again.stateGet("nothing"), null)
      const third = yield* again.append(text("more"))
      assert.deepStrictEqual(lengthsOf(again, yield* logOf(again)), [1, second, third])
      assert.deepStrictEqual(
        [yield* again.writable, yield* again.indexer, yield* again.recovering],
        [true, true, false]
      )
    })
  )

  live("answers each of many appends at once with the length of its own frame", () =>
    Effect.gen(function* () {
      const ledger = yield* openClosable({ dir: yield* newDir })
      const same = text("the same bytes")
      const lengths = yield* Effect.forEach(Array.from({ length: 40 }), () => ledger.append(same), {
        concurrency: "unbounded"
      })
      assert.strictEqual(new Set(lengths).size, 40)
      assert.deepStrictEqual(
        lengthsOf(ledger, yield* logOf(ledger)),
        lengths.toSorted((a, b) => a - b)
      )
    })
  )

  live("comes to the same log as a member it admitted, confirmed on both sides", () =>
    Effect.gen(function* () {
      const home = yield* tempDir()
      const creator = yield* openClosable({ dir: dataIn(home, "a") })
      const { member, unlink } = yield* joinLedger(creator, { dir: dataIn(home, "b"), durability: "strict" })
      yield* unlink
      // Both write alone, and have to find one order afterwards.
      for (let i = 0; i < 5; i++) yield* member.append(text(`count ${i}`))
      for (let i = 0; i < 5; i++) yield* creator.append(text(`count ${i}`))
      assert.notStrictEqual(yield* hashOf(creator), yield* hashOf(member))
      yield* linkLedgers(creator, member)
      yield* converged(creator, member, 11)
      for (const ledger of [creator, member]) {
        assert.deepStrictEqual(yield* ledger.stateGet(`count/${member.memberKey}`), Buffer.from("5"))
        assert.deepStrictEqual(yield* ledger.stateGet(`count/${creator.memberKey}`), Buffer.from("5"))
      }
      assert.deepStrictEqual([yield* member.indexer, yield* creator.indexer], [false, true])
    })
  )

  live("stops a removed member from writing, and never removes the last indexer", () =>
    Effect.gen(function* () {
      const home = yield* tempDir()
      const creator = yield* openClosable({ dir: dataIn(home, "a") })
      const { member } = yield* joinLedger(creator, { dir: dataIn(home, "b") })
      yield* creator.append(text(`remove ${member.memberKey}`))
      yield* creator.append(text(`remove ${creator.memberKey}`))
      yield* settled(member, "removed", () => Effect.map(member.writable, (writable) => !writable))
      const error = yield* errorOf(member.append(text("hello?")))
      assert.strictEqual((error as { _tag: string })._tag, "NOT_A_MEMBER")
      assert.strictEqual(yield* creator.writable, true)
      yield* creator.append(text("still here"))
    })
  )

  live("refuses a stranger's append", () =>
    Effect.gen(function* () {
      const home = yield* tempDir()
      const creator = yield* openClosable({ dir: dataIn(home, "a") })
      const stranger = yield* openStranger(creator, { dir: dataIn(home, "b") })
      const error = yield* errorOf(stranger.append(text("let me in")))
      assert.strictEqual((error as { _tag: string })._tag, "NOT_A_MEMBER")
    })
  )

  live("speaks when the log grows and when more of it is confirmed, and never misses the last", () =>
    Effect.gen(function* () {
      const home = yield* tempDir()
      const creator = yield* openClosable({ dir: dataIn(home, "a") })
      const { member } = yield* joinLedger(creator, { dir: dataIn(home, "b") })
      const seen: Array<readonly [number, number]> = []
      const watching = yield* Effect.forkScoped(
        member.changes.pipe(
          Stream.mapEffect(() =>
            withSnapshot(member, async ({ length, signedLength }) => [length, signedLength] as const)
          ),
          Stream.tap((step) => Effect.sync(() => seen.push(step))),
          Stream.takeUntil(([length, signedLength]) => length === 4 && signedLength === 4),
          Stream.runDrain,
          Effect.timeout("10 seconds")
        )
      )
      for (let i = 0; i < 3; i++) yield* member.append(text(`count ${i}`))
      yield* Fiber.join(watching)
      // A member's own entry is there before it is confirmed.
      assert.isTrue(
        seen.some(([length, signedLength]) => length > signedLength),
        JSON.stringify(seen)
      )
    })
  )

  live("keeps a snapshot as it was while the log goes on", () =>
    Effect.gen(function* () {
      const ledger = yield* openClosable({ dir: yield* newDir })
      yield* ledger.append(text("one"))
      const snapshot = yield* ledger.snapshot
      const before = yield* Effect.promise(() => snapshot.hash(1))
      yield* ledger.append(text("two"))
      assert.strictEqual(snapshot.length, 1)
      assert.deepStrictEqual(yield* Effect.promise(() => snapshot.hash(1)), before)
      assert.match(String(yield* Effect.promise(() => snapshot.get(0))), / 1 /)
    })
  )

  live("writes nothing to `state` for a frame that sets nothing", () =>
    Effect.gen(function* () {
      const dir = yield* newDir
      let puts = 0
      const ledger = yield* openClosable({
        dir,
        apply: async (pactId, { log, state }, frame) =>
          defaults.apply(
            pactId,
            { log, state: { ...state, put: (key, value) => (puts++, state.put(key, value)) } },
            frame
          )
      })
      yield* ledger.append(text("nothing"))
      assert.strictEqual(puts, 0)
      yield* ledger.append(text("count"))
      assert.strictEqual(puts, 1)
    })
  )
})

describe("on disk", () => {
  live("all is encrypted from the first block", () =>
    Effect.gen(function* () {
      const dir = yield* newDir
      const planted = "PLANTED-plaintext-0123456789"
      const ledger = yield* openClosable({
        dir,
        apply: async (_pactId, { log, state }, { bytes }) => {
          await state.put(`key ${planted}`, text(`value ${planted}`))
          await log.append(Buffer.concat([bytes, text(planted.repeat(300))]))
          return []
        }
      })
      for (let i = 0; i < 3; i++) yield* ledger.append(text(`${planted} ${i}`))
      yield* ledger.close
      // Again after RocksDB has moved it from its log to tables.
      const again = yield* openClosable({ dir, pactId: ledger.pactId })
      yield* again.append(text(planted))
      yield* again.close
      const files = readdirSync(dir, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile())
      assert.isAbove(files.length, 5)
      for (const file of files) {
        const bytes = readFileSync(join(file.parentPath, file.name))
        assert.isFalse(bytes.includes("PLANTED"), file.name)
      }
    })
  )

  live("a second opener is told at once, whoever it is", () =>
    Effect.gen(function* () {
      const dir = yield* newDir
      const first = yield* openClosable({ dir })
      const { pactId } = first
      const start = performance.now()
      const error = yield* errorOf(Effect.scoped(openLedger({ ...defaults, dir, pactId })))
      assert.strictEqual(reasonOf(error), "locked")
      assert.include((error as LedgerError).message, dir)
      assert.isBelow(performance.now() - start, 2000)
      // The first one did not notice.
      assert.strictEqual(yield* first.append(text("mine")), 1)
      yield* first.close
      const again = yield* openClosable({ dir, pactId })
      yield* again.append(text("mine again"))
      assert.strictEqual((yield* logOf(again)).length, 2)
    })
  )

  live("a new pact is never made over another", () =>
    Effect.gen(function* () {
      const dir = yield* newDir
      const first = yield* openClosable({ dir })
      yield* first.append(text("precious"))
      yield* first.close
      assert.strictEqual(reasonOf(yield* errorOf(Effect.scoped(openLedger({ ...defaults, dir })))), "exists")
      const again = yield* openClosable({ dir, pactId: first.pactId })
      assert.strictEqual((yield* logOf(again)).length, 1)
    })
  )

  live("a wrong pact id or key is refused, and harms nothing", () =>
    Effect.gen(function* () {
      const dir = yield* newDir
      const first = yield* openClosable({ dir })
      yield* first.append(text("mine"))
      yield* first.close
      const { encryptionKey, pactId } = first
      const open = (options: object) => errorOf(Effect.scoped(openLedger({ ...defaults, dir, pactId, ...options })))
      assert.strictEqual(reasonOf(yield* open({ pactId: "ab".repeat(32) })), "other-pact")
      assert.strictEqual(reasonOf(yield* open({ encryptionKey: "cd".repeat(32) })), "other-key")
      assert.strictEqual(reasonOf(yield* open({ dir: join(dir, "nowhere") })), "missing")
      const again = yield* openClosable({ dir, pactId, encryptionKey })
      yield* again.append(text("mine too"))
      assert.strictEqual((yield* logOf(again)).length, 2)
    })
  )
})

describe("closing", () => {
  live("waits for a pending append, frees the lock, and the pact opens again at once", () =>
    Effect.gen(function* () {
      const dir = yield* newDir
      let ledger: Closable = yield* openClosable({ dir })
      const { pactId } = ledger
      const answered: Array<number> = []
      for (let round = 0; round < 5; round++) {
        const pending = yield* Effect.forEach(Array.from({ length: 8 }), (_, i) =>
          Effect.forkScoped(Effect.exit(ledger.append(text(`round ${round} ${i}`))))
        )
        yield* Fiber.join(pending[round]!)
        const start = performance.now()
        yield* ledger.close
        assert.isBelow(performance.now() - start, 4000)
        for (const fiber of pending) {
          const exit = yield* Fiber.join(fiber)
          if (Exit.isSuccess(exit)) answered.push(exit.value)
          else assert.strictEqual((Cause.squash(exit.cause) as { _tag: string })._tag, "PACT_NOT_READY")
        }
        ledger = yield* openClosable({ dir, pactId })
        assert.includeMembers([...lengthsOf(ledger, yield* logOf(ledger))], answered)
      }
      assert.isAbove(answered.length, 5)
    })
  )

  live("ends everything that was asked of it", () =>
    Effect.gen(function* () {
      const ledger = yield* openClosable({ dir: yield* newDir })
      yield* ledger.close
      for (const asked of [ledger.append(text("x")), Effect.scoped(ledger.snapshot), ledger.stateGet("x")]) {
        assert.strictEqual(
          ((yield* errorOf(asked as Effect.Effect<unknown, unknown>)) as { _tag: string })._tag,
          "PACT_NOT_READY"
        )
      }
      assert.isFalse(yield* ledger.writable)
    })
  )
})

describe("a defect in apply", () => {
  live("fails this ledger by name, and no other", () =>
    Effect.gen(function* () {
      const home = yield* tempDir()
      const other = yield* openClosable({ dir: dataIn(home, "other") })
      const ledger = yield* openClosable({
        dir: dataIn(home, "pact"),
        apply: async (pactId, ports, frame) => {
          if (frame.bytes[0] === 66) throw new TypeError("undefined is not a function")
          return defaults.apply(pactId, ports, frame)
        }
      })
      yield* ledger.append(text("fine"))
      const refused = yield* errorOf(ledger.append(text("Boom")))
      assert.strictEqual((refused as { _tag: string })._tag, "PACT_NOT_READY")
      const failed = yield* Effect.timeout(ledger.failed, "5 seconds")
      assert.strictEqual(failed.reason, "broken")
      assert.match(failed.message, new RegExp(`Frame \\d+ of ${ledger.memberKey}`))
      assert.include(failed.message, "undefined is not a function")
      assert.strictEqual(yield* other.append(text("unharmed")), 1)
      // The frame was not taken, so the pact opens again.
      yield* ledger.close
      const again = yield* openClosable({ dir: ledger.dir, pactId: ledger.pactId })
      assert.strictEqual((yield* logOf(again)).length, 1)
    })
  )
})

// Kept near the tests that use real keys: hex is the only form that leaves this folder.
describe("keys", () => {
  live("are 64 lower-case hex digits, and the encryption key is no part of the pact id", () =>
    Effect.gen(function* () {
      const { discoveryKey, encryptionKey, memberKey, pactId } = yield* openClosable({ dir: yield* newDir })
      for (const key of [discoveryKey, encryptionKey, memberKey, pactId]) assert.match(key, /^[0-9a-f]{64}$/)
      assert.strictEqual(new Set([discoveryKey, encryptionKey, pactId]).size, 3)
      assert.strictEqual(fromHex(pactId).byteLength, 32)
    })
  )
})
