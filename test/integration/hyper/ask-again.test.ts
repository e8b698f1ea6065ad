import { assert, describe, it } from "@effect/vitest"
import { NodeFileSystem } from "@effect/platform-node"
import { Effect, Queue } from "effect"
import { TestClock } from "effect/testing"
import { askAgain } from "../../../src/hyper/ask-again.ts"
import { after, copyTold, lateIn, linkCores } from "../../kit/copies.ts"
import { within } from "../../kit/deadline.ts"

describe("a block that Hypercore takes for asked", () => {
  it.effect("is asked for by itself after a while", () =>
    Effect.gen(function* () {
      const { copy, full } = yield* copyTold([70, 64])
      // It looks for what to ask for, and takes 64 for what is on its way.
      copy.core.openSkipBitfield().set(64, true)
      copy.download({ start: 0, end: -1, linear: true })
      linkCores(full, copy)
      const here = (count: number) =>
        Effect.callback<void>((resume) => {
          const look = () => void (lateIn(copy).length >= count && resume(Effect.void))
          copy.on("download", look)
          look()
        }).pipe(
          within("blocks", "10 seconds", () => lateIn(copy).join()),
          TestClock.withLive
        )
      yield* here(after - 64 - 1)
      assert.notInclude(lateIn(copy), 64)

      const moved = yield* Queue.sliding<void>(1)
      const base = { core: copy, view: { log: copy, state: { core: copy } }, activeWriters: [] }
      yield* askAgain(base, moved)
      yield* Queue.offer(moved, undefined)
      yield* TestClock.adjust("1 second")
      assert.notInclude(lateIn(copy), 64)
      yield* TestClock.adjust("1 second")
      yield* here(after - 64)
      assert.strictEqual(copy.contiguousLength, after)
    }).pipe(Effect.provide(NodeFileSystem.layer))
  )
})
