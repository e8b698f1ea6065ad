import { Duration, Effect, Queue, type Scope } from "effect"
import type Autobase from "autobase"
import type Hypercore from "hypercore"
import { heldLength } from "./missing.ts"
import type { Views } from "./views.ts"

/** How long the same block may be the first that is missing before it is asked for by itself, and between looks at most. */
const shortest = Duration.seconds(2)
const longest = Duration.minutes(1)

type Logs = Pick<Autobase<Views>, "activeWriters" | "core"> & {
  readonly view: { readonly log: Hypercore; readonly state: { readonly core: Hypercore } }
}

/**
 * Asks for blocks that don't come. Hypercore asks for a range of blocks, and passes over what it takes for asked: where it
 * is wrong in that, the block is asked for no more, and all that comes behind it waits. A block that is named by itself is
 * looked up in what is really here.
 *
 * @param moved speaks whenever the log may have moved. While nothing is missing nothing is done.
 */
export const askAgain = Effect.fnUntraced(function* (
  base: Logs,
  moved: Queue.Dequeue<void>
): Effect.fn.Return<void, never, Scope.Scope> {
  const ask = (core: Hypercore, index: number) =>
    Effect.acquireRelease(
      Effect.sync(() => core.download({ blocks: [index] })),
      (asked) => Effect.sync(() => asked.destroy())
    )
  yield* Effect.gen(function* () {
    while (true) {
      yield* Queue.take(moved)
      let wait = shortest
      let before = new Map<Hypercore, number>()
      do {
        // Nothing, while the base reads itself anew.
        const missing = yield* Effect.orElseSucceed(
          Effect.try(() => firstMissing(base)),
          () => new Map<Hypercore, number>()
        )
        const stuck = [...missing].filter(([core, index]) => before.get(core) === index)
        wait = stuck.length === 0 ? shortest : Duration.min(Duration.times(wait, 2), longest)
        before = missing
        yield* Effect.forEach(stuck, ([core, index]) => ask(core, index), { discard: true }).pipe(
          Effect.andThen(Effect.sleep(wait)),
          Effect.scoped
        )
      } while (before.size > 0)
    }
  }).pipe(Effect.forkScoped)
})

/** The first block that is known to be there and is not here, of the order, each view and each log that is being read. */
const firstMissing = ({ activeWriters, core, view }: Logs): Map<Hypercore, number> => {
  const missing = new Map<Hypercore, number>()
  for (const log of [core, view.log, view.state.core]) {
    const held = heldLength(log)
    if (held < log.length) missing.set(log, held)
  }
  for (const { core, frozen, isRemoved, length } of activeWriters) {
    if (frozen || isRemoved || core.length <= length) continue
    const index = core.core.bitfield.firstUnset(length)
    if (index < core.length) missing.set(core, index)
  }
  return missing
}
