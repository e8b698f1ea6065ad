import { Clock, Effect } from "effect"
import { host, probes } from "../contract/host.ts"
import { openApi } from "../contract/openapi.ts"
import { NotReady } from "../domain/errors.ts"
import { frameVersion } from "../engine/frame.ts"
import { jsonText, text } from "../http/answer.ts"
import { handle } from "../http/handlers.ts"
import { metricsText, metricsType } from "../http/metrics.ts"
import { Network, type NetworkOptions } from "../network/Network.ts"
import { Pacts } from "../pacts/Pacts.ts"
import { query as run } from "./serve.ts"

export const probeHandlers = Effect.gen(function* () {
  const pacts = yield* Pacts
  return handle(probes, {
    ping: () => Effect.succeed({ ok: true }),
    healthz: () => Effect.succeed({ ok: true }),
    readyz: Effect.fnUntraced(function* () {
      const open = (yield* pacts.list).filter(({ pact }) => pact !== null)
      if (open.length > 0) return { ready: true, pact_count: open.length }
      return yield* new NotReady({ message: "No pact is open yet. Make one: openpact init" })
    })
  })
})

/** What the daemon says of itself. */
export interface About {
  readonly version: string
  readonly home: string
  readonly durability: "strict" | "ack" | "os"
}

export const hostHandlers = Effect.fnUntraced(function* ({ durability, home, version }: About) {
  const pacts = yield* Pacts
  const network = networkOf(yield* Network)
  const context = yield* Effect.context<never>()
  const started = yield* Clock.currentTimeMillis
  // Made when it is first asked for: it takes longer than all else at the start.
  const document = yield* Effect.cached(Effect.sync(() => jsonText(JSON.stringify(openApi()))))
  return handle(host, {
    status: Effect.fnUntraced(function* () {
      const listed = yield* pacts.list
      // A pact whose read model is being made anew has nobody to tell of.
      const agents = yield* Effect.forEach(listed, ({ pact }) =>
        pact === null
          ? Effect.succeed(0)
          : Effect.orElseSucceed(
              run(() => pact.read.memberCounts().active),
              () => 0
            )
      )
      return {
        version,
        protocol: frameVersion,
        uptime_ms: (yield* Clock.currentTimeMillis) - started,
        current: listed.find(({ current }) => current)?.alias ?? null,
        pact_count: listed.length,
        agents: agents.reduce((sum, count) => sum + count, 0),
        durability,
        ...network,
        home
      }
    }),
    metrics: () => Effect.sync(() => text(metricsText(context), metricsType)),
    openapi: () => document
  })
})

/** The network as the contract has it. */
const networkOf = ({ bootstrap }: NetworkOptions) =>
  typeof bootstrap === "object"
    ? { network: "private" as const, bootstrap: bootstrap.map(({ host, port }) => `${host}:${port}`) }
    : { network: bootstrap ?? ("public" as const), bootstrap: [] }
