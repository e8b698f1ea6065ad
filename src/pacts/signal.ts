import { Deferred, Effect, Exit } from "effect"

/** Something that happens again and again, and fibers that wait for what it brings about. No wake-up is lost. */
export interface Signal<E> {
  /** Wakes everybody who waits. */
  readonly fire: () => void
  /** Probes now and after each firing, until the probe answers something else than null. */
  readonly until: <A>(probe: () => A | null) => Effect.Effect<A, E>
  /** Ends all waits, now and later, with this error. */
  readonly end: (error: E) => void
}

export const makeSignal = <E>(): Signal<E> => {
  let next = Deferred.makeUnsafe<void, E>()
  const until = <A>(probe: () => A | null): Effect.Effect<A, E> =>
    Effect.suspend(() => {
      // Taken before the probe, so that a firing between the two is seen.
      const waiting = next
      const answer = probe()
      return answer === null ? Effect.flatMap(Deferred.await(waiting), () => until(probe)) : Effect.succeed(answer)
    })
  return {
    fire: () => {
      const fired = next
      if (Deferred.isDoneUnsafe(fired)) return
      next = Deferred.makeUnsafe()
      Deferred.doneUnsafe(fired, Exit.void)
    },
    until,
    end: (error) => void Deferred.doneUnsafe(next, Exit.fail(error))
  }
}
