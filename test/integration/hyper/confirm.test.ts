import { describe, expect } from "@effect/vitest"
import { Effect, Metric } from "effect"
import { encodeText } from "../../../src/engine/bytes.ts"
import { nudges } from "../../../src/hyper/acks.ts"
import type { Ledger } from "../../../src/hyper/Ledger.ts"
import {
  type Closable,
  converged,
  dataIn,
  linkLedgers,
  openClosable,
  openStranger,
  settled,
  withSnapshot
} from "../../kit/ledgers.ts"
import { live } from "../../kit/live.ts"
import { tempDir } from "../../kit/temp.ts"

const deadline = 60_000

/** A pact of so many indexers, the creator first, and one member that is none. Each is connected to each. */
const pactOf = Effect.fnUntraced(function* (indexers: number) {
  const home = yield* tempDir()
  const creator = yield* openClosable({ dir: dataIn(home, "m0") })
  const all = [creator]
  for (let i = 1; i <= indexers; i++) all.push(yield* openStranger(creator, { dir: dataIn(home, `m${i}`) }))
  const unlinks = new Map<Closable, Array<Effect.Effect<void>>>(all.map((ledger) => [ledger, []]))
  const link = Effect.fnUntraced(function* (a: Closable, b: Closable) {
    const unlink = yield* linkLedgers(a, b)
    for (const end of [a, b]) unlinks.get(end)!.push(unlink)
  })
  for (const [i, a] of all.entries()) for (const b of all.slice(i + 1)) yield* link(a, b)
  for (const [i, { memberKey }] of all.entries()) {
    if (i > 0) yield* creator.append(encodeText(`${i < indexers ? "promote" : "admit"} ${memberKey}`))
  }
  for (const [i, ledger] of all.entries()) {
    yield* settled(ledger, "writable", () => ledger.writable)
    if (i < indexers) yield* settled(ledger, "an indexer", () => ledger.indexer)
  }
  yield* confirmed(all)
  return {
    indexers: all.slice(0, indexers),
    member: all[indexers]!,
    all,
    part: (ledger: Closable) => Effect.all(unlinks.get(ledger)!.splice(0), { discard: true }),
    link
  }
})

/** Waits until all have the same order, as long as the longest, and all of it is confirmed. */
const confirmed = Effect.fnUntraced(function* (ledgers: ReadonlyArray<Ledger>) {
  const lengths = yield* Effect.all(ledgers.map((ledger) => withSnapshot(ledger, async ({ length }) => length)))
  const [first, ...others] = ledgers
  for (const other of others) yield* converged(first!, other, Math.max(...lengths))
})

const signed = (ledger: Ledger) => withSnapshot(ledger, async ({ signedLength }) => signedLength)
const nudged = Effect.map(Metric.value(nudges), ({ count }) => Number(count))

/** Sets the clock of this machine back by an hour, until the end of the test. */
const setBack = Effect.acquireRelease(
  Effect.sync(() => {
    const { now } = Date
    Date.now = () => now() - 3_600_000
    return now
  }),
  (now) => Effect.sync(() => void (Date.now = now))
)

describe("the confirmed order", () => {
  for (const count of [1, 2, 3, 5]) {
    live(
      `reaches every entry with ${count} indexer${count === 1 ? "" : "s"}, one after the other and at once`,
      () =>
        Effect.gen(function* () {
          const { all } = yield* pactOf(count)
          for (let i = 0; i < 6; i++) {
            yield* all[i % all.length]!.append(encodeText(`count ${i}`))
            yield* confirmed(all)
          }
          yield* Effect.all(
            all.map((ledger) => ledger.append(encodeText("count together"))),
            { concurrency: "unbounded" }
          )
          yield* confirmed(all)
        }),
      deadline
    )
  }

  for (const [count, away] of [
    [2, 1],
    [3, 1],
    [3, 2],
    [5, 2],
    [5, 3]
  ] as const) {
    const majority = away < count / 2
    live(
      `${majority ? "goes on" : "stands still, writes go on, and it catches up,"} while ${away} of ${count} indexers are away`,
      () =>
        Effect.gen(function* () {
          const pact = yield* pactOf(count)
          const gone = pact.indexers.slice(count - away)
          const there = pact.all.filter((ledger) => !gone.includes(ledger))
          for (const ledger of gone) yield* pact.part(ledger)
          const before = yield* signed(pact.member)
          const nudgesBefore = yield* nudged
          for (let i = 0; i < 5; i++) yield* there[i % there.length]!.append(encodeText(`count ${i}`))
          if (majority) yield* confirmed(there)
          else {
            // Those that are there try what they can, and that has an end.
            const most = (count - away) * 2 * (count - away)
            yield* settled(pact.member, "held by all", () =>
              Effect.map(Effect.all(there.map((l) => withSnapshot(l, async ({ length }) => length))), (lengths) =>
                lengths.every((length) => length >= before + 5)
              )
            )
            expect(yield* signed(pact.member)).toBe(before)
            expect((yield* nudged) - nudgesBefore).toBeLessThanOrEqual(most)
          }
          for (const ledger of gone) for (const other of there) yield* pact.link(ledger, other)
          for (const [i, ledger] of gone.entries())
            for (const other of gone.slice(i + 1)) yield* pact.link(ledger, other)
          yield* confirmed(pact.all)
        }),
      deadline
    )
  }

  live(
    "is nudged a few times where it can't move, also when the clock is set back, and then left alone",
    () =>
      Effect.gen(function* () {
        const pact = yield* pactOf(3)
        const [here, , there] = pact.indexers
        yield* pact.part(pact.indexers[1]!)
        yield* pact.part(there!)
        yield* pact.part(pact.member)
        const before = yield* nudged
        const at = yield* signed(here!)
        const first = yield* here!.append(encodeText("count alone"))
        yield* settled(here!, "nudged once", () => Effect.map(nudged, (count) => count >= before + 1))
        yield* setBack
        yield* settled(here!, "nudged twice", () => Effect.map(nudged, (count) => count >= before + 2))
        expect(yield* signed(here!)).toBe(at)
        // The two nudges, one block that confirms what it can, and this one: nothing else was written.
        const next = yield* here!.append(encodeText("count again"))
        expect(next - first).toBeLessThanOrEqual(4)
        expect((yield* nudged) - before).toBe(2)
        for (const ledger of [pact.indexers[1]!, there!, pact.member]) yield* pact.link(here!, ledger)
        yield* confirmed(pact.all)
      }),
    deadline
  )
})
