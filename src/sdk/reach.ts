import { Effect, Exit, Schedule, Scope } from "effect"
import { isAway } from "./away.ts"
import { type Client, connect } from "./connect.ts"

interface Tagged {
  readonly _tag: string
}

/** How often a daemon that went away is looked for. */
const again = Schedule.spaced("250 millis")

/** How long one waits who asked too much. Nothing was done then. */
const breath = Schedule.spaced("1 second")

/** A way to a daemon that may go away and come back, on another port even. */
export const makeReach = Effect.fnUntraced(function* (home: string) {
  const parent = yield* Effect.scope
  let current: { readonly client: Client; readonly scope: Scope.Closeable } | null = null

  const leave = Effect.suspend(() => {
    const left = current
    current = null
    return left === null ? Effect.void : Scope.close(left.scope, Exit.void)
  })
  const client = Effect.gen(function* () {
    if (current !== null) return current.client
    const scope = yield* Scope.fork(parent)
    const { client } = yield* connect(home).pipe(
      Scope.provide(scope),
      Effect.onError((cause) => Scope.close(scope, Exit.failCause(cause)))
    )
    current = { client, scope }
    return client
  })
  /** Asks the daemon as it is now. */
  const ask = <A, E extends Tagged>(use: (client: Client) => Effect.Effect<A, E>) =>
    client.pipe(
      Effect.flatMap((client) => use(client)),
      Effect.retry({ schedule: breath, while: ({ _tag }: Tagged) => _tag === "RATE_LIMITED" }),
      Effect.tapError((error) => (isAway(error) ? leave : Effect.void))
    )
  /** Asks until a daemon is there that answers. What was asked may have been done and its answer lost. */
  const insist = <A, E extends Tagged>(use: (client: Client) => Effect.Effect<A, E>) =>
    Effect.retry(ask(use), { schedule: again, while: isAway })
  return { ask, insist }
})
export type Reach = Effect.Success<ReturnType<typeof makeReach>>
