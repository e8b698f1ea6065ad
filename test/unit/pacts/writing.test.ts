import { expect, it } from "@effect/vitest"
import { Deferred, Effect, Fiber } from "effect"
import { TestClock } from "effect/testing"
import type { Decided } from "../../../src/engine/block.ts"
import type { Draft } from "../../../src/pacts/drafts.ts"
import type { Mark } from "../../../src/pacts/request-store.ts"
import { makeWriting } from "../../../src/pacts/writing.ts"

const [memberKey, pactId] = ["ab".repeat(32), "cd".repeat(32)] as const
const draft: Draft = { type: "message", payload: { content: "Tea is ready" } }
const attempt = (earlier: Mark | null) => ({ earlier, note: () => Effect.void, settled: Effect.void })

/** A pact whose order lacks blocks: what is appended gets no verdict until it has them. */
const behind = Effect.gen(function* () {
  const [order, frames] = [yield* Deferred.make<void>(), [] as Array<Uint8Array>]
  const decided: Decided = { accepted: true, id: "1a2b3c4d-0", position: 0, json: "{}", facts: [] }
  const parts = {
    ledger: {
      memberKey,
      pactId,
      append: (frame: Uint8Array) => Effect.sync(() => frames.push(frame)),
      // It stands in the log only when it is done.
      findFrame: () => Effect.succeed(null)
    },
    follower: {
      appending: <A>(append: A) => append,
      settle: () => Effect.as(Deferred.await(order), [decided]),
      sync: Effect.void
    },
    read: { member: () => null, entry: () => null, confirmed: 0 },
    until: () => Effect.never,
    displayName: () => null
  }
  return { writing: yield* makeWriting(parts as never), frames, order }
})

it.effect("a retry is not taken for new while what it sent first may still be written", () =>
  Effect.gen(function* () {
    const { frames, order, writing } = yield* behind
    const first = yield* Effect.forkChild(Effect.flip(writing.decide(draft, { attempt: attempt(null) })), {
      startImmediately: true
    })
    yield* TestClock.adjust("30 seconds")
    const unknown = { _tag: "PACT_NOT_READY", message: expect.stringContaining("may be in the log, or not") }
    expect(yield* Fiber.join(first)).toMatchObject(unknown)
    const mark = { pactId, entry: { length: 0, frame: new Uint8Array(32), place: 0 } }
    expect(yield* Effect.flip(writing.decide(draft, { attempt: attempt(mark) }))).toMatchObject(unknown)
    // Of one that was never sent it is known.
    expect(yield* Effect.flip(writing.decide(draft, { attempt: attempt(null) }))).toMatchObject({
      _tag: "PACT_NOT_READY",
      message: expect.stringContaining("Nothing was written of this one")
    })
    expect(frames).toHaveLength(1)

    yield* Deferred.succeed(order, undefined)
    for (let turn = 0; turn < 10; turn++) yield* Effect.yieldNow
    yield* writing.decide(draft, { attempt: attempt(mark) })
    expect(frames).toHaveLength(2)
  })
)
