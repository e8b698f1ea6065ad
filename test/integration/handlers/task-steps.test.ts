import { expect } from "@effect/vitest"
import { Clock, Effect, Fiber } from "effect"
import { TestClock } from "effect/testing"
import { isClaimError, isCompleteError, step, under } from "../../../src/handlers/task-steps.ts"
import type { Pact } from "../../../src/pacts/Pact.ts"
import { live } from "../../kit/live.ts"
import { creator } from "../../kit/machines.ts"

/** The same pact, as it is where all of it is confirmed just after its tasks were looked at for the first time. */
const confirmedMeanwhile = (pact: Pact): Pact => {
  let looks = 0
  const read = new Proxy(pact.read, {
    get: (target, name) => {
      if (name === "confirmed") return Math.min(looks, 1)
      if (name !== "taskState") return Reflect.get(target, name, target)
      return (...args: Parameters<typeof target.taskState>) => {
        const state = target.taskState(...args)
        return state === null || looks++ > 0 ? state : { ...state, confirmed: false }
      }
    }
  })
  return { ...pact, read }
}

live("a step is refused at once where what is in its way is confirmed while it is judged", () =>
  Effect.gen(function* () {
    const { pact } = yield* creator([])
    const change = { status: "complete" }
    const { id } = yield* pact.write({ type: "task", payload: { title: "One", status: "open" } })
    yield* pact.write({ type: "task", payload: change, refs: [id] }, { wait: "confirmed" })
    const again = step(
      confirmedMeanwhile(pact),
      id,
      under(pact, change),
      { wait: "confirmed", timeout_ms: 10_000 },
      isCompleteError
    )
    expect((yield* Effect.flip(again))._tag).toBe("TASK_ALREADY_COMPLETE")
  })
)

/** The same pact, as it is while no majority of its indexers is there to confirm what was done to its tasks. */
const unconfirmed = (pact: Pact): Pact => {
  const read = new Proxy(pact.read, {
    get: (target, name) => {
      if (name === "confirmed") return 0
      if (name !== "taskState") return Reflect.get(target, name, target)
      return (...args: Parameters<typeof target.taskState>) => {
        const state = target.taskState(...args)
        return state === null ? null : { ...state, confirmed: false }
      }
    }
  })
  return { ...pact, read }
}

live("a claim that waits behind an unconfirmed one takes the task when that lease has run out", () =>
  Effect.gen(function* () {
    const { pact } = yield* creator([])
    const now = yield* Clock.currentTimeMillis
    const { id } = yield* pact.write({ type: "task", payload: { title: "One", status: "open" } })
    const payload = { status: "claimed" }
    const claim = (worker: string, ttl: number) =>
      step(
        unconfirmed(pact),
        id,
        () => ({ payload: { ...payload, worker }, refs: [id], ttl }),
        { wait: "confirmed", timeout_ms: 60_000 },
        isClaimError
      )
    yield* Effect.gen(function* () {
      yield* TestClock.setTime(now)
      yield* claim("first", 20_000)
      const second = yield* Effect.forkChild(claim("second", 1000))
      yield* TestClock.adjust(19_999)
      expect(second.pollUnsafe()).toBeUndefined()
      expect(pact.read.taskState(id, now)?.fact).toMatchObject({ worker: "first", fence: 1 })
      yield* TestClock.adjust(1)
      yield* Fiber.join(second)
    }).pipe(Effect.provide(TestClock.layer()))
    expect(pact.read.taskState(id, now)?.fact).toMatchObject({ worker: "second", fence: 2 })
  })
)
