import { Cause, Deferred, Duration, Effect, Exit, Fiber, Queue, type Scope } from "effect"
import { PactNotReady } from "../domain/errors.ts"
import { limits } from "../domain/limits.ts"
import type { Decided } from "../engine/block.ts"
import { encodeFrame } from "../engine/frame.ts"
import { perhapsWritten } from "../hyper/errors.ts"

/** Writes that stand together: they go into one frame and are decided one after the other. */
interface Submission<E, M> {
  readonly entries: ReadonlyArray<Uint8Array>
  readonly mark: M | undefined
  readonly answer: Deferred.Deferred<ReadonlyArray<Decided>, E | PactNotReady>
}

/** What a submission was marked with, and the place of its first entry in the frame. */
export interface Marked<M> {
  readonly mark: M
  readonly place: number
}

export interface Committer<E, M> {
  /**
   * Queues entries, waits until they are decided and durable, and answers a verdict for each, in their order. `mark` is
   * handed to the commit.
   */
  readonly submit: (
    entries: ReadonlyArray<Uint8Array>,
    mark?: M
  ) => Effect.Effect<ReadonlyArray<Decided>, E | PactNotReady>
  /** Ends when the committer has stopped: with the defect that stopped it, or quietly when its scope closed. */
  readonly stopped: Effect.Effect<Exit.Exit<void>>
}

/** How many submissions may wait for the commit that is under way. Who comes later waits for room. */
const capacity = 4096
/** How long what was taken in may take when the pact closes, and how much longer the commit that is under way then. */
const drainTime = "1 second"
const commitTime = "5 seconds"
/** How long a group stays open for callers that are expected back. */
const gatherTime = Duration.millis(4)

/**
 * One writer of one log: all that waits while a commit runs goes into the next frame, so the more come at once the
 * less each costs. One commit is in flight at a time.
 *
 * Who writes one thing after the other comes back right after the answer. Without a moment's patience the first of
 * them would get a commit to itself while all others wait for it.
 *
 * @param commit appends one frame and answers the verdicts of its entries.
 */
export const makeCommitter = Effect.fn("makeCommitter")(function* <E, M = never>(
  commit: (frame: Uint8Array, marked: ReadonlyArray<Marked<M>>) => Effect.Effect<ReadonlyArray<Decided>, E>
): Effect.fn.Return<Committer<E, M>, never, Scope.Scope> {
  const queue = yield* Queue.bounded<Submission<E, M>, Cause.Done>(capacity)

  /** How many the next group is for: who waits already, and who was just answered. */
  let expected = 1
  let stopping = false
  const refuseAll = (left: ReadonlyArray<Submission<E, M>>, exit: Exit.Exit<never, PactNotReady>) =>
    Effect.sync(() => left.forEach(({ answer }) => Deferred.doneUnsafe(answer, exit)))

  const commitGroup = Effect.fnUntraced(function* (group: ReadonlyArray<Submission<E, M>>) {
    const entries = group.flatMap((submission) => submission.entries)
    if (stopping) return yield* refuseAll(group, Exit.fail(closing))
    const exit = yield* Effect.exit(commit(encodeFrame(entries), markedIn(group))).pipe(
      Effect.onInterrupt(() => refuseAll(group, Exit.fail(cutOff)))
    )
    expected = Math.min(group.length + Queue.sizeUnsafe(queue), limits.frameEntries)
    let at = 0
    for (const { answer, entries: own } of group) {
      const end = at + own.length
      Deferred.doneUnsafe(answer, Exit.isSuccess(exit) ? Exit.succeed(exit.value.slice(at, end)) : exit)
      at = end
    }
    // An expected failure is the callers' to handle. Anything else stops this pact, loudly.
    if (Exit.isFailure(exit) && Cause.hasDies(exit.cause)) return yield* Effect.die(Cause.squash(exit.cause))
  })

  const take = (least: number) => Queue.takeBetween(queue, least, limits.frameEntries)
  const loop = Effect.gen(function* () {
    while (true) {
      const waiting = yield* expected === 1
        ? take(1)
        : Effect.timeoutOrElse(take(expected), { duration: gatherTime, orElse: () => take(1) })
      yield* Effect.forEach(groupsOf(waiting), commitGroup, { discard: true }).pipe(
        Effect.onError((cause) => refuseAll(waiting, Cause.hasDies(cause) ? Exit.failCause(cause) : Exit.fail(closing)))
      )
    }
  }).pipe(
    Effect.catchIf(Cause.isDone, () => Effect.void),
    Effect.ensuring(
      Effect.gen(function* () {
        const left = yield* Effect.exit(Queue.clear(queue))
        yield* Queue.shutdown(queue)
        yield* refuseAll(Exit.isSuccess(left) ? left.value : [], Exit.fail(closing))
      })
    )
  )

  const fiber = yield* Effect.forkScoped(loop)
  // Runs before the fiber is interrupted: what was taken in is committed, what comes now is refused. A commit is cut off
  // only when it hangs, since nobody could tell then what became of it.
  yield* Effect.addFinalizer(() =>
    Queue.end(queue).pipe(
      Effect.andThen(Effect.timeoutOption(Fiber.await(fiber), drainTime)),
      Effect.andThen(Effect.sync(() => void (stopping = true))),
      Effect.andThen(Effect.timeoutOption(Fiber.await(fiber), commitTime))
    )
  )

  return {
    submit: Effect.fnUntraced(function* (entries, mark) {
      const answer = Deferred.makeUnsafe<ReadonlyArray<Decided>, E | PactNotReady>()
      if (!(yield* Queue.offer(queue, { entries, mark, answer }))) return yield* closing
      return yield* Deferred.await(answer)
    }),
    stopped: Fiber.await(fiber)
  }
})

const closing = new PactNotReady({ message: "This pact is closing. Try again when the daemon runs." })
const cutOff = new PactNotReady({
  message: `This pact closed while the entry was being written. ${perhapsWritten}`
})

const markedIn = <E, M>(group: ReadonlyArray<Submission<E, M>>): ReadonlyArray<Marked<M>> => {
  const marked: Array<Marked<M>> = []
  let place = 0
  for (const { entries, mark } of group) {
    if (mark !== undefined) marked.push({ mark, place })
    place += entries.length
  }
  return marked
}

/** Splits what waits into frames that keep the limits, without parting a submission or changing the order. */
const groupsOf = <E, M>(waiting: ReadonlyArray<Submission<E, M>>): ReadonlyArray<ReadonlyArray<Submission<E, M>>> => {
  const groups: Array<Array<Submission<E, M>>> = []
  let entries = 0
  let bytes = 0
  for (const submission of waiting) {
    const more = submission.entries.reduce((sum, entry) => sum + 4 + entry.byteLength, 0)
    const fits = entries + submission.entries.length <= limits.frameEntries && 4 + bytes + more <= limits.frameBytes
    if (groups.length === 0 || !fits) {
      groups.push([])
      entries = 0
      bytes = 0
    }
    groups.at(-1)!.push(submission)
    entries += submission.entries.length
    bytes += more
  }
  return groups
}
