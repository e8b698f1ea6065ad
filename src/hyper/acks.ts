import { Effect, Queue, Random, type Scope } from "effect"
import type Autobase from "autobase"
import type { Views } from "./views.ts"

/** An indexer gathers for 100 to 200 ms before it confirms. While others are away it asks less and less often. */
const shortest = 100
const longest = 5000

/**
 * Confirms what others wrote, when this machine is an indexer. Autobase has a timer for that, which asks several times
 * a second for ever. This one asks while something is unconfirmed, so a pact that rests costs nothing.
 *
 * @param moved speaks whenever the log may have moved.
 */
export const keepConfirming = Effect.fnUntraced(function* (
  base: Autobase<Views>,
  moved: Queue.Dequeue<void>
): Effect.fn.Return<void, never, Scope.Scope> {
  const { log } = base.view
  const isDue = () => base.isIndexer && log.signedLength < log.length
  yield* Effect.gen(function* () {
    while (true) {
      yield* Queue.take(moved)
      for (let wait = shortest; isDue(); wait = Math.min(wait * 2, longest)) {
        yield* Effect.sleep(yield* Random.nextIntBetween(wait, 2 * wait))
        // Whatever stops it stops the base too, and that is told elsewhere.
        yield* Effect.ignore(Effect.tryPromise(() => base.ack()))
        if ((yield* Queue.clear(moved)).length > 0) wait = shortest / 2
      }
    }
  }).pipe(Effect.forkScoped)
})
