import { assert, describe } from "@effect/vitest"
import { Cause, Effect, Exit, Fiber } from "effect"
import { join } from "node:path"
import { encodeText } from "../../../src/engine/bytes.ts"
import type { Durability } from "../../../src/hyper/Ledger.ts"
import { editMark, homeOf, watchDisk } from "../../kit/disk.ts"
import {
  areOnce,
  converged,
  dataIn,
  hashOf,
  joinLedger,
  lengthsOf,
  linkLedgers,
  logOf,
  openClosable,
  settled
} from "../../kit/ledgers.ts"
import { live } from "../../kit/live.ts"
import { tempDir } from "../../kit/temp.ts"

// A power cut is played by copying a pact's folder as it is on the disk: every write-ahead log ends where it was last
// synced. What was answered before, and what peers have seen before, is known to the test.

const text = encodeText
const tagOf = <A, E>(exit: Exit.Exit<A, E>) =>
  Exit.isFailure(exit) ? (Cause.squash(exit.cause) as { readonly _tag: string })._tag : "worked"

/** Whose machine loses power: the pact's creator and only indexer, or a member. */
type Role = "creator" | "member"

/**
 * Two machines, linked. One of them, the loser, has answered three frames and is at its fourth when its disk stalls and
 * its power goes. Answers the other one, and the loser opened again from what its disk holds.
 */
const lose = Effect.fnUntraced(function* (durability: Durability, role: Role, forget = false) {
  const home = yield* tempDir()
  const disk = yield* watchDisk
  const creator = yield* openClosable({
    dir: dataIn(home, "creator"),
    durability: role === "creator" ? durability : "os"
  })
  const { member, unlink } = yield* joinLedger(creator, {
    dir: dataIn(home, "member"),
    durability: role === "member" ? durability : "os"
  })
  const [loser, other] = role === "creator" ? [creator, member] : [member, creator]
  const before = role === "creator" ? 1 : 0
  for (let i = 0; i < 3; i++) yield* loser.append(text(`count ${i}`))
  yield* converged(creator, member, 4)

  const release = yield* disk.hold
  const syncing = disk.syncing()
  const last = yield* Effect.forkScoped(Effect.exit(loser.append(text("the last one"))))
  if (durability === "strict") {
    yield* Effect.promise(() => syncing)
    // More time than the other modes need to show it.
    for (let i = 0; i < 20; i++) yield* other.append(text(`waiting ${i}`))
  } else {
    yield* settled(other, "showing the last one", () =>
      Effect.map(logOf(other), (log) => lengthsOf(loser, log).length === before + 4)
    )
  }
  const seen = lengthsOf(loser, yield* logOf(other)).length
  const after = join(home, "after")
  yield* Effect.promise(() => disk.cut(homeOf(loser.dir), after))
  yield* unlink
  release()
  yield* Fiber.join(last)
  yield* loser.close
  if (forget) editMark(after, { clean: true, length: 0 })

  const { encryptionKey, memberKey, pactId } = loser
  const reopened = yield* openClosable({ dir: join(after, "data"), pactId, encryptionKey, durability })
  assert.strictEqual(reopened.memberKey, memberKey)
  const kept = lengthsOf(reopened, yield* logOf(reopened)).length
  return { other, reopened, seen, kept, before }
})

describe("after a power cut", () => {
  for (const role of ["creator", "member"] as const) {
    live(`strict: a ${role} has all that was answered or seen, and goes on at once`, () =>
      Effect.gen(function* () {
        const { before, kept, other, reopened, seen } = yield* lose("strict", role)
        // The frame that was not on the disk was shown to nobody.
        assert.strictEqual(seen, before + 3)
        assert.strictEqual(kept, before + 3)
        assert.isFalse(yield* reopened.recovering)
        yield* reopened.append(text("another one"))
        yield* linkLedgers(other, reopened)
        yield* converged(other, reopened, 4 + 20 + 1)
        const lengths = lengthsOf(reopened, yield* logOf(other))
        assert.strictEqual(lengths.length, before + 4)
        assert.isTrue(areOnce(lengths), lengths.join(", "))
      })
    )

    for (const durability of ["ack", "os"] as const) {
      live(`${durability}: a ${role} gets back from its peers what they have seen, before it writes`, () =>
        Effect.gen(function* () {
          const { before, kept, other, reopened, seen } = yield* lose(durability, role)
          assert.strictEqual(seen, before + 4)
          // What was answered with `ack` is there, with `os` it is not.
          assert.strictEqual(kept, durability === "ack" ? before + 3 : 0)
          assert.isTrue(yield* reopened.recovering)
          assert.strictEqual(tagOf(yield* Effect.exit(reopened.append(text("too early")))), "PACT_NOT_READY")

          const recovered = yield* Effect.scoped(
            reopened.recoverOwnLog((replicate) =>
              Effect.gen(function* () {
                const there = yield* other.replicate(true)
                const here = replicate(false)
                there.pipe(here).pipe(there)
                yield* Effect.addFinalizer(() => Effect.sync(() => there.destroy()))
              })
            )
          )
          assert.isAbove(recovered.after, recovered.before)
          yield* linkLedgers(other, reopened)
          // What its own frames build on may have to come first.
          const ready = Effect.zipWith(
            reopened.recovering,
            reopened.writable,
            (recovering, writable) => !recovering && writable
          )
          yield* settled(reopened, "ready to write", () => ready)
          assert.isAbove(yield* reopened.append(text("another one")), recovered.after)
          yield* converged(other, reopened, 6)
          const lengths = lengthsOf(reopened, yield* logOf(other))
          assert.strictEqual(lengths.length, before + 5)
          assert.isTrue(areOnce(lengths), lengths.join(", "))
          // It is over for good.
          yield* reopened.close
          const again = yield* openClosable({ dir: reopened.dir, pactId: reopened.pactId, durability })
          assert.isFalse(yield* again.recovering)
        })
      )
    }
  }

  live("a log that writes on without its lost end is found out, and stops alone", () =>
    Effect.gen(function* () {
      const { other, reopened } = yield* lose("os", "creator", true)
      yield* reopened.append(text("another frame at the same place"))
      yield* linkLedgers(other, reopened)
      const failed = yield* Effect.timeout(reopened.failed, "10 seconds")
      assert.strictEqual(failed.reason, "forked")
      assert.strictEqual(tagOf(yield* Effect.exit(reopened.append(text("x")))), "PACT_NOT_READY")
      yield* other.append(text("unharmed"))
    })
  )

  live("a pact that nobody else has seen needs no recovery", () =>
    Effect.gen(function* () {
      const home = yield* tempDir()
      const disk = yield* watchDisk
      const ledger = yield* openClosable({ dir: dataIn(home, "pact"), durability: "os" })
      for (let i = 0; i < 3; i++) yield* ledger.append(text(`count ${i}`))
      yield* Effect.promise(() => disk.cut(homeOf(ledger.dir), join(home, "after")))
      const after = yield* openClosable({ dir: join(home, "after", "data"), pactId: ledger.pactId, durability: "os" })
      assert.isFalse(yield* after.recovering)
      assert.strictEqual((yield* logOf(after)).length, 0)
      assert.strictEqual(yield* after.append(text("from the start")), 1)
    })
  )

  live("a recovery that finds no peer leaves the pact as it was", () =>
    Effect.gen(function* () {
      const { before, reopened } = yield* lose("ack", "member")
      const failed = yield* Effect.exit(reopened.recoverOwnLog(() => Effect.fail("no peer")))
      assert.isTrue(Exit.isFailure(failed))
      assert.isTrue(yield* reopened.recovering)
      assert.strictEqual(lengthsOf(reopened, yield* logOf(reopened)).length, before + 3)
      const hash = yield* hashOf(reopened)
      yield* reopened.close
      const again = yield* openClosable({ dir: reopened.dir, pactId: reopened.pactId, durability: "ack" })
      assert.isTrue(yield* again.recovering)
      assert.strictEqual(yield* hashOf(again), hash)
    })
  )
})
