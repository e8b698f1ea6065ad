import { describe, expect, it } from "@effect/vitest"
import { Deferred, Effect, Exit, Fiber, Scope, Stream } from "effect"
import { TestClock } from "effect/testing"
import { vi } from "vitest"
import { join } from "node:path"
import { PactNotReady } from "../../../src/domain/errors.ts"
import type { LedgerSnapshot } from "../../../src/hyper/Ledger.ts"
import { makeFollower } from "../../../src/pacts/follower.ts"
import { Projection } from "../../../src/projection/Projection.ts"
import { type Thread, ThreadLost } from "../../../src/projection/thread.ts"
import { tempDir } from "../../kit/temp.ts"
import { ada, Blocks } from "../projection/kit.ts"

/** A follower of a log that `get` stands before: it may wait, and it may fail. */
const followed = Effect.fnUntraced(function* (blocks: Blocks, get: (index: number) => Promise<void>) {
  const projection = yield* Effect.acquireRelease(
    Effect.map(tempDir(), (dir) => Projection.open(join(dir, "index.db"), { pactId: blocks.pactId })),
    (projection) => Effect.sync(() => projection.close())
  )
  /** How many blocks are here of those that there are. */
  let here = Infinity
  const snapshot = (): LedgerSnapshot => {
    const pinned = blocks.snapshot()
    const length = Math.min(pinned.length, here)
    return {
      ...pinned,
      length,
      whole: length === pinned.length,
      signedLength: Math.min(pinned.signedLength, length),
      get: async (index) => (await get(index), pinned.get(index))
    }
  }
  const moves = yield* Deferred.make<void>()
  const ledger = {
    memberKey: ada,
    head: Effect.sync(() => `${blocks.length} ${here}`),
    snapshot: Effect.sync(snapshot),
    tail: Effect.sync(() => ({ ...blocks.snapshot(), whole: here >= blocks.length })),
    // Of a moment before: the log may move until it is pinned.
    lacking: Effect.sync(() => 0),
    changes: Stream.fromEffect(Deferred.await(moves))
  }
  const follower = yield* makeFollower(ledger, projection, () => {})
  const fetched = (length: number) => Effect.sync(() => void (here = length))
  return { fetched, follower, projection, move: Deferred.succeed(moves, undefined) }
})

describe("the follower", () => {
  it.effect("goes on where it was when the log is opened again under it, and tells every entry once", () =>
    Effect.gen(function* () {
      const blocks = new Blocks()
      let closed = false
      const { follower, move, projection } = yield* followed(blocks, async (index) => {
        if (closed && index === 700) throw new PactNotReady({ message: "This pact is being opened again." })
      })
      const told: Array<string> = []
      yield* Stream.fromPubSub(follower.batches).pipe(
        Stream.runForEach((batch) =>
          Effect.sync(() => {
            if (batch !== "rebuilt") for (const { decided } of batch.blocks) told.push(...decided.map(({ id }) => id))
          })
        ),
        Effect.forkScoped({ startImmediately: true })
      )
      const ids = Array.from({ length: 1000 }, (_, n) => blocks.know(ada, "t", `${n}`))
      closed = true
      expect((yield* Effect.flip(follower.sync))._tag).toBe("PACT_NOT_READY")
      expect(projection.length).toBeLessThan(1000)
      // By itself, with the next look after a second.
      yield* move
      yield* TestClock.adjust("2 seconds")
      expect(projection.length).toBeLessThan(1000)
      closed = false
      const whole = yield* Effect.forkChild(follower.moved.until(() => (projection.length === 1000 ? true : null)))
      yield* TestClock.adjust("1 second")
      yield* Fiber.join(whole)
      yield* Effect.yieldNow
      expect(told).toEqual(ids)
    })
  )

  it.effect("that is interrupted ends its step before it lets the next one in", () =>
    Effect.gen(function* () {
      const blocks = new Blocks()
      let reached = () => {}
      let release = () => {}
      let held: Promise<void> | null = null
      const { follower, projection } = yield* followed(blocks, async () => {
        reached()
        await held
      })
      for (let n = 0; n < 10; n++) blocks.know(ada, "t", `${n}`)
      held = new Promise((resolve) => (release = resolve))
      const inside = new Promise<void>((resolve) => (reached = resolve))
      const first = yield* Effect.forkChild(follower.sync)
      yield* Effect.promise(() => inside)
      const interrupted = yield* Effect.forkChild(Fiber.interrupt(first), { startImmediately: true })
      const second = yield* Effect.forkChild(Effect.exit(follower.sync), { startImmediately: true })
      held = null
      release()
      yield* Fiber.join(interrupted)
      expect(yield* Fiber.join(second)).toEqual(Exit.void)
      expect(projection.length).toBe(10)
    })
  )

  it.effect("keeps what it has while blocks of the log are fetched once more", () =>
    Effect.gen(function* () {
      const blocks = new Blocks()
      const { fetched, follower, projection } = yield* followed(blocks, async () => {})
      for (let n = 0; n < 10; n++) blocks.know(ada, "t", `${n}`)
      blocks.signed = 10
      yield* follower.sync
      const told: Array<unknown> = []
      yield* Stream.fromPubSub(follower.batches).pipe(
        Stream.runForEach((batch) => Effect.sync(() => told.push(batch))),
        Effect.forkScoped({ startImmediately: true })
      )
      for (const length of [0, 4]) {
        yield* fetched(length)
        yield* follower.sync
        expect(projection.length).toBe(10)
      }
      yield* fetched(Infinity)
      yield* follower.sync
      yield* Effect.yieldNow
      expect(told).toEqual([])
    })
  )

  describe("with very much to take", () => {
    /** A follower whose threads are counted, of a log that grows by entries that can't move. */
    const counted = Effect.gen(function* () {
      const blocks = new Blocks()
      const followedBlocks = yield* followed(blocks, async () => {})
      const { projection } = followedBlocks
      const start = vi.spyOn(projection, "startThread")
      const grow = (count: number) => {
        for (let n = 0; n < count; n++) blocks.know(ada, "t", `${blocks.length}`)
        blocks.signed = blocks.length
      }
      return { ...followedBlocks, blocks, grow, threads: () => start.mock.results.map(({ value }) => value as Thread) }
    })
    const part = { blocks: [], length: 0, hash: new Uint8Array() }

    it.effect("has one thread take it, which ends with the pact", () =>
      Effect.gen(function* () {
        const scope = yield* Scope.make()
        const { follower, grow, projection, threads } = yield* Scope.provide(counted, scope)
        grow(4000)
        yield* follower.sync
        expect(threads()).toHaveLength(0)
        for (const entries of [9000, 14_000]) {
          grow(entries - projection.entries)
          yield* follower.sync
          expect(projection.entries).toBe(entries)
        }
        expect(threads()).toHaveLength(1)
        yield* Scope.close(scope, Exit.void)
        yield* Effect.promise(() => expect(threads()[0]!.take(part)).rejects.toThrow(ThreadLost))
      })
    )

    it.effect("ends it when it has had nothing to do for a while", () =>
      Effect.gen(function* () {
        const { follower, grow, threads } = yield* counted
        grow(5000)
        yield* follower.sync
        yield* TestClock.adjust("10 seconds")
        // It ends outside of this clock.
        const ended = Effect.promise(() =>
          threads()[0]!
            .take(part)
            .then(
              () => false,
              () => true
            )
        )
        yield* Effect.repeat(ended, { until: (ended) => ended })
      })
    )

    it.effect("has another take what comes after the model was built anew", () =>
      Effect.gen(function* () {
        const { blocks, follower, grow, projection, threads } = yield* counted
        grow(5000)
        yield* follower.sync
        blocks.truncate(0)
        blocks.rewind(ada, 10_000)
        for (const entries of [4500, 9000]) {
          grow(entries - blocks.length)
          yield* follower.sync
          expect(projection.entries).toBe(entries)
        }
        expect(projection.knowledge({}, { limit: 1 }).rows[0]?.body).toContain('"content":"8999"')
        expect(threads()).toHaveLength(2)
      })
    )
  })
})
