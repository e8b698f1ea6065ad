import { expect } from "@effect/vitest"
import { Effect } from "effect"
import { isCompleteError, step, under } from "../../../src/handlers/task-steps.ts"
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
