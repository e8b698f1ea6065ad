import { Duration, Effect } from "effect"
import type { Ledger } from "../hyper/Ledger.ts"
import { type Gap, stuckSince } from "../hyper/missing.ts"
import type { Swarm } from "../hyper/swarm.ts"
import type { Pact } from "../pacts/Pact.ts"

/** How long nothing may come though peers have more, before it is tried over new connections. It doubles each time. */
const stallTime = Duration.seconds(45)
const stallLongest = Duration.minutes(10)

/**
 * Dials anew where connections live and a log gets nothing of what the peers have of it. That was seen. What is known to cause
 * it is put right, see docs/decisions/standing-still.md. This is for what is not.
 */
export const keepSyncing = Effect.fnUntraced(function* (
  { ledger, pactId }: Pick<Pact, "pactId"> & { readonly ledger: Pick<Ledger, "gaps"> },
  { connections, redial }: Pick<Swarm, "connections" | "redial">,
  first = stallTime
) {
  const gaps = Effect.orElseSucceed(ledger.gaps, () => new Map<string, Gap>())
  let patience = first
  while (true) {
    const before = yield* gaps
    yield* Effect.sleep(patience)
    const stuck = stuckSince(before, yield* gaps)
    if (stuck === 0 || connections() === 0) {
      patience = first
      continue
    }
    patience = Duration.min(Duration.times(patience, 2), stallLongest)
    yield* Effect.logWarning(`Peers of the pact ${pactId} have ${stuck} blocks that don't come. It dials anew.`)
    yield* redial
  }
})
