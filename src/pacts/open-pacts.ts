import { Cause, Effect, Exit, type FileSystem, PubSub, Scope, Stream } from "effect"
import { PactNotReady, StorageFull, UnknownPact } from "../domain/errors.ts"
import { DaemonFile } from "../home/daemon-file.ts"
import type { PactListing } from "../home/daemon-state.ts"
import { isJoining } from "../home/joining-file.ts"
import { Locations } from "../home/locations.ts"
import type { Batch } from "../projection/batch.ts"
import type { Rebuilt } from "./follower.ts"
import { type Joining, resumeJoining } from "./joining.ts"
import { forgetPact, measurePact } from "./metrics.ts"
import { openPact } from "./open-pact.ts"
import type { Pact, PactOptions } from "./Pact.ts"
import { reasonOf } from "./reason.ts"

/** A pact of this home: open, on its way to be, being joined, or failed with the reason for people. */
export interface Listed extends PactListing {
  readonly current: boolean
  readonly pact: Pact | null
  readonly joining: Joining | null
  readonly failed: string | null
}

/** What happened to the pacts of this home, and in them. */
export type PactsEvent =
  | {
      /** `pact-rebuilt`: the read model was made anew, so whoever follows the pact must read it anew. */
      readonly type: "pact-added" | "pact-removed" | "pact-changed" | "pact-rebuilt"
      readonly pactId: string
      readonly alias: string
    }
  | {
      readonly type: "batch"
      readonly pactId: string
      readonly alias: string
      readonly pact: Pact
      readonly batch: Batch
    }

const isOpening = ({ failed, joining, pact }: Listed): boolean => pact === null && joining === null && failed === null

/** How long a request waits for a pact that is being opened. */
const openTime = "5 seconds"

/** How long a pact waits that found the disk full. */
const retryTime = "2 seconds"

type Slot =
  | { readonly pact: Pact; readonly scope: Scope.Closeable }
  | { readonly joining: Joining; readonly scope: Scope.Closeable }
  | { readonly failed: string }
  | "opening"

export type OpenPacts = Effect.Success<ReturnType<typeof makeOpenPacts>>

/** Which pacts are open, each in a scope of its own below the caller's. */
export const makeOpenPacts = Effect.fnUntraced(function* (options: PactOptions) {
  const context = yield* Effect.context<FileSystem.FileSystem | Locations>()
  const file = yield* DaemonFile
  const locations = yield* Locations
  const parent = yield* Effect.scope
  const slots = new Map<string, Slot>()
  const hub = yield* Effect.acquireRelease(PubSub.unbounded<PactsEvent>(), PubSub.shutdown)

  const list = Effect.map(file.read, ({ currentAlias, pacts }) =>
    pacts.map((listing): Listed => {
      const slot = slots.get(listing.pactId) ?? "opening"
      return {
        ...listing,
        current: listing.alias === currentAlias,
        pact: slot !== "opening" && "pact" in slot ? slot.pact : null,
        joining: slot !== "opening" && "joining" in slot ? slot.joining : null,
        failed: slot !== "opening" && "failed" in slot ? slot.failed : null
      }
    })
  )
  const look = Effect.fnUntraced(function* (ref: string) {
    const all = yield* list
    const found =
      all.find(({ alias }) => alias === ref) ??
      all.find(({ pactId }) => pactId === ref) ??
      (ref === "default" ? all.find(({ current }) => current) : undefined)
    if (found !== undefined) return found
    return yield* new UnknownPact({
      message:
        ref === "default"
          ? "There is no pact here yet. Make one: openpact init"
          : `There is no pact ${ref} here. See which there are: openpact list`
    })
  })
  /** Waits a moment for a pact that is being opened: whoever asks right after a start would only have to ask again. */
  const lookOpened = Effect.fnUntraced(function* (ref: string) {
    const first = yield* look(ref)
    return isOpening(first) ? yield* untilOpened(ref) : first
  })
  const untilOpened = Effect.fnUntraced(
    function* (ref: string) {
      const news = yield* PubSub.subscribe(hub)
      let found = yield* look(ref)
      while (isOpening(found)) {
        yield* PubSub.take(news)
        found = yield* look(ref)
      }
      return found
    },
    Effect.scoped,
    (wait, ref) => Effect.timeoutOrElse(wait, { duration: openTime, orElse: () => look(ref) })
  )
  const find = Effect.fnUntraced(function* (ref: string) {
    const { alias, failed, joining, pact } = yield* lookOpened(ref)
    if (pact !== null) return pact
    if (joining !== null) {
      return yield* new PactNotReady({
        message: `This machine is not in the pact ${alias} yet. See how its join stands: openpact status --pact ${alias}`
      })
    }
    return yield* new PactNotReady({
      message:
        failed === null
          ? `The pact ${alias} is being opened. Try again in a moment.`
          : `The pact ${alias} is not open: ${failed}`
    })
  })
  const publish = (event: PactsEvent) => Effect.asVoid(PubSub.publish(hub, event))
  const aliasOf = (pactId: string) =>
    Effect.map(file.read, ({ pacts }) => pacts.find((listing) => listing.pactId === pactId)?.alias ?? pactId)

  /** Takes an open pact in: tells what happens in it, and closes it when it can't go on. */
  const settle = Effect.fnUntraced(function* (pact: Pact, scope: Scope.Closeable) {
    const { pactId } = pact
    const tell = Effect.fnUntraced(function* (batch: Batch | Rebuilt) {
      const alias = yield* aliasOf(pactId)
      if (batch === "rebuilt") return yield* publish({ type: "pact-rebuilt", pactId, alias })
      yield* publish({ type: "batch", pactId, alias, pact, batch })
      yield* measurePact(pact, batch)
    })
    yield* Scope.addFinalizer(scope, forgetPact(pactId))
    // It listens before anybody can write, so that nothing goes untold.
    yield* Effect.forkIn(Stream.runForEach(pact.batches, tell), scope, { startImmediately: true })
    slots.set(pactId, { pact, scope })
    yield* measurePact(pact, null)
    const stop = Effect.fnUntraced(function* (failed: string) {
      slots.set(pactId, { failed })
      yield* Effect.logError(`The pact ${yield* aliasOf(pactId)} stopped: ${failed}`)
      yield* Scope.close(scope, Exit.void)
      yield* publish({ type: "pact-changed", pactId, alias: yield* aliasOf(pactId) })
    })
    // The watch ends with the pact, so what it sets off must not.
    yield* pact.failed.pipe(
      Effect.flatMap((failed) => Effect.forkIn(stop(failed), parent)),
      Effect.forkIn(scope)
    )
  })

  const openInScope = <E>(open: Effect.Effect<Pact, E, Scope.Scope | FileSystem.FileSystem>) =>
    Effect.gen(function* () {
      const scope = yield* Scope.make()
      const pact = yield* open.pipe(
        Scope.provide(scope),
        Effect.onError((cause) => Scope.close(scope, Exit.failCause(cause)))
      )
      // Not before it is open: a stop waits for that, and would close it under its own feet.
      yield* Scope.addFinalizer(parent, Scope.close(scope, Exit.void))
      yield* settle(pact, scope)
      return pact
    }).pipe(Effect.uninterruptible, Effect.provideContext(context))

  /** Takes in a pact that is being joined. */
  const joinInScope = <E>(join: Effect.Effect<Joining, E, Scope.Scope | FileSystem.FileSystem>) =>
    Effect.gen(function* () {
      const scope = yield* Scope.fork(parent)
      const joining = yield* join.pipe(
        Scope.provide(scope),
        Effect.onError((cause) => Scope.close(scope, Exit.failCause(cause)))
      )
      slots.set(joining.pactId, { joining, scope })
      return joining
    }).pipe(Effect.uninterruptible, Effect.provideContext(context))

  const openListed = ({ alias, dataDir, pactId }: PactListing): Effect.Effect<void> =>
    Effect.gen(function* () {
      const places = locations.pact(dataDir)
      if (yield* isJoining(places)) yield* joinInScope(resumeJoining(places, pactId))
      else yield* openInScope(openPact(places, options, pactId))
    }).pipe(
      Effect.provideContext(context),
      Effect.catchCause((cause) =>
        Effect.gen(function* () {
          const slot = { failed: reasonOf(cause) }
          slots.set(pactId, slot)
          yield* Effect.logError(`The pact ${alias} could not be opened: ${slot.failed}`)
          if (Cause.squash(cause) instanceof StorageFull) yield* Effect.forkIn(openLater(pactId, slot), parent)
        })
      ),
      Effect.andThen(publish({ type: "pact-changed", pactId, alias }))
    )

  /** A full disk is no reason for good: tries again, unless the pact was removed meanwhile. */
  const openLater = (pactId: string, slot: Slot) =>
    Effect.gen(function* () {
      yield* Effect.sleep(retryTime)
      const listing = (yield* file.read).pacts.find((listed) => listed.pactId === pactId)
      if (listing !== undefined && slots.get(pactId) === slot) yield* openListed(listing)
    })

  return {
    list,
    look,
    lookOpened,
    find,
    openInScope,
    joinInScope,
    openListed,
    slots,
    publish,
    events: Stream.fromPubSub(hub)
  }
})
