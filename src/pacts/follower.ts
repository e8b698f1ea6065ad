import { Cause, Effect, Exit, Fiber, Option, PubSub, Queue, Schedule, type Scope, Semaphore, Stream } from "effect"
import { PactNotReady, StorageFull } from "../domain/errors.ts"
import { type Decided, decodeBlock } from "../engine/block.ts"
import type { LogSnapshot } from "../engine/ports.ts"
import type { Ledger } from "../hyper/Ledger.ts"
import type { Batch } from "../projection/follow.ts"
import type { Opened } from "../projection/open.ts"
import type { Projection } from "../projection/Projection.ts"
import { makeSignal, type Signal } from "./signal.ts"

/** Keeps the read model of a pact at the end of its log, and tells what that changed. */
export interface Follower {
  /** Brings the read model to the log as it is now. One at a time: who comes meanwhile waits and finds it done. */
  readonly sync: Effect.Effect<void, StorageFull | PactNotReady>
  /**
   * Appends to the log. Autobase moves the log several times on the way, and the read model leaves that to the settle
   * that comes after: one transaction and not three.
   */
  readonly appending: <A, E>(append: Effect.Effect<A, E>) => Effect.Effect<A, E>
  /**
   * The verdicts on a frame of this machine, by the length of its log with it, once the read model has them. When the
   * disk has no room for the read model they come from the log, and the model catches up later. Null: not in the order.
   */
  readonly settle: (length: number) => Effect.Effect<ReadonlyArray<Decided> | null, PactNotReady>
  /** What each transaction changed, in order. */
  readonly batches: PubSub.PubSub<Batch | Rebuilt>
  /** Fires after each of them. */
  readonly moved: Signal<PactNotReady>
  /** Ends when a defect stopped it, with that defect. */
  readonly broken: Effect.Effect<Cause.Cause<unknown>>
}

/** The read model was made anew from the log: what came meanwhile is in it and was told by no batch. */
export type Rebuilt = "rebuilt"

export const notReady = new PactNotReady({ message: "This pact is closing. Try again when it is open." })

/** How long the read model waits for an append that is under way. One that hangs must not keep readers from what peers write. */
const appendTime = "1 second"
/** A frame that was appended has its verdict: who asks waits while the log is opened again, and not for ever. */
const reopening = {
  while: (error: StorageFull | PactNotReady) => error._tag === "PACT_NOT_READY",
  schedule: Schedule.spaced("200 millis"),
  times: 20
}
/** How many blocks back a verdict is looked for in the log. */
const lookBack = 1024

/** @param onRebuilt is told when the read model turned out to be unusable, and what became of it. */
export const makeFollower = Effect.fn("makeFollower")(function* (
  ledger: Pick<Ledger, "changes" | "head" | "memberKey" | "snapshot" | "whole">,
  projection: Projection,
  onRebuilt: (opened: Opened) => void
): Effect.fn.Return<Follower, StorageFull | PactNotReady, Scope.Scope> {
  const lock = yield* Semaphore.make(1)
  const batches = yield* Effect.acquireRelease(PubSub.unbounded<Batch | Rebuilt>(), PubSub.shutdown)
  const moved = makeSignal<PactNotReady>()
  yield* Effect.addFinalizer(() => Effect.sync(() => moved.end(notReady)))
  /** The own frames that came by while the verdict on one of them is awaited. */
  const own = new Map<number, ReadonlyArray<Decided>>()
  let awaited = false
  let rebuilding = false

  const onBatch = (batch: Batch) => {
    if (awaited)
      for (const { decided, length, writer } of batch.blocks) if (writer === ledger.memberKey) own.set(length, decided)
    if (rebuilding) return
    PubSub.publishUnsafe(batches, batch)
    moved.fire()
  }
  const onRebuild = (opened: Opened) => {
    rebuilding = true
    onRebuilt(opened)
  }
  const whole = () => {
    if (!rebuilding) return
    rebuilding = false
    PubSub.publishUnsafe(batches, "rebuilt")
    moved.fire()
  }

  const append = yield* Semaphore.make(1)
  let followed = ""
  const sync = Effect.gen(function* () {
    const head = yield* ledger.head
    if (head === followed && !projection.damaged && !rebuilding) return
    yield* Effect.scoped(
      Effect.flatMap(ledger.snapshot, (snapshot) =>
        toItsEnd((signal) => projection.follow(snapshot, { onBatch, onRebuild, signal }))
      )
    )
    followed = head
    whole()
  }).pipe(
    Effect.catchIf(isUnexpected, (cause) => Effect.die(cause)),
    lock.withPermit
  ) as Effect.Effect<void, StorageFull | PactNotReady>

  const fromLog = (length: number) =>
    Effect.scoped(
      Effect.flatMap(ledger.snapshot, (snapshot) =>
        Effect.tryPromise({ try: () => findBlock(snapshot, ledger.memberKey, length), catch: (cause) => cause })
      )
    ).pipe(Effect.catch((cause) => (cause instanceof PactNotReady ? Effect.fail(cause) : Effect.die(cause))))

  /**
   * The verdicts on an own frame, null when the order passes over it: this machine was removed. Else they come `later`.
   * A log that was taken over from peers holds it only after the next merge, and its blocks may be on their way.
   */
  const verdicts = Effect.fnUntraced(function* (length: number) {
    const whole = yield* ledger.whole
    yield* Effect.retry(sync, reopening)
    const member = projection.member(ledger.memberKey)?.active === true
    return own.get(length) ?? (whole && !member ? null : "later")
  })
  const later = (length: number) =>
    ledger.changes.pipe(
      Stream.mapEffect(() => verdicts(length)),
      Stream.filter((found) => found !== "later"),
      Stream.runHead,
      Effect.map(Option.getOrNull)
    )

  // What peers have yet to bring can't come before the pact is open.
  yield* (yield* ledger.whole) ? sync : Effect.catchTag(sync, "PACT_NOT_READY", () => Effect.void)
  const damage = yield* Queue.sliding<void>(1)
  projection.whenDamaged(() => void Queue.offerUnsafe(damage, undefined))
  const following = yield* Stream.merge(ledger.changes, Stream.fromQueue(damage)).pipe(
    Stream.runForEach(() =>
      append
        .withPermit(Effect.void)
        .pipe(Effect.timeoutOption(appendTime), Effect.andThen(Effect.retry(sync, Schedule.spaced("1 second"))))
    ),
    Effect.forkScoped
  )
  return {
    sync,
    appending: (work) =>
      append.withPermit(
        Effect.suspend(() => {
          awaited = true
          return work
        })
      ),
    settle: (length) =>
      verdicts(length).pipe(
        Effect.flatMap((found) => (found === "later" ? later(length) : Effect.succeed(found))),
        Effect.catchTag("STORAGE_FULL", () => Effect.retry(fromLog(length), reopening)),
        Effect.ensuring(
          Effect.sync(() => {
            awaited = false
            own.clear()
          })
        )
      ),
    batches,
    moved,
    broken: Effect.flatMap(Fiber.await(following), (exit) =>
      Exit.isFailure(exit) && Cause.hasDies(exit.cause) ? Effect.succeed(exit.cause) : Effect.never
    )
  }
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

const findBlock = async (snapshot: LogSnapshot, writer: string, length: number) => {
  for (let at = snapshot.length - 1; at >= Math.max(0, snapshot.length - lookBack); at--) {
    const block = decodeBlock(await snapshot.get(at))
    if (block.writer === writer && block.length === length) return block.decided
  }
  return null
}

const isUnexpected = (cause: unknown): cause is unknown =>
  !(cause instanceof StorageFull || cause instanceof PactNotReady)
