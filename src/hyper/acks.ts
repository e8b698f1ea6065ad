import { Clock, Effect, Metric, Queue, Random, type Scope } from "effect"
import type Autobase from "autobase"
import { toHex } from "../engine/bytes.ts"
import type { Views } from "./views.ts"

/** An indexer gathers for 100 to 200 ms before it confirms. While others are away it asks less and less often. */
const shortest = 100
const longest = 5000
/** How long the frontier may stand still before the indexers nudge it, and how long each waits for those before it, ms. */
const patience = 1000
const turn = 250
/** How often an indexer nudges one place of the frontier, for itself and for each other indexer that was heard there. */
const nudgesEach = 2

export const nudges = Metric.counter("openpact_confirm_nudges_total", {
  description: "Times that this machine nudged a confirmed frontier that stood still",
  incremental: true
})

/**
 * Confirms what others wrote, when this machine is an indexer. Autobase has a timer for that, which asks several times
 * a second for ever. This one asks while something is unconfirmed, so a pact that rests costs nothing.
 *
 * With three indexers or more it may happen that all have seen all and none has anything left to confirm, by Autobase's
 * own judgement, though the order is not settled. Then they write one empty block after the other, each in its turn,
 * until it is: blocks that see each other leave no doubt. See docs/decisions/confirming.md.
 *
 * @param moved speaks whenever the log may have moved.
 */
export const keepConfirming = Effect.fnUntraced(function* (
  base: Autobase<Views>,
  moved: Queue.Dequeue<void>
): Effect.fn.Return<void, never, Scope.Scope> {
  const { log } = base.view
  /** An indexer that comes or goes has to be confirmed too, before it counts. */
  const isChanging = () => base.system !== null && base.system.indexers.length !== base.linearizer.indexers.length
  const isDue = () => base.isIndexer && (log.signedLength < log.length || isChanging())
  // Whatever stops it stops the base too, and that is told elsewhere.
  const attempt = (work: () => Promise<unknown>) => Effect.ignore(Effect.tryPromise(work))
  const turns = takeTurns(base)
  const nudge = Effect.gen(function* () {
    yield* attempt(() => base.append(null))
    yield* Metric.update(nudges, 1)
    yield* Effect.logInfo(
      `The confirmed order of the pact ${toHex(base.key)} stood still at block ${log.signedLength} of ${log.length}, ` +
        "and was nudged."
    )
  })
  yield* Effect.gen(function* () {
    while (true) {
      yield* Queue.take(moved)
      for (let wait = shortest; isDue(); wait = Math.min(wait * 2, longest)) {
        const left = turns.left(yield* now)
        yield* Effect.sleep(Math.min(yield* Random.nextIntBetween(wait, 2 * wait), Math.max(left, shortest)))
        yield* attempt(() => base.ack())
        if (isDue() && turns.left(yield* now) <= 0) {
          turns.take()
          yield* nudge
        }
        if ((yield* Queue.clear(moved)).length > 0) wait = shortest / 2
      }
    }
  }).pipe(Effect.forkScoped)
})

/** ms of a clock that nobody sets. */
const now = Effect.map(Clock.monotonicTimeNanos, (nanos) => Number(nanos / 1_000_000n))

/** Whose turn it is to nudge a frontier that stands still. */
const takeTurns = (base: Autobase<Views>) => {
  const { log } = base.view
  const own = toHex(base.local.key)
  let place = ""
  let heads = ""
  /** Since when the frontier is where it is, and since when no block has come that says what its writer has seen. */
  let still = 0
  let quiet = 0
  let spent = 0
  let lengths = new Map<string, number>()

  /** ms until this indexer should nudge. Infinite when it has done what it can until others are heard. */
  const left = (now: number): number => {
    const indexers = base.linearizer.indexers.map(({ core, length }) => ({ key: toHex(core.key), length }))
    const at = `${toHex(log.key)} ${log.length} ${log.signedLength}`
    if (at !== place) {
      place = at
      still = now
      spent = 0
      lengths = new Map(indexers.map(({ key, length }) => [key, length]))
    }
    const newest = base.heads().map(({ key, length }) => `${toHex(key)} ${length}`)
    if (newest.join() !== heads) {
      heads = newest.join()
      quiet = now
    }
    const heard = indexers.filter(({ key, length }) => key !== own && length > (lengths.get(key) ?? 0)).length
    // One alone decides for itself.
    if (indexers.length < 2 || spent >= nudgesEach * (1 + heard)) return Infinity
    const before = turnsBefore(
      indexers.map(({ key }) => key),
      newest[0]?.slice(0, 64) ?? own,
      own
    )
    return Math.max(still + patience, quiet + turn * (1 + before)) - now
  }
  return { left, take: () => void spent++ }
}

/** How many indexers come before this one, when the one after the last writer comes first and the others follow. */
const turnsBefore = (indexers: ReadonlyArray<string>, last: string, own: string): number => {
  const sorted = indexers.toSorted()
  const at = sorted.indexOf(own)
  const from = sorted.indexOf(last)
  return from < 0 ? at : (at - from - 1 + sorted.length) % sorted.length
}
