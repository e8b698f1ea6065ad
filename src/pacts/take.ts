import { Effect, RcRef } from "effect"
import { limits } from "../domain/limits.ts"
import type { LogSnapshot } from "../engine/ports.ts"
import type { FollowOptions } from "../projection/follow.ts"
import type { Projection } from "../projection/Projection.ts"
import type { ThreadLost } from "../projection/thread.ts"

/** From so many entries on a thread takes them: starting one costs as much as a few thousand entries. */
const threadFrom = 4096
/** True for so many blocks on their way that a thread is to take them, whatever is in them. */
const isMuch = (lacking: number): boolean => lacking >= 128
/** Who took so many at once needn't wait for more to come. */
const manyEntries = 1024
/** How long a thread that has nothing to do is kept: what is fetched comes in parts. */
const threadIdle = "2 seconds"

/** So that nearly always nothing has to be read to tell. */
const mayHold = (entries: number, blocks: number): boolean => blocks * limits.frameEntries >= entries

/**
 * Brings a read model to a snapshot of the log. Where very much is lacking that can't move any more, as on a machine that
 * is new, a thread takes it, so that this one is free. The thread ends soon after, at the latest with the Scope.
 *
 * @returns takes a snapshot of a log that lacks so many blocks here. True where it took many entries.
 */
export const makeTake = Effect.fnUntraced(function* (
  projection: Projection,
  options: Pick<FollowOptions, "onBatch" | "onRebuild">
) {
  const threads = yield* RcRef.make({
    acquire: Effect.acquireRelease(
      Effect.logInfo("A thread takes what the read model lacks.").pipe(
        Effect.andThen(Effect.sync(() => projection.startThread()))
      ),
      ({ close }) => Effect.promise(close)
    ),
    idleTimeToLive: threadIdle
  })
  const context = yield* Effect.context<never>()
  let alone = false
  const onThreadLost = (lost: ThreadLost) => {
    alone = true
    Effect.runSyncWith(context)(Effect.logWarning("The thread of the read model ended. It goes on without one.", lost))
  }
  return Effect.fnUntraced(function* (snapshot: LogSnapshot, lacking: number) {
    const lacks = Effect.tryPromise({ try: () => projection.lacks(threadFrom, snapshot), catch: (cause) => cause })
    const blocks = snapshot.length - projection.length
    const much = (blocks > 0 && isMuch(lacking)) || (mayHold(threadFrom, blocks) && (yield* lacks))
    const threaded = much && !alone ? { thread: yield* RcRef.get(threads), onThreadLost } : {}
    const before = projection.entries
    const { rebuilt } = yield* toItsEnd((signal) => projection.follow(snapshot, { ...options, signal, ...threaded }))
    // It has the old file.
    if (rebuilt !== null) yield* RcRef.invalidate(threads)
    return projection.entries - before >= manyEntries
  })
})

/** Runs a step that can be asked to stop. Who interrupts it waits until it has, so that no lock is let go before. */
const toItsEnd = <A>(step: (signal: AbortSignal) => Promise<A>): Effect.Effect<A, unknown> =>
  Effect.callback((resume) => {
    const stop = new AbortController()
    const running = step(stop.signal)
    const ended = running.then(
      (value) => resume(Effect.succeed(value)),
      (cause: unknown) => resume(Effect.fail(cause))
    )
    return Effect.promise(() => {
      stop.abort()
      return ended
    })
  })
