import { Cause, Deferred, Effect, Exit, type FileSystem, Queue, Scope } from "effect"
import fs from "node:fs"
import { PactNotReady, StorageFull } from "../domain/errors.ts"
import type { OpenBase } from "./base.ts"
import { LedgerError, storageFull, stoppedBy } from "./errors.ts"

/** Keeps one base open: a full disk, or no file handle left, stops a base, and the recovery needs it closed, but the ledger goes on. */
export interface Keeper {
  /** The base, or null while it is not open, or broken and about to be opened anew. */
  readonly peek: () => OpenBase | null
  /** The base. Waits while it is being opened anew. */
  readonly opened: Effect.Effect<OpenBase, PactNotReady>
  /** The base, for who wants to write. Fails at once where that can't be. */
  readonly writer: Effect.Effect<OpenBase, StorageFull | PactNotReady>
  /** Closes the base, does the work and opens the base again, whatever comes of the work. */
  readonly closedFor: <A, E, R>(
    work: (last: OpenBase) => Effect.Effect<A, E, R>
  ) => Effect.Effect<A, E | PactNotReady, R>
  /** Ends with the reason when the ledger can't go on. */
  readonly failed: Effect.Effect<LedgerError>
}

export interface KeeperOptions {
  readonly dir: string
  /** Bytes that must be free to write. */
  readonly reserve: number
  readonly open: Effect.Effect<OpenBase, LedgerError | StorageFull, Scope.Scope | FileSystem.FileSystem>
  readonly onChange: () => void
}

const reopenEvery = "1 second"
/** How long a writer waits for a base that opens because there is room again. */
const reopenTime = "5 seconds"
export const recoveryFirst =
  "Peers may hold entries of this member that this machine lost. Nothing is written before they are back."

type State =
  | { readonly _tag: "Open"; readonly open: OpenBase; readonly scope: Scope.Closeable }
  | {
      readonly _tag: "Opening"
      /** What it waits for the end of, or that its own log is fetched first. */
      readonly why: StorageFull | LedgerError | "recovery"
      readonly done: Deferred.Deferred<void>
    }
  | { readonly _tag: "Ended"; readonly reason: string }
type Open = State & { readonly _tag: "Open" }

export const makeKeeper = Effect.fnUntraced(function* ({ dir, onChange, open, reserve }: KeeperOptions) {
  const parent = yield* Effect.scope
  const context = yield* Effect.context<FileSystem.FileSystem>()
  const breaks = yield* Queue.unbounded<{ readonly from: OpenBase; readonly cause: unknown }>()
  const nudge = yield* Queue.sliding<void>(1)
  const failure = Deferred.makeUnsafe<LedgerError>()

  const start = Effect.gen(function* () {
    const scope = yield* Scope.fork(parent)
    const next = yield* open.pipe(
      Scope.provide(scope),
      Effect.provideContext(context),
      Effect.onError((cause) => Scope.close(scope, Exit.failCause(cause)))
    )
    yield* Deferred.await(next.broken).pipe(
      Effect.flatMap((cause) => Queue.offer(breaks, { from: next, cause })),
      Effect.forkIn(scope)
    )
    return { _tag: "Open", open: next, scope } as const
  }).pipe(Effect.uninterruptible)

  let state: State = yield* start

  const end = (error: LedgerError): void => {
    state = { _tag: "Ended", reason: error.message }
    Deferred.doneUnsafe(failure, Effect.succeed(error))
  }
  const halt = Effect.fnUntraced(function* (from: Open, why: StorageFull | LedgerError | "recovery") {
    const done = Deferred.makeUnsafe<void>()
    state = { _tag: "Opening", why, done }
    yield* Scope.close(from.scope, Exit.void)
    return done
  })
  /** Opens the base again. False while there is no room for it. */
  const resume = Effect.fnUntraced(function* () {
    const exit = yield* Effect.exit(start)
    if (Exit.isSuccess(exit)) {
      state = exit.value
      return true
    }
    const error = stoppedBy(dir, Cause.squash(exit.cause))
    if (error instanceof StorageFull) return false
    end(error)
    return true
  }, Effect.uninterruptible)
  const resumed = (done: Deferred.Deferred<void>) =>
    Effect.sync(() => {
      Deferred.doneUnsafe(done, Effect.void)
      onChange()
    })
  /** Waits for room, then opens. */
  const resumeWithRoom = Effect.gen(function* () {
    do yield* Effect.raceFirst(Effect.sleep(reopenEvery), Queue.take(nudge))
    while (hasRoom(dir, reserve) === false || !(yield* resume()))
  })

  yield* Effect.gen(function* () {
    while (true) {
      const { cause, from } = yield* Queue.take(breaks)
      if (state._tag !== "Open" || state.open !== from) continue
      const error = stoppedBy(dir, cause)
      const done = yield* halt(state, error)
      if (error instanceof StorageFull) yield* resumeWithRoom
      else end(error)
      yield* resumed(done)
    }
  }).pipe(Effect.forkScoped)
  yield* Effect.addFinalizer(() =>
    Effect.sync(() => {
      const { done } = state._tag === "Opening" ? state : { done: null }
      state = { _tag: "Ended", reason: "This pact is closing." }
      if (done !== null) Deferred.doneUnsafe(done, Effect.void)
    })
  )

  const opened: Effect.Effect<OpenBase, PactNotReady> = Effect.suspend(() => {
    if (state._tag === "Open") return Effect.succeed(state.open)
    if (state._tag === "Opening") return Effect.andThen(Deferred.await(state.done), opened)
    return Effect.fail(new PactNotReady({ message: state.reason }))
  })

  const writer: Effect.Effect<OpenBase, StorageFull | PactNotReady> = Effect.suspend(() => {
    if (state._tag === "Ended") return Effect.fail(new PactNotReady({ message: state.reason }))
    if (state._tag === "Opening" && state.why === "recovery")
      return Effect.fail(new PactNotReady({ message: recoveryFirst }))
    const room = hasRoom(dir, reserve)
    if (room instanceof Error) {
      // The folder was taken away under it. What is open would go on writing to files that nobody finds again.
      if (state._tag === "Open") Queue.offerUnsafe(breaks, { from: state.open, cause: room })
      return Effect.fail(new PactNotReady({ message: stoppedBy(dir, room).message }))
    }
    if (!room) return Effect.fail(storageFull(dir))
    if (state._tag === "Open") return Effect.succeed(state.open)
    Queue.offerUnsafe(nudge, undefined)
    const full = state.why instanceof StorageFull ? state.why : storageFull(dir)
    return Deferred.await(state.done).pipe(
      Effect.timeoutOrElse({ duration: reopenTime, orElse: () => Effect.fail(full) }),
      Effect.andThen(writer)
    )
  })

  const closedFor: Keeper["closedFor"] = (work) =>
    Effect.uninterruptibleMask((restore) =>
      Effect.gen(function* () {
        yield* opened
        if (state._tag !== "Open") return yield* new PactNotReady({ message: recoveryFirst })
        const last = state.open
        const done = yield* halt(state, "recovery")
        const exit = yield* Effect.exit(restore(work(last)))
        if (!(yield* resume())) yield* restore(resumeWithRoom)
        yield* resumed(done)
        return yield* exit
      })
    )

  const peek = () => (state._tag === "Open" && !Deferred.isDoneUnsafe(state.open.broken) ? state.open : null)
  const keeper: Keeper = { peek, opened, writer, closedFor, failed: Deferred.await(failure) }
  return keeper
})

/** On a small disk a tenth of it will do. A system that tells no sizes is believed to have room. */
const hasRoom = (dir: string, reserve: number): boolean | Error => {
  try {
    const { bavail, blocks, bsize } = fs.statfsSync(dir)
    return blocks === 0 || bavail * bsize >= Math.min(reserve, (blocks * bsize) / 10)
  } catch (error) {
    return error instanceof Error ? error : new Error(String(error))
  }
}
