import { Effect, type FileSystem } from "effect"
import { HttpApiClient, type HttpApiMiddleware } from "effect/http-api"
import { Api } from "../contract/api.ts"
import type { Bearer } from "../contract/security.ts"
import { type DaemonAddress, discover } from "../home/discovery.ts"
import { wayTo } from "./way.ts"

export { BadAnswer } from "./way.ts"

/**
 * The client of a daemon whose address is known. Each call fails with the wire errors of its route, `SchemaError` where
 * the request isn't what the contract takes, `HttpClientError` where nobody answers, `TimeoutError`, or `BadAnswer`. Its
 * sockets close with the scope.
 */
export const clientAt = Effect.fn("clientAt")(function* (...way: Parameters<typeof wayTo>) {
  const { bearer, options } = yield* wayTo(...way)
  // A command calls one or two routes. Making the client of all takes longer than the calls do.
  const part = <A>(client: Effect.Effect<A, never, HttpApiMiddleware.ForClient<Bearer>>) =>
    once(() => Effect.runSync(Effect.provideContext(client, bearer)))
  return lazily({
    probes: part(HttpApiClient.group(Api, { ...options, group: "probes" })),
    host: part(HttpApiClient.group(Api, { ...options, group: "host" })),
    pacts: part(HttpApiClient.group(Api, { ...options, group: "pacts" })),
    joins: part(HttpApiClient.group(Api, { ...options, group: "joins" })),
    pact: part(HttpApiClient.group(Api, { ...options, group: "pact" })),
    invites: part(HttpApiClient.group(Api, { ...options, group: "invites" })),
    members: part(HttpApiClient.group(Api, { ...options, group: "members" })),
    knowledge: part(HttpApiClient.group(Api, { ...options, group: "knowledge" })),
    tasks: part(HttpApiClient.group(Api, { ...options, group: "tasks" })),
    skills: part(HttpApiClient.group(Api, { ...options, group: "skills" })),
    messages: part(HttpApiClient.group(Api, { ...options, group: "messages" })),
    entries: part(HttpApiClient.group(Api, { ...options, group: "entries" })),
    search: part(HttpApiClient.group(Api, { ...options, group: "search" })),
    dashboard: part(HttpApiClient.group(Api, { ...options, group: "dashboard" })),
    events: part(HttpApiClient.group(Api, { ...options, group: "events" }))
  })
})

const once = <A>(make: () => A): (() => A) => {
  let made: { readonly value: A } | undefined
  return () => (made ??= { value: make() }).value
}

/** An object whose properties are made when they are first asked for. */
const lazily = <Parts extends Readonly<Record<string, () => unknown>>>(parts: Parts) => {
  const object = {}
  for (const [name, get] of Object.entries(parts)) Object.defineProperty(object, name, { get, enumerable: true })
  return object as { readonly [Name in keyof Parts]: ReturnType<Parts[Name]> }
}

export type Client = Effect.Success<ReturnType<typeof clientAt>>

export interface Connection {
  readonly address: DaemonAddress
  readonly client: Client
}

/**
 * The client of a daemon that was found. A POST that breaks off is sent again for some seconds, to the daemon that is on
 * that home by then, and done once.
 */
export const clientOf = Effect.fn("clientOf")(function* (address: DaemonAddress) {
  const context = yield* Effect.context<FileSystem.FileSystem>()
  return yield* clientAt(address, Effect.provideContext(discover(address.home), context))
})

/** Finds the daemon of a home and opens a client to it. Fails with `NoDaemon` or `HomeError`. */
export const connect = Effect.fn("connect")(function* (home: string) {
  const address = yield* discover(home)
  const connection: Connection = { address, client: yield* clientOf(address) }
  return connection
})
