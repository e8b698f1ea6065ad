import { Schema } from "effect"
import { HttpApiEndpoint, HttpApiGroup, HttpApiSchema, OpenApi } from "effect/http-api"
import { ForbiddenHost, ForbiddenOrigin, Internal, MethodNotAllowed, NotReady } from "../domain/errors.ts"
import { Alias } from "../domain/ids.ts"
import { guarded } from "./errors.ts"
import { Bearer } from "./security.ts"

/** When a write counts as durable, see docs/protocol.md. */
export const Durability = Schema.Literals(["strict", "ack", "os"])

/** `none`: the daemon meets nobody. `public`: over the public DHT. `private`: over the nodes that `bootstrap` names. */
export const NetworkKind = Schema.Literals(["public", "private", "none"])

/** `bootstrap` are the nodes of a private network, `host:port` each, and else empty. */
export const HostStatus = Schema.Struct({
  version: Schema.String,
  protocol: Schema.Int,
  uptime_ms: Schema.Int,
  current: Schema.NullOr(Alias),
  pact_count: Schema.Int,
  agents: Schema.Int,
  durability: Durability,
  network: NetworkKind,
  bootstrap: Schema.Array(Schema.String),
  home: Schema.String
}).annotate({ identifier: "HostStatus" })

export const Ping = Schema.Struct({ ok: Schema.Literal(true) }).annotate({ identifier: "Ping" })
export const Ready = Schema.Struct({ ready: Schema.Literal(true), pact_count: Schema.Int }).annotate({
  identifier: "Ready"
})

/** The exposition format of Prometheus. */
export const MetricsText = Schema.String.pipe(
  HttpApiSchema.asText({ contentType: "text/plain; version=0.0.4; charset=utf-8" })
)

const open = [ForbiddenHost, ForbiddenOrigin, MethodNotAllowed, Internal] as const

export const probes = HttpApiGroup.make("probes")
  .add(
    HttpApiEndpoint.get("ping", "/v1/ping", { success: Ping, error: open }).annotateMerge(
      OpenApi.annotations({ summary: "Answers at once. Open: no token, no rate limit." })
    ),
    HttpApiEndpoint.get("healthz", "/v1/healthz", { success: Ping, error: open }).annotateMerge(
      OpenApi.annotations({ summary: "The process lives. Open: no token, no rate limit." })
    ),
    HttpApiEndpoint.get("readyz", "/v1/readyz", { success: Ready, error: [...open, NotReady] }).annotateMerge(
      OpenApi.annotations({ summary: "At least one pact is open. Open: no token, no rate limit." })
    )
  )
  .annotateMerge(OpenApi.annotations({ title: "Probes" }))

export const host = HttpApiGroup.make("host")
  .add(
    HttpApiEndpoint.get("status", "/v1/status", { success: HostStatus, error: guarded }).annotateMerge(
      OpenApi.annotations({ summary: "The daemon: version, uptime, pacts, durability, network." })
    ),
    HttpApiEndpoint.get("metrics", "/v1/metrics", { success: MetricsText, error: guarded }).annotateMerge(
      OpenApi.annotations({ summary: "Counters and gauges as Prometheus text." })
    ),
    HttpApiEndpoint.get("openapi", "/v1/openapi.json", { success: Schema.Unknown, error: guarded }).annotateMerge(
      OpenApi.annotations({ summary: "This contract as an OpenAPI 3.1 document." })
    )
  )
  .middleware(Bearer)
  .annotateMerge(OpenApi.annotations({ title: "Host" }))
