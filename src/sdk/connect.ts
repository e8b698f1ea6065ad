import * as NodeHttpClient from "@effect/platform-node/NodeHttpClient"
import { Context, Effect, Layer } from "effect"
import { HttpClient, HttpClientRequest } from "effect/http"
import { HttpApiClient, HttpApiMiddleware } from "effect/http-api"
import { Api } from "../contract/api.ts"
import { Bearer } from "../contract/security.ts"
import { type DaemonAddress, discover } from "../home/discovery.ts"

/** How long a daemon may take to start its answer. Streams go on as long as they like. */
const patience = "60 seconds"

/**
 * The client of a daemon whose address is known. Each call fails with the wire errors of its route,
 * `HttpClientError` where nobody answers, `SchemaError` where the answer isn't what this version knows, and
 * `TimeoutError`. Its sockets close with the scope.
 */
export const clientAt = Effect.fn("clientAt")(function* ({ port, token }: DaemonAddress) {
  const node = Context.get(yield* Layer.build(NodeHttpClient.layerNodeHttp), HttpClient.HttpClient)
  return yield* HttpApiClient.makeWith(Api, {
    baseUrl: `http://127.0.0.1:${port}`,
    httpClient: HttpClient.transformResponse(node, Effect.timeout(patience))
  }).pipe(
    Effect.provide(
      HttpApiMiddleware.layerClient(Bearer, ({ next, request }) => next(HttpClientRequest.bearerToken(request, token)))
    )
  )
})

export type Client = Effect.Success<ReturnType<typeof clientAt>>

export interface Connection {
  readonly address: DaemonAddress
  readonly client: Client
}

/** Finds the daemon of a home and opens a client to it. Fails with `NoDaemon` or `HomeError`. */
export const connect = Effect.fn("connect")(function* (home: string) {
  const address = yield* discover(home)
  const connection: Connection = { address, client: yield* clientAt(address) }
  return connection
})
