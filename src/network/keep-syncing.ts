import { Duration, Effect } from "effect"
import type { Ledger } from "../hyper/Ledger.ts"
import { type Gaps, stuckSince } from "../hyper/missing.ts"
import type { Swarm } from "../hyper/swarm.ts"
import type { Pact } from "../pacts/Pact.ts"

/** How long a block may not come though a peer has it, before it is tried over new connections. It doubles each time. */
const stallTime = Duration.seconds(45)
const stallLongest = Duration.minutes(10)

/**
 * Dials anew where connections live and a log gets nothing of what the peers have of it. That was seen. What is known to cause
 * it is put right, see docs/decisions/standing-still.md. This is for what is not.
 */
export const keepSyncing = Effect.fnUntraced(function* (
  { ledger, pactId }: Pick<Pact, "pactId"> & { readonly ledger: Pick<Ledger, "offered"> },
  { connections, redial }: Pick<Swarm, "connections" | "redial">,
  first = stallTime
) {
  const offered = Effect.orElseSucceed(ledger.offered, (): Gaps => new Map())
  let patience = first
  let before = yield* offered
  while (true) {
    yield* Effect.sleep(patience)
    if (connections() === 0) continue
    const now = yield* offered
    const stuck = stuckSince(before, now)
    before = now
    if (stuck === 0) {
      patience = first
      continue
    }
    patience = Duration.min(Duration.times(patience, 2), stallLongest)
    yield* Effect.logWarning(`Peers of the pact ${pactId} have ${stuck} blocks that don't come. It dials anew.`)
    yield* redial
  }
})
