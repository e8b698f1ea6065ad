import { Duration, Effect } from "effect"

/** Fails loudly where something takes longer than it ever should, with what `dump` tells of the state by then. */
export const within =
  (what: string, duration: Duration.Input, dump: () => string) =>
  <A, E, R>(effect: Effect.Effect<A, E, R>): Effect.Effect<A, E, R> =>
    Effect.timeoutOrElse(effect, {
      duration,
      orElse: () =>
        Effect.die(new Error(`${what}: not within ${Duration.format(Duration.fromInputUnsafe(duration))}\n${dump()}`))
    })
