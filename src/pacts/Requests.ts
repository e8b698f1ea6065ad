import { Clock, Context, Effect, Fiber, Layer, Scope } from "effect"
import { existsSync } from "node:fs"
import { IdempotencyConflict, Internal, StorageFull } from "../domain/errors.ts"
import { Locations } from "../home/locations.ts"
import { type Attempt, CurrentAttempt } from "./attempt.ts"
import { type Kept, RequestStore } from "./request-store.ts"

/** A request with an `Idempotency-Key`. */
export interface KeyedRequest {
  readonly key: string
  /** Tells what it asks for: the same for the same request, and for no other. */
  readonly print: string
  /** What the answer waits for. */
  readonly query: string
}

type KeyError = IdempotencyConflict | StorageFull | Internal

/**
 * Does what a keyed request asks for once, however often it is sent within 24 hours, also after a crash: see
 * docs/decisions/idempotency.md. The file is opened with the first key that comes.
 */
export class Requests extends Context.Service<
  Requests,
  {
    /**
     * Answers with what the work gives, or gave. Who sends a key again while its work is under way waits for it. The work
     * belongs to the Scope and not to a client, so it goes on when that one leaves.
     */
    readonly once: <E>(
      request: KeyedRequest,
      work: Effect.Effect<Kept, E>
    ) => Effect.Effect<Kept, E | KeyError, Scope.Scope>
    /** Deletes what was kept of requests to a pact. */
    readonly forget: (pactId: string) => Effect.Effect<void>
  }
>()("openpact/pacts/Requests") {
  static readonly layer: Layer.Layer<Requests, never, Locations> = Layer.effect(
    Requests,
    Effect.suspend(() => makeRequests)
  )
}

const makeRequests = Effect.gen(function* () {
  const { requests: file } = yield* Locations
  let open: RequestStore | null = null
  const close = () => {
    open?.close()
    open = null
  }
  yield* Effect.addFinalizer(() => Effect.sync(close))

  const use = <A>(action: (store: RequestStore) => A): Effect.Effect<A, StorageFull | Internal> =>
    Effect.gen(function* () {
      let aside: string | null = null
      const exit = yield* Effect.exit(
        Effect.try({
          try: () => {
            if (open === null) ({ aside, store: open } = RequestStore.open(file))
            return action(open)
          },
          catch: (error) => error
        })
      )
      if (aside !== null) yield* Effect.logWarning(`${file} could not be used, so it is kept as ${aside}.`)
      return yield* exit
    }).pipe(
      Effect.catch((error) =>
        error instanceof StorageFull || error instanceof Internal ? Effect.fail(error) : Effect.die(error)
      )
    )

  /** After a failed sync the system may have dropped what it could not write: the file is read anew before it counts. */
  const settled = Effect.flatMap(
    use((store) => ({ store, done: store.sync() })),
    ({ done, store }) =>
      Effect.tryPromise({ try: () => done, catch: (cause) => cause }).pipe(
        Effect.catch((cause) => {
          if (open === store) close()
          const full = cause instanceof Error && "code" in cause && (cause.code === "ENOSPC" || cause.code === "EDQUOT")
          return Effect.fail(full ? new StorageFull({ message: unkept }) : new Internal({ message: unkept }))
        })
      )
  )

  const first = Effect.fnUntraced(function* <E>({ key, print, query }: KeyedRequest, work: Effect.Effect<Kept, E>) {
    const before = yield* Clock.currentTimeMillis
    const found = yield* use((store) => store.find(key, before))
    if (found !== null && found.print !== print) return yield* conflict
    // With another query a write is looked up anew: it may be confirmed by now, or have to be waited for.
    if (found?.answer != null && (found.answer.query === query || found.mark === null)) return found.answer
    const attempt: Attempt = {
      earlier: found?.mark ?? null,
      note: (mark) =>
        Effect.flatMap(Clock.currentTimeMillis, (now) => use((store) => store.note(key, print, now, mark))),
      settled
    }
    const answer = yield* Effect.provideService(work, CurrentAttempt, attempt)
    const now = yield* Clock.currentTimeMillis
    yield* use((store) => store.keep(key, print, now, query, answer)).pipe(
      // What was written is found again by its mark.
      Effect.catch((error) => Effect.logWarning("The answer to a keyed request could not be kept", error.message))
    )
    return answer
  })

  /** By key. Who shares one's answer has sent the same request, so the errors are those of its own work too. */
  const running = new Map<string, { readonly request: KeyedRequest; readonly fiber: Fiber.Fiber<Kept, unknown> }>()

  const once = <E>(
    request: KeyedRequest,
    work: Effect.Effect<Kept, E>
  ): Effect.Effect<Kept, E | KeyError, Scope.Scope> =>
    // The look and the start are one step.
    Effect.contextWith((context: Context.Context<Scope.Scope>) => {
      const { key, print, query } = request
      const now = running.get(key)
      if (now !== undefined && now.request.print !== print) return Effect.fail(conflict)
      if (now?.request.query === query) return Fiber.join(now.fiber) as Effect.Effect<Kept, E | KeyError>
      if (now !== undefined) return Effect.andThen(Fiber.await(now.fiber), once(request, work))
      const fiber = Effect.runForkWith(context)(first(request, work))
      Fiber.runIn(fiber, Context.get(context, Scope.Scope))
      running.set(key, { request, fiber })
      fiber.addObserver(() => running.delete(key))
      return Fiber.join(fiber)
    })

  const forget = (pactId: string) =>
    Effect.suspend(() =>
      open === null && !existsSync(file) ? Effect.void : use((store) => store.forget(pactId))
    ).pipe(
      Effect.catch((error) => Effect.logWarning(`${file} may still hold answers of a removed pact`, error.message))
    )

  return Requests.of({ once, forget })
})

const conflict = new IdempotencyConflict({
  message: "This Idempotency-Key was used for another request within 24 hours. Use a new key for each request."
})
const unkept = "The Idempotency-Key could not be written to disk, so nothing was written. Try again."
