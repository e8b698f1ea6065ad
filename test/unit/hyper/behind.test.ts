import { describe, expect, it } from "@effect/vitest"
import { Effect, Fiber } from "effect"
import { TestClock } from "effect/testing"
import { isBehind } from "../../../src/hyper/append.ts"
import type { OpenBase } from "../../../src/hyper/base.ts"

interface Log {
  readonly length?: number
  readonly held?: number
  /** How much of the log is said to be in the order. */
  readonly ordered?: number
  readonly lost?: boolean
  /** Applies what is here and not in the order. */
  readonly update?: () => Promise<void>
}

/** As much of an open base as is asked. Its own log has five blocks, all here and in the order, unless said otherwise. */
const baseWith = ({ held, length = 5, lost = false, ordered = length, update = async () => {} }: Log): OpenBase => {
  let known = ordered
  const localWriter = { idle: () => known === length }
  const base = {
    local: { length, contiguousLength: held ?? length },
    localWriter,
    update: () => update().then(() => void (known = Math.max(known, length)))
  }
  return { base, mark: { lostTail: () => lost } } as unknown as OpenBase
}

describe("a machine whose own log may have lost its end", () => {
  it.effect("knows so where blocks are missing, the order has more, or a power cut may have taken some", () =>
    Effect.gen(function* () {
      for (const log of [{ held: 4 }, { ordered: 6 }, { lost: true }]) expect(yield* isBehind(baseWith(log))).toBe(true)
      for (const log of [{}, { ordered: 4 }]) expect(yield* isBehind(baseWith(log))).toBe(false)
    })
  )

  it.effect("doesn't wait for peers to decide what is at the end", () =>
    Effect.gen(function* () {
      const stuck = baseWith({ ordered: 4, update: () => new Promise(() => {}) })
      const asked = yield* Effect.forkChild(Effect.flip(isBehind(stuck)), { startImmediately: true })
      yield* TestClock.adjust("9 seconds")
      expect(asked.pollUnsafe()).toBe(undefined)
      yield* TestClock.adjust("1 second")
      const { _tag, message } = yield* Fiber.join(asked)
      expect(_tag).toBe("PACT_NOT_READY")
      expect(message).toMatch(/only other members have/)
      // The one who asks may have written what is at the end.
      expect(message).not.toMatch(/Nothing was written/)
    })
  )
})
