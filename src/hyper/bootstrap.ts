import { Effect, type Scope } from "effect"
import HyperDHT from "hyperdht"
import type { Address } from "./swarm.ts"

/**
 * How many nodes a private network needs. A peer behind a firewall learns from three others how it looks from outside,
 * and with fewer it never gets through: its connections open on one side only (hyperdht 6.34.0).
 */
const nodes = 3

/**
 * Runs the nodes that a private network starts from, until the scope closes. Peers are told the first one.
 *
 * @param at the address by which peers reach this machine, and a port that is free.
 */
export const runBootstrap = Effect.fnUntraced(function* ({
  host,
  port
}: Address): Effect.fn.Return<void, never, Scope.Scope> {
  const first = yield* nodeOf(() => HyperDHT.bootstrapper(port, host, { host }))
  yield* Effect.promise(() => first.fullyBootstrapped())
  const bootstrap = [{ host, port }]
  const others = Array.from({ length: nodes - 1 }, () =>
    nodeOf(() => new HyperDHT({ bootstrap, host, ephemeral: false, firewalled: false }))
  )
  for (const other of yield* Effect.all(others)) yield* Effect.promise(() => other.fullyBootstrapped())
})

const nodeOf = (make: () => HyperDHT) =>
  Effect.acquireRelease(Effect.sync(make), (node) =>
    Effect.ignore(Effect.tryPromise(() => node.destroy({ force: true })).pipe(Effect.timeout("2 seconds")))
  )
