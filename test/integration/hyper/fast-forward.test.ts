import { assert, describe } from "@effect/vitest"
import { Effect } from "effect"
import Autobase from "autobase"
import { encodeText, fromHex } from "../../../src/engine/bytes.ts"
import { fetchFewAtFirst, watchFastForward } from "../../../src/hyper/fast-forward.ts"
import type { Apply } from "../../../src/hyper/Ledger.ts"
import { openStore } from "../../../src/hyper/storage.ts"
import { closeViews, makeApply, openViews, type Views } from "../../../src/hyper/views.ts"
import { within } from "../../kit/deadline.ts"
import { type Closable, converged, dataIn, joinLedger, openClosable, settled, tinyApply } from "../../kit/ledgers.ts"
import { live } from "../../kit/live.ts"
import { tempDir } from "../../kit/temp.ts"

/** More than two rounds of Autobase. */
const frames = 150

const creatorOf = Effect.fnUntraced(function* (count: number) {
  const creator = yield* openClosable({ dir: dataIn(yield* tempDir(), "creator") })
  for (let i = 0; i < count; i++) yield* creator.append(encodeText(`frame ${i}`))
  return creator
})

/** A machine that reads the creator's pact and counts the frames that it decides. It searches when it has decided `late`. */
const openReader = Effect.fnUntraced(function* ({ encryptionKey, pactId }: Closable, late: number) {
  const { store } = yield* openStore(dataIn(yield* tempDir(), "reader"), true, true)
  const seen = { decided: 0, before: 0, fetching: [] as Array<number>, errors: [] as Array<unknown>, ahead: 0 }
  let search = () => {}
  const apply: Apply = async (...all) => {
    if (++seen.decided === late) search()
    seen.fetching.push(fetching())
    return tinyApply(...all)
  }
  const base: Autobase<Views> = yield* Effect.acquireRelease(
    Effect.sync(
      () =>
        new Autobase<Views>(store.session(), Buffer.from(fromHex(pactId)), {
          valueEncoding: "binary",
          encrypt: true,
          encryptionKey: Buffer.from(fromHex(encryptionKey)),
          ackInterval: 0,
          open: openViews,
          close: closeViews,
          apply: makeApply(
            apply,
            () => {},
            () => overtaken()
          )
        })
    ),
    (base) => Effect.promise(() => base.close())
  )
  const overtaken = watchFastForward(base)
  /** How many frames of a log are asked for in advance. */
  const fetching = () =>
    [...base.activeWriters].reduce(
      (most, { nodes, range }) => Math.max(most, (range?.range.end ?? 0) - nodes.length),
      0
    )
  // As on a slow line: the round has begun when it learns that there is something to search for.
  const run = base._runFastForward
  base._runFastForward = async (found) => {
    search = () => {
      seen.before = seen.decided
      void run.call(base, found)
    }
    if (seen.decided >= late) search()
  }
  base.on("error", (cause) => seen.errors.push(cause))
  base.on("fast-forward", () => seen.ahead++)
  yield* Effect.promise(() => base.ready())
  return { base, fetching, seen }
})

describe("a machine that lacks much", () => {
  live("leaves a round behind as soon as it knows where it is sent, and holds the same log then", () =>
    Effect.gen(function* () {
      const creator = yield* creatorOf(frames)
      const { base, seen } = yield* openReader(creator, 20)
      const stream = yield* creator.replicate(true)
      stream.pipe(base.replicate(false)).pipe(stream)
      const log = () => base.view.log
      yield* Effect.callback<void>((resume) => {
        const look = () => log().length >= frames && resume(Effect.void)
        for (const event of ["update", "fast-forward"]) base.on(event, look)
        look()
      }).pipe(within("a log as long as the creator's", "20 seconds", () => `${log().length} ${JSON.stringify(seen)}`))
      assert.deepStrictEqual([seen.ahead, seen.errors, base.fastForwardFailedAt], [1, [], 0])
      // One may have been asked for by then. A round has 64.
      assert.isAtMost(seen.decided, seen.before + 1)

      // It goes on as any other: the next frames are put into order here.
      const before = seen.decided
      for (let i = 0; i < 3; i++) yield* creator.append(encodeText(`later ${i}`))
      yield* Effect.callback<void>((resume) => {
        const look = () => log().length === frames + 3 && resume(Effect.void)
        base.on("update", look)
        look()
      }).pipe(within("what came later", "20 seconds", () => `${log().length} ${JSON.stringify(seen)}`))
      assert.strictEqual(seen.decided, before + 3)
      const theirs = yield* Effect.scoped(
        Effect.flatMap(creator.snapshot, ({ hash }) => Effect.promise(() => hash(frames + 3)))
      )
      const ours = yield* Effect.promise(() => log().treeHash(frames + 3))
      assert.deepStrictEqual(Buffer.from(ours), Buffer.from(theirs))
    })
  )

  live("goes on to where a later set of indexers has brought it, without ordering what lies between", () =>
    Effect.gen(function* () {
      const creator = yield* creatorOf(100)
      const { member: bob } = yield* joinLedger(creator, { dir: dataIn(yield* tempDir(), "bob") })
      yield* creator.append(encodeText(`promote ${bob.memberKey}`))
      yield* settled(bob, "an indexer", () => bob.indexer)
      for (let i = 0; i < 300; i++) yield* creator.append(encodeText(`more ${i}`))
      yield* converged(creator, bob, 402)
      const { base, seen } = yield* openReader(creator, 5)
      const stream = yield* creator.replicate(true)
      stream.pipe(base.replicate(false)).pipe(stream)
      yield* Effect.callback<void>((resume) => {
        const look = () => base.view.log.length >= 402 && resume(Effect.void)
        for (const event of ["update", "fast-forward"]) base.on(event, look)
        look()
      }).pipe(
        within("a log as long as the creator's", "20 seconds", () => `${base.view.log.length} ${JSON.stringify(seen)}`)
      )
      assert.deepStrictEqual(seen.errors, [])
      assert.isAtMost(seen.decided, 150)
    })
  )

  live("fetches few frames before it has one, and many from then on", () =>
    Effect.gen(function* () {
      fetchFewAtFirst()
      const creator = yield* creatorOf(100)
      const { base, fetching, seen } = yield* openReader(creator, Infinity)
      assert.strictEqual(fetching(), 8)
      const stream = yield* creator.replicate(true)
      stream.pipe(base.replicate(false)).pipe(stream)
      yield* Effect.callback<void>((resume) => {
        const look = () => base.view.log.length === 100 && resume(Effect.void)
        base.on("update", look)
        look()
      }).pipe(within("all frames", "20 seconds", () => `${base.view.log.length}`))
      assert.isAtMost(seen.fetching[0]!, 8)
      assert.isAbove(Math.max(...seen.fetching), 200)
    })
  )
})
