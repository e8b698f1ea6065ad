import { describe, expect, it } from "@effect/vitest"
import { Cause, Deferred, Effect, Exit, Fiber, Scope } from "effect"
import { TestClock } from "effect/testing"
import { StorageFull } from "../../../src/domain/errors.ts"
import { entryIdOf } from "../../../src/domain/ids.ts"
import { limits } from "../../../src/domain/limits.ts"
import type { Decided } from "../../../src/engine/block.ts"
import { encodeText } from "../../../src/engine/bytes.ts"
import { decodeFrame } from "../../../src/engine/frame.ts"
import { makeCommitter } from "../../../src/pacts/committer.ts"

const key = "ab".repeat(32)

/** A commit in memory: accepts each entry, with its own text as JSON. */
const memoryLog = (gate: Effect.Effect<void> = Effect.void) => {
  const frames: Array<ReadonlyArray<string>> = []
  let running = 0
  const commit = (frame: Uint8Array) =>
    Effect.gen(function* () {
      expect(++running).toBe(1)
      yield* gate
      yield* Effect.yieldNow
      const entries = decodeFrame(frame)!.map((bytes) => new TextDecoder().decode(bytes))
      const length = frames.push(entries)
      running--
      return entries.map((json, place): Decided => ({
        accepted: true,
        id: entryIdOf(key, length, place),
        position: 0,
        json,
        facts: []
      }))
    })
  return { frames, commit }
}
const failureOf = <A, E>(exit: Exit.Exit<A, E>): Cause.Cause<E> =>
  Exit.isFailure(exit) ? exit.cause : Cause.die(new Error("it worked"))
const jsonOf = (decided: Decided) => (decided.accepted ? decided.json : decided.code)

describe("committer", () => {
  for (const writers of [1, 2, 32, 500]) {
    it.live(`${writers} writers at once: each gets its own id and its own verdict, one commit at a time`, () =>
      Effect.gen(function* () {
        const { commit, frames } = memoryLog()
        const committer = yield* makeCommitter(commit)
        const answers = yield* Effect.forEach(
          Array.from({ length: writers }, (_, i) => `"w${i}"`),
          (text) => Effect.map(committer.submit([encodeText(text)]), (decided) => ({ text, decided })),
          { concurrency: "unbounded" }
        )
        for (const { decided, text } of answers) expect(decided.map(jsonOf)).toEqual([text])
        expect(new Set(answers.map(({ decided }) => decided[0]!.id)).size).toBe(writers)
        expect(frames.flat().length).toBe(writers)
        expect(frames.length).toBeLessThanOrEqual(Math.ceil(writers / limits.frameEntries) + 2)
      })
    )
  }

  it.effect("callers that come back one by one after an answer share the next frame again", () =>
    Effect.gen(function* () {
      const { commit, frames } = memoryLog()
      const committer = yield* makeCommitter(commit)
      const write = (text: string) => Effect.asVoid(committer.submit([encodeText(text)]))
      yield* Effect.forEach(
        [0, 1, 2, 3],
        (client) =>
          Effect.gen(function* () {
            yield* write(`"first ${client}"`)
            // Each takes a different time to come back.
            for (let turn = 0; turn < client * 5; turn++) yield* Effect.yieldNow
            yield* write(`"second ${client}"`)
          }),
        { concurrency: "unbounded" }
      )
      expect(frames.map((frame) => frame.length)).toEqual([4, 4])
    })
  )

  it.effect("a caller that stays away is waited for a moment and no longer", () =>
    Effect.gen(function* () {
      const { commit, frames } = memoryLog()
      const committer = yield* makeCommitter(commit)
      const write = (text: string) => committer.submit([encodeText(text)])
      yield* Effect.all([write(`"a"`), write(`"b"`)], { concurrency: "unbounded" })
      const alone = yield* Effect.forkChild(write(`"c"`), { startImmediately: true })
      yield* TestClock.adjust("4 millis")
      expect((yield* Fiber.join(alone)).map(jsonOf)).toEqual([`"c"`])
      // By now nobody is expected back.
      yield* write(`"d"`)
      expect(frames).toEqual([[`"a"`, `"b"`], [`"c"`], [`"d"`]])
    })
  )

  it.effect("entries of one submission share a frame, and no frame passes a limit", () =>
    Effect.gen(function* () {
      const { commit, frames } = memoryLog()
      const committer = yield* makeCommitter(commit)
      const pair = [encodeText(`"a"`), encodeText(`"b"`)]
      const big = [encodeText(JSON.stringify("x".repeat(60_000)))]
      yield* Effect.forEach(
        Array.from({ length: 200 }, (_, i) => (i % 10 === 0 ? big : pair)),
        (entries) => committer.submit(entries),
        { concurrency: "unbounded" }
      )
      for (const frame of frames) {
        expect(frame.length).toBeLessThanOrEqual(limits.frameEntries)
        expect(frame.filter((text) => text === `"a"`).length).toBe(frame.filter((text) => text === `"b"`).length)
      }
    })
  )

  it.effect("a full disk fails its group and nobody else", () =>
    Effect.gen(function* () {
      let full = true
      const { commit } = memoryLog()
      const committer = yield* makeCommitter((frame: Uint8Array) =>
        full ? Effect.fail(new StorageFull({ message: "No room." })) : commit(frame)
      )
      const error = yield* Effect.flip(committer.submit([encodeText(`"a"`)]))
      expect(error._tag).toBe("STORAGE_FULL")
      full = false
      expect((yield* committer.submit([encodeText(`"b"`)])).map(jsonOf)).toEqual([`"b"`])
    })
  )

  it.effect("a bug stops the committer loudly, and no caller is left waiting", () =>
    Effect.gen(function* () {
      const committer = yield* makeCommitter(() => Effect.die(new Error("bug")))
      const exits = yield* Effect.forEach(
        Array.from({ length: 600 }),
        () => Effect.exit(committer.submit([encodeText(`"a"`)])),
        { concurrency: "unbounded" }
      )
      expect(exits.every(Exit.isFailure)).toBe(true)
      expect(exits.some((exit) => Exit.isFailure(exit) && Cause.hasDies(exit.cause))).toBe(true)
      expect(Exit.isFailure(yield* committer.stopped)).toBe(true)
      expect((yield* Effect.flip(committer.submit([encodeText(`"a"`)])))._tag).toBe("PACT_NOT_READY")
    })
  )

  it.effect("a commit that takes too long keeps nobody waiting, and what was refused meanwhile is not written", () =>
    Effect.gen(function* () {
      const gate = yield* Deferred.make<void>()
      const { commit, frames } = memoryLog(Deferred.await(gate))
      const committer = yield* makeCommitter(commit)
      const write = (text: string) => Effect.exit(committer.submit([encodeText(text)]))
      const said = (exit: Exit.Exit<unknown, unknown>) => String(Cause.squash(failureOf(exit)))
      const first = yield* Effect.forkChild(write(`"first"`), { startImmediately: true })
      yield* Effect.yieldNow
      const second = yield* Effect.forkChild(write(`"second"`), { startImmediately: true })
      yield* TestClock.adjust("29 seconds")
      expect([first.pollUnsafe(), second.pollUnsafe()]).toEqual([undefined, undefined])
      yield* committer.ready
      yield* TestClock.adjust("1 second")
      expect(said(yield* Fiber.join(first))).toMatch(/may be in the log, or not/)
      expect(said(yield* Fiber.join(second))).toMatch(/Nothing was written of this one/)
      expect(said(yield* write(`"third"`))).toMatch(/Nothing was written of this one/)
      // Who asks for it may have sent the first one.
      const { _tag, message } = yield* Effect.flip(committer.ready)
      expect(_tag).toBe("PACT_NOT_READY")
      expect(message).toMatch(/may be in the log, or not/)
      yield* Deferred.succeed(gate, undefined)
      for (let turn = 0; turn < 10; turn++) yield* Effect.yieldNow
      yield* committer.ready
      expect(Exit.isSuccess(yield* write(`"fourth"`))).toBe(true)
      expect(frames).toEqual([[`"first"`], [`"fourth"`]])
    })
  )

  it.effect("a commit that takes too long keeps nobody waiting in another frame of its group, or for room", () =>
    Effect.gen(function* () {
      const gate = yield* Deferred.make<void>()
      const { commit, frames } = memoryLog(Deferred.await(gate))
      const committer = yield* makeCommitter(commit)
      const big = encodeText(JSON.stringify("x".repeat(limits.frameBytes / 2)))
      const write = (entry: Uint8Array) =>
        Effect.forkChild(Effect.flip(committer.submit([entry])), { startImmediately: true })
      // Two frames, and more than wait at a time.
      const fibers = [yield* write(big), yield* write(big)]
      yield* Effect.yieldNow
      for (let i = 0; i < 10_000; i++) fibers.push(yield* write(encodeText(`"${i}"`)))
      yield* TestClock.adjust("30 seconds")
      const messages = (yield* Effect.forEach(fibers, (fiber) => Fiber.join(fiber))).map(({ message }) => message)
      expect(messages.filter((message) => !message.includes("Nothing was written of this one")).length).toBe(1)
      yield* Deferred.succeed(gate, undefined)
      for (let turn = 0; turn < 10; turn++) yield* Effect.yieldNow
      yield* committer.submit([encodeText(`"last"`)])
      expect(frames.map(([first]) => first!.slice(0, 5))).toEqual([`"xxxx`, `"last`])
    })
  )

  it.effect("closing waits for the commit that is under way and takes up no other, and cuts off one that hangs", () =>
    Effect.gen(function* () {
      for (const hangs of [false, true]) {
        const gate = yield* Deferred.make<void>()
        const { commit, frames } = memoryLog(Deferred.await(gate))
        const scope = yield* Scope.make()
        const committer = yield* Scope.provide(makeCommitter(commit), scope)
        const write = (text: string) =>
          Effect.forkChild(Effect.exit(committer.submit([encodeText(text)])), { startImmediately: true })
        const first = yield* write(`"first"`)
        yield* Effect.yieldNow
        const waiting = yield* write(`"waiting"`)
        const closed = yield* Effect.forkChild(Scope.close(scope, Exit.void), { startImmediately: true })
        yield* TestClock.adjust("2 seconds")
        if (hangs) yield* TestClock.adjust("5 seconds")
        else yield* Deferred.succeed(gate, undefined)
        yield* Fiber.join(closed)
        const [one, other] = [yield* Fiber.join(first), yield* Fiber.join(waiting)]
        expect(frames.flat()).toEqual(hangs ? [] : [`"first"`])
        if (hangs) expect(String(Cause.squash(failureOf(one)))).toMatch(/may be in the log, or not/)
        else expect(Exit.isSuccess(one)).toBe(true)
        expect(String(Cause.squash(failureOf(other)))).toMatch(/is closing/)
      }
    })
  )

  it.effect("closing commits what was taken in and refuses what comes then", () =>
    Effect.gen(function* () {
      const gate = yield* Deferred.make<void>()
      const { commit, frames } = memoryLog(Deferred.await(gate))
      const scope = yield* Scope.make()
      const committer = yield* Scope.provide(makeCommitter(commit), scope)
      const writes = yield* Effect.forkChild(
        Effect.forEach(Array.from({ length: 50 }), () => committer.submit([encodeText(`"a"`)]), {
          concurrency: "unbounded"
        })
      )
      yield* Effect.yieldNow
      const closed = yield* Effect.forkChild(Scope.close(scope, Exit.void))
      yield* Effect.yieldNow
      yield* Deferred.succeed(gate, undefined)
      expect((yield* Fiber.join(writes)).length).toBe(50)
      yield* Fiber.join(closed)
      expect(frames.flat().length).toBe(50)
      expect((yield* Effect.flip(committer.submit([encodeText(`"a"`)])))._tag).toBe("PACT_NOT_READY")
    })
  )
})
