import { Cause, Deferred, Duration, Effect, Exit, Fiber, Queue, type Scope } from "effect"
import { PactNotReady } from "../domain/errors.ts"
import { limits } from "../domain/limits.ts"
import type { Decided } from "../engine/block.ts"
import { encodeFrame } from "../engine/frame.ts"
import { closing, perhapsWritten } from "../hyper/errors.ts"
import { groupsOf, type Marked, markedIn, type Submission } from "./groups.ts"

export interface Committer<E, M> {
  /**
   * Queues entries, waits until they are decided and durable, and answers a verdict for each, in their order. `mark` is
   * handed to the commit.
   */
  readonly submit: (
    entries: ReadonlyArray<Uint8Array>,
    mark?: M
  ) => Effect.Effect<ReadonlyArray<Decided>, E | PactNotReady>
  /** Fails while a commit is under way whose callers were told that it takes too long: it may still write what they sent. */
  readonly ready: Effect.Effect<void, PactNotReady>
  /** Ends when the committer has stopped: with the defect that stopped it, or quietly when its scope closed. */
  readonly stopped: Effect.Effect<Exit.Exit<void>>
}

/** How many submissions may wait for the commit that is under way. Who comes later waits for room. */
const capacity = 4096
/** How long what was taken in may take when the pact closes, and how much longer the commit that is under way then. */
const drainTime = "1 second"
const commitTime = "5 seconds"
/** How long a commit may take before its callers are answered. One whose order lacks blocks waits for peers, without end. */
const answerTime = "30 seconds"
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
  type Group = ReadonlyArray<Submission<E, M>>
  const queue = yield* Queue.bounded<Submission<E, M>, Cause.Done>(capacity)

  /** How many the next group is for: who waits already, and who was just answered. */
  let expected = 1
  let stopping = false
  let late = false
  const refuseAll = (left: Group, exit: Exit.Exit<never, PactNotReady>) =>
    Effect.sync(() => left.forEach(({ answer }) => Deferred.doneUnsafe(answer, exit)))

  /** Answers those who wait for a commit that takes too long. Who comes meanwhile is refused at once. */
  const answerLate = Effect.fnUntraced(function* (group: Group, behind: Group) {
    yield* Effect.sleep(answerTime)
    late = true
    yield* refuseAll(group, Exit.fail(tooLong))
    yield* refuseAll(behind, Exit.fail(blocked))
    // Who waited for room comes into the queue as it is cleared.
    const queued = Effect.catchIf(Queue.clear(queue), Cause.isDone, () => Effect.succeed([]))
    for (let left = yield* queued; left.length > 0; left = yield* queued) yield* refuseAll(left, Exit.fail(blocked))
  })

  const commitGroup = Effect.fnUntraced(function* (all: Group, behind: Group) {
    // Who was told that nothing is written must be right.
    const group = all.filter(({ answer }) => !Deferred.isDoneUnsafe(answer))
    if (group.length === 0) return
    const entries = group.flatMap((submission) => submission.entries)
    if (stopping) return yield* refuseAll(group, Exit.fail(closing))
    const watch = yield* Effect.forkChild(answerLate(group, behind))
    const exit = yield* Effect.exit(commit(encodeFrame(entries), markedIn(group))).pipe(
      Effect.onInterrupt(() => refuseAll(group, Exit.fail(cutOff)))
    )
    yield* Fiber.interrupt(watch)
    late = false
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
      const groups = groupsOf(waiting)
      yield* Effect.forEach(groups, (group, i) => commitGroup(group, groups.slice(i + 1).flat()), {
        discard: true
      }).pipe(
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
      if (late) return yield* blocked
      const answer = Deferred.makeUnsafe<ReadonlyArray<Decided>, E | PactNotReady>()
      if (!(yield* Queue.offer(queue, { entries, mark, answer }))) return yield* closing
      return yield* Deferred.await(answer)
    }),
    ready: Effect.suspend(() => (late ? Effect.fail(unknown) : Effect.void)),
    stopped: Fiber.await(fiber)
  }
})

const cutOff = new PactNotReady({
  message: `This pact closed while the entry was being written. ${perhapsWritten}`
})

const waits = "Blocks of this pact that only other members have may be missing here."
const tooLong = new PactNotReady({ message: `There is no verdict on the entry so far. ${waits} ${perhapsWritten}` })
/** Told of what may be the very entry that is being written. */
const unknown = new PactNotReady({ message: `An earlier entry is still being written. ${waits} ${perhapsWritten}` })
const blocked = new PactNotReady({
  message: `An earlier entry is still being written. ${waits} Nothing was written of this one. Try again later.`
})
