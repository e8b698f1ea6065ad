import { Effect, FiberMap, Result, Schedule, type Scope } from "effect"
import type { Dht } from "../hyper/swarm.ts"
import type { Joining, JoinProgress } from "../pacts/joining.ts"
import type { Listed, Pacts } from "../pacts/Pacts.ts"
import { enterPact } from "./enter.ts"

/** One attempt to get into a pact. It ends with its invite: another one starts the next. */
interface Attempt {
  readonly joining: Joining
  readonly invite: ReturnType<Joining["invite"]>
}

/**
 * Gets into the pacts of this home that are being joined, each on a swarm of its own.
 *
 * @param node the DHT node of this daemon.
 * @returns what brings the attempts in line with the pacts as they are listed now.
 */
export const makeJoins = Effect.fnUntraced(function* (
  pacts: Pick<Pacts["Service"], "progress" | "enter">,
  node: Effect.Effect<Dht>
): Effect.fn.Return<(listed: ReadonlyArray<Listed>) => Effect.Effect<void>, never, Scope.Scope> {
  const running = yield* FiberMap.make<string>()
  const attempts = new Map<string, Attempt>()

  const enter = Effect.fnUntraced(function* (joining: Joining) {
    const { pactId } = joining
    const tell = (progress: Partial<JoinProgress>) => pacts.progress(pactId, progress)
    const entering = Effect.flatMap(node, (dht) => Effect.scoped(enterPact(joining, dht, tell)))
    const outcome = yield* Effect.result(entering)
    if (Result.isFailure(outcome)) return yield* tell({ error: outcome.failure })
    // A full disk may keep the key from being written. It is not lost: whoever gave it gives it again.
    yield* Effect.retry(pacts.enter(pactId, outcome.success), Schedule.spaced("2 seconds"))
  })

  return Effect.fnUntraced(function* (listed) {
    const wanted = new Map(listed.flatMap(({ joining, pactId }) => (joining === null ? [] : [[pactId, joining]])))
    for (const pactId of Array.from(attempts.keys())) {
      if (wanted.has(pactId)) continue
      attempts.delete(pactId)
      // One that came through ends by itself.
      if (!listed.some((each) => each.pactId === pactId)) yield* FiberMap.remove(running, pactId)
    }
    for (const [pactId, joining] of wanted) {
      const before = attempts.get(pactId)
      const invite = joining.invite()
      if (before?.joining === joining && before.invite === invite) continue
      attempts.set(pactId, { joining, invite })
      // One swarm after the other: two can't listen under one key.
      yield* FiberMap.remove(running, pactId)
      yield* FiberMap.run(running, pactId, enter(joining))
    }
  })
})
