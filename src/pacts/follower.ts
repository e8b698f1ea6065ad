import { Cause, Duration, Effect, Exit, Fiber, PubSub, Queue, Schedule, type Scope, Semaphore, Stream } from "effect"
import { PactNotReady, StorageFull, ViewTimeout } from "../domain/errors.ts"
import type { Decided } from "../engine/block.ts"
import type { Ledger } from "../hyper/Ledger.ts"
import type { Batch } from "../projection/batch.ts"
import type { Opened } from "../projection/open.ts"
import type { Projection } from "../projection/Projection.ts"
import { makeSignal, type Signal } from "./signal.ts"
import { makeTake } from "./take.ts"
import { makeFind, makeOwnFrame } from "./verdicts.ts"

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
   * The verdicts on a frame of this machine, by the length of its log with it, once the read model has them. Where the
   * model can't go on, for lack of room or of blocks that peers have yet to bring, they come from the end of the log,
   * and the model catches up later. Null: this machine was removed, and the order passes over the frame. When nothing
   * can be said for a while it fails, and the frame is in the log all the same.
   */
  readonly settle: (length: number) => Effect.Effect<ReadonlyArray<Decided> | null, ViewTimeout>
  /** The same for a frame from before. */
  readonly find: (length: number) => Effect.Effect<ReadonlyArray<Decided> | null, ViewTimeout>
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
const appendTime = Duration.seconds(1)
/** How long blocks that come from peers are gathered. */
const gatherTime = "100 millis"
/** @param onRebuilt is told when the read model turned out to be unusable, and what became of it. */
export const makeFollower = Effect.fn("makeFollower")(function* (
  ledger: Pick<Ledger, "changes" | "head" | "lacking" | "memberKey" | "snapshot" | "tail">,
  projection: Projection,
  onRebuilt: (opened: Opened) => void
): Effect.fn.Return<Follower, StorageFull | PactNotReady, Scope.Scope> {
  const lock = yield* Semaphore.make(1)
  const batches = yield* Effect.acquireRelease(PubSub.unbounded<Batch | Rebuilt>(), PubSub.shutdown)
  const moved = makeSignal<PactNotReady>()
  yield* Effect.addFinalizer(() => Effect.sync(() => moved.end(notReady)))
  const own = makeOwnFrame(ledger.memberKey)
  let rebuilding = false

  const onBatch = (batch: Batch) => {
    own.notice(batch)
    if (rebuilding) return
    PubSub.publishUnsafe(batches, batch)
    moved.fire()
  }
  const onRebuild = (opened: Opened) => {
    rebuilding = true
    onRebuilt(opened)
  }
  const rebuilt = () => {
    if (!rebuilding) return
    rebuilding = false
    PubSub.publishUnsafe(batches, "rebuilt")
    moved.fire()
  }

  const take = yield* makeTake(projection, { onBatch, onRebuild })
  const append = yield* Semaphore.make(1)
  let followed = ""
  let tookMuch = false
  const sync = Effect.gen(function* () {
    const head = yield* ledger.head
    if (head === followed && !projection.damaged && !rebuilding) return
    const lacking = yield* ledger.lacking
    tookMuch = yield* Effect.scoped(
      Effect.flatMap(ledger.snapshot, (snapshot) =>
        // New indexers mean a new core for the log, whose blocks may have to be fetched once more. None of them is gone.
        !snapshot.whole && snapshot.length < projection.length ? Effect.succeed(false) : take(snapshot, lacking)
      )
    )
    followed = head
    rebuilt()
  }).pipe(
    Effect.catchIf(isUnexpected, (cause) => Effect.die(cause)),
    lock.withPermit
  ) as Effect.Effect<void, StorageFull | PactNotReady>

  const find = makeFind(ledger, projection, sync, own.verdicts)

  // What peers have yet to bring can't come before the pact is open.
  yield* (yield* ledger.lacking) === 0 ? sync : Effect.catchTag(sync, "PACT_NOT_READY", () => Effect.void)
  const damage = yield* Queue.sliding<void>(1)
  projection.whenDamaged(() => void Queue.offerUnsafe(damage, undefined))
  /**
   * Waits a moment while blocks are on their way: many that are taken together cost half of what each costs alone. While
   * many were taken, many have come.
   */
  const gather = Effect.flatMap(ledger.lacking, (lacking) =>
    lacking === 0 || tookMuch ? Effect.void : Effect.sleep(gatherTime)
  )
  // Made once: it runs several times for each append.
  const keepUp = append
    .withPermit(Effect.void)
    .pipe(
      Effect.timeoutOption(appendTime),
      Effect.andThen(Effect.retry(Effect.andThen(gather, sync), Schedule.spaced("1 second")))
    )
  const following = yield* Stream.merge(ledger.changes, Stream.fromQueue(damage)).pipe(
    Stream.runForEach(() => keepUp),
    Effect.forkScoped
  )
  return {
    sync,
    appending: (work) =>
      append.withPermit(
        Effect.suspend(() => {
          own.expect()
          return work
        })
      ),
    settle: (length) => Effect.ensuring(find(length), Effect.sync(own.forget)),
    find,
    batches,
    moved,
    broken: Effect.flatMap(Fiber.await(following), (exit) =>
      Exit.isFailure(exit) && Cause.hasDies(exit.cause) ? Effect.succeed(exit.cause) : Effect.never
    )
  }
})

const isUnexpected = (cause: unknown): cause is unknown =>
  !(cause instanceof StorageFull || cause instanceof PactNotReady)
