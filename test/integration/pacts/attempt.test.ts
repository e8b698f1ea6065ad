import { describe, expect } from "@effect/vitest"
import { Effect } from "effect"
import { StorageFull } from "../../../src/domain/errors.ts"
import type { Attempt } from "../../../src/pacts/attempt.ts"
import type { Mark } from "../../../src/pacts/request-store.ts"
import { live } from "../../kit/live.ts"
import { admitted, creator, holds, joiner, knowledge, type Machine, restart } from "../../kit/machines.ts"
import { testnet } from "../../kit/testnet.ts"

/** A try that came to `earlier` before. What it notes is kept in `marks`. */
const tryAfter = (earlier: Mark | null, settled: Attempt["settled"] = Effect.void) => {
  const marks: Array<Mark> = []
  const attempt: Attempt = { earlier, note: (mark) => Effect.sync(() => void marks.push(mark)), settled }
  return { attempt, marks }
}

/** Writes, and answers the mark of it besides. */
const writeMarked = Effect.fnUntraced(function* ({ pact }: Machine, content: string) {
  const { attempt, marks } = tryAfter(null)
  const written = yield* pact.write(knowledge(content), { attempt })
  expect(marks.length).toBe(1)
  return { written, mark: marks[0]! }
})

/** Tries to write and fails when its mark is to be put on disk. */
const failToWrite = Effect.fnUntraced(function* ({ pact }: Machine, content: string) {
  const { attempt, marks } = tryAfter(null, Effect.fail(new StorageFull({ message: "No room." })))
  expect((yield* Effect.flip(pact.write(knowledge(content), { attempt })))._tag).toBe("STORAGE_FULL")
  return marks[0]!
})

describe("a write that may have been written before", () => {
  live("is found again, wherever it stands in its frame, also after a restart", () =>
    Effect.gen(function* () {
      const boot = yield* testnet
      const ada = yield* creator(boot)
      const same = yield* Effect.forEach(Array.from({ length: 8 }), () => writeMarked(ada, "same"), {
        concurrency: "unbounded"
      })
      expect(new Set(same.map(({ written }) => written.id)).size).toBe(8)
      const { entries } = ada.pact.read
      const check = (machine: Machine) =>
        Effect.forEach(same, ({ mark, written }) =>
          Effect.gen(function* () {
            const { attempt, marks } = tryAfter(mark)
            const { id, json, position } = yield* machine.pact.write(knowledge("same"), { attempt, wait: "confirmed" })
            expect({ id, json, position }).toEqual({ id: written.id, json: written.json, position: written.position })
            expect(marks).toEqual([])
          })
        )
      yield* check(ada)
      yield* ada.stop
      const again = yield* restart(ada, boot)
      yield* check(again)
      expect(again.pact.read.entries).toBe(entries)
    })
  )

  live("is written when it is not there, whatever was written or confirmed in its place", () =>
    Effect.gen(function* () {
      const boot = yield* testnet
      const ada = yield* creator(boot)
      const bob = yield* joiner("bob", boot, ada)
      yield* Effect.all([ada.connect, bob.connect], { concurrency: 2 })
      yield* admitted(bob)
      const first = yield* failToWrite(ada, "first")
      // Ada confirms what Bob wrote: these confirmations stand in her own log, behind the mark.
      for (const content of ["one", "two"]) {
        const { id } = yield* bob.pact.write(knowledge(content), { wait: "confirmed" })
        yield* holds(ada, id)
      }
      const second = yield* failToWrite(ada, "second")
      const { attempt, marks } = tryAfter(first)
      const { id } = yield* ada.pact.write(knowledge("first"), { attempt })
      expect(marks.length).toBe(1)
      // Now it is found behind the confirmations, by the mark of the second try and by its own.
      for (const mark of [marks[0]!, { ...first, entry: { ...first.entry!, frame: marks[0]!.entry!.frame } }]) {
        expect((yield* ada.pact.write(knowledge("first"), tryAfter(mark))).id).toBe(id)
      }
      // The other one's place is taken by another frame.
      const late = yield* ada.pact.write(knowledge("second"), tryAfter(second))
      expect(late.id).not.toBe(id)
    })
  )

  live("that was refused is refused again, and one of another pact is none of this", () =>
    Effect.gen(function* () {
      const boot = yield* testnet
      const ada = yield* creator(boot)
      const { attempt, marks } = tryAfter(null)
      const write = (attempt: Attempt) =>
        ada.pact.write(
          { type: "task", payload: { status: "claimed" }, refs: [`${ada.pact.pactId.slice(0, 8)}-1`] },
          { attempt }
        )
      expect((yield* Effect.flip(write(attempt)))._tag).toBe("NOT_FOUND")
      const { length } = ada.pact.read
      expect((yield* Effect.flip(write(tryAfter(marks[0]!).attempt)))._tag).toBe("NOT_FOUND")
      expect(ada.pact.read.length).toBe(length)
      const foreign = tryAfter({ ...marks[0]!, pactId: "cd".repeat(32) })
      expect((yield* Effect.flip(write(foreign.attempt)))._tag).toBe("IDEMPOTENCY_CONFLICT")
      expect(ada.pact.read.length).toBe(length)
    })
  )
})
