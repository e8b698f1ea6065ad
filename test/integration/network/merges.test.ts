import { describe, expect } from "@effect/vitest"
import { Effect } from "effect"
import { entryIdOf } from "../../../src/domain/ids.ts"
import { encodeEntry } from "../../../src/engine/entry.ts"
import { encodeFrame } from "../../../src/engine/frame.ts"
import type { Draft } from "../../../src/pacts/drafts.ts"
import { entryOf } from "../../kit/history.ts"
import { live } from "../../kit/live.ts"
import { admitted, creator, holds, joiner, logHash, type Machine } from "../../kit/machines.ts"
import { testnet } from "../../kit/testnet.ts"

const step = (status: string, refs: ReadonlyArray<string>, more: object = {}): Draft => ({
  type: "task",
  payload: { status, ...more },
  refs
})

/** Two machines that know each other, and how to put them on the network. Ada is the indexer. */
const pair = Effect.gen(function* () {
  const boot = yield* testnet
  const ada = yield* creator(boot)
  const bob = yield* joiner("bob", boot, ada)
  const together = Effect.all([ada.connect, bob.connect], { concurrency: 2 }).pipe(
    Effect.map((offs) => Effect.all(offs, { concurrency: 2, discard: true }))
  )
  return { ada, bob, together }
})

/** Waits until what a machine has of an entry, accepted or refused, can't change any more. */
const settled = ({ pact, until }: Machine, id: string, accepted: boolean) =>
  until(`${accepted ? "acceptance" : "refusal"} of ${id}`, () => {
    const found = pact.read.entry(id)
    return found?.confirmed === true && found.accepted === accepted ? true : null
  })

describe("a merge", () => {
  live("a refusal that was asked to be confirmed is told as it is confirmed", () =>
    Effect.gen(function* () {
      const { ada, bob, together } = yield* pair
      const cut = yield* together
      yield* admitted(bob)
      const { id } = yield* ada.pact.write({ type: "task", payload: { status: "open", title: "work" } })
      const held = yield* ada.pact.write(step("claimed", [id]))
      yield* holds(bob, held.id)
      yield* cut
      // Bob knows that Ada holds it, and not that she gives it back. His claim is refused until the two meet.
      yield* ada.pact.write(step("open", [id, held.id]), { wait: "confirmed" })
      const claim = bob.pact.write(step("claimed", [id]), { wait: "confirmed" })
      // The first thing that he wrote was his name.
      const own = entryIdOf(bob.pact.memberKey, 2, 0)
      const refused = bob.until("the refusal", () => (bob.pact.read.entry(own)?.accepted === false ? true : null))
      const [written] = yield* Effect.all([claim, Effect.andThen(refused, together)], { concurrency: 2 })
      expect(written).toMatchObject({ id: own, confirmed: true })
      expect(bob.pact.read.taskState(id, Date.now())?.fact).toMatchObject({ claim: written.id, fence: 2 })
    })
  )

  live(
    "1,000 completions under claims that were taken over meanwhile are refused on both machines",
    () =>
      Effect.gen(function* () {
        const { ada, bob, together } = yield* pair
        /** Writes one step of each task at a time of its own, 250 in a frame, and answers their ids. */
        const writeAll = Effect.fnUntraced(function* (
          { pact }: Machine,
          at: number,
          steps: ReadonlyArray<readonly [payload: object, refs: ReadonlyArray<string>]>
        ) {
          const ids: Array<string> = []
          for (let from = 0; from < steps.length; from += 250) {
            const entries = steps
              .slice(from, from + 250)
              .map(([payload, refs]) => entryOf(pact.memberKey, "task", payload, { timestamp: at, refs, ttl: 60_000 }))
            const length = yield* Effect.orDie(pact.ledger.append(encodeFrame(entries.map(encodeEntry))))
            ids.push(...entries.map((_, place) => entryIdOf(pact.memberKey, length, place)))
          }
          return ids
        })
        const all = Array.from({ length: 1000 }, (_, i) => i)
        const now = Date.now()
        const tasks = yield* writeAll(
          ada,
          now,
          all.map((i) => [{ status: "open", title: `${i}` }, []])
        )
        const first = yield* together
        yield* admitted(bob)
        yield* holds(bob, tasks.at(-1)!)
        const claims = yield* writeAll(
          bob,
          now,
          tasks.map((id) => [{ status: "claimed" }, [id]])
        )
        yield* holds(ada, claims.at(-1)!)
        yield* first
        // Bob does the work in time, but out of reach. Ada waits for the end of his leases and takes all over.
        const late = yield* writeAll(
          bob,
          now + 30_000,
          tasks.map((id, i) => [{ status: "complete", result: "bob" }, [id, claims[i]!]])
        )
        const taken = yield* writeAll(
          ada,
          now + 60_000,
          tasks.map((id) => [{ status: "claimed" }, [id]])
        )
        const stateAt = ({ pact }: Machine) =>
          tasks.map((id) => {
            const fact = pact.read.taskState(id, now + 60_000)?.fact
            return [fact?.status, fact?.claim, fact?.fence]
          })
        yield* holds(bob, late.at(-1)!)
        expect(new Set(stateAt(bob).map(([status]) => status))).toEqual(new Set(["complete"]))
        yield* settled(ada, taken.at(-1)!, true)
        yield* together
        for (const machine of [ada, bob]) {
          yield* settled(machine, late.at(-1)!, false)
          const verdicts = late.map((id) => machine.pact.read.entry(id))
          expect(verdicts).toEqual(late.map((id) => ({ accepted: false, id, code: "STALE_CLAIM", confirmed: true })))
          expect(stateAt(machine)).toEqual(taken.map((id) => ["claimed", id, 2]))
        }
        expect(yield* logHash(bob)).toBe(yield* logHash(ada))
      }),
    60_000
  )
})
