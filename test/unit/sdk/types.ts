import type { HttpApiEndpoint } from "effect/http-api"
import type { Api } from "../../../src/contract/api.ts"
import type { eventData } from "../../../src/contract/events.ts"
import type { Client as EffectClient } from "../../../src/sdk/connect.ts"
import type { EventStream } from "../../../src/sdk/promise/events.ts"
import type { Feed } from "../../../src/sdk/promise/feed.ts"
import type { HostMethods, PactMethods } from "../../../src/sdk/promise/generated/methods.ts"
import type { EventData } from "../../../src/sdk/promise/generated/types.ts"
import type { Listing, Rows } from "../../../src/sdk/promise/listing.ts"
import type { CallOptions, WriteOptions } from "../../../src/sdk/promise/options.ts"

// Holds both clients against the types of the contract. `tsc` is what runs it.

type Groups = (typeof Api)["groups"]
type EndpointOf<G extends keyof Groups, N> = N extends keyof Groups[G]["endpoints"] ? Groups[G]["endpoints"][N] : never

type Same<A, B> = [A] extends [B] ? ([B] extends [A] ? true : false) : false
type Field<A, K> = K extends keyof A ? A[K] : never

/** The parameters of a path in their order, but the pact. */
type ParamsOf<Path> = Path extends `${string}:${infer Name}/${infer Rest}`
  ? [...Own<Name>, ...ParamsOf<`/${Rest}`>]
  : Path extends `${string}:${infer Name}`
    ? Own<Name>
    : []
type Own<Name> = Name extends "pactId" ? [] : [Name]

type Camel<Text> = Text extends `${infer Head}-${infer Tail}` ? `${Head}${Capitalize<Camel<Tail>>}` : Text
type OptionOf<Header> = Header extends `openpact-${infer Rest}` ? Camel<Rest> : Camel<Header>

type MethodOf<G extends keyof Groups, N> =
  HttpApiPath<EndpointOf<G, N>> extends `${string}:pactId${string}`
    ? G extends "pact" | "pacts"
      ? Field<PactMethods, N>
      : N extends "pact"
        ? Field<PactMethods, G>
        : Field<Field<PactMethods, G>, N>
    : N extends "host"
      ? Field<HostMethods, G>
      : Field<Field<HostMethods, G>, N>
type HttpApiPath<E> = E extends { readonly path: infer Path } ? Path : never

type Calls<M> = M extends (...args: infer Args) => infer Answer ? { args: Required<Args>; answer: Answer } : never

type TypeOf<A> = [A] extends [never] ? {} : A extends { readonly Type: infer Type } ? Type : {}
type HeadersOf<E> = TypeOf<HttpApiEndpoint.Headers<E>>
type Wanted<E> = TypeOf<HttpApiEndpoint.Query<E>> & {
  readonly [Name in keyof HeadersOf<E> as OptionOf<Name>]: HeadersOf<E>[Name]
}
type Defined<A> = { [K in keyof A]-?: Exclude<A[K], undefined> }
type Body<E> = [HttpApiEndpoint.Payload<E>] extends [never] ? [] : [HttpApiEndpoint.Payload<E>["Type"]]
type BaseOf<E> = E extends { readonly method: "POST" } ? WriteOptions : CallOptions

type Strings<Names extends ReadonlyArray<unknown>> = { [K in keyof Names]: string }

type ArgsOf<E> = [...Strings<ParamsOf<HttpApiPath<E>>>, ...Body<E>, Defined<Wanted<E> & Required<BaseOf<E>>>]

type LastDefined<Args> = Args extends [...infer Before, infer Last] ? [...Before, Defined<Last>] : never

type AnswerOf<E> = E extends { readonly "~Success": { readonly sseMode: string } }
  ? EventStream
  : "after" extends keyof Wanted<E>
    ? HttpApiEndpoint.Success<E>["Type"] extends ReadonlyArray<infer Row>
      ? Rows<Row>
      : never
    : Walked<HttpApiEndpoint.Success<E>["Type"]>
type Walked<A> = [A] extends [
  { readonly entries: ReadonlyArray<unknown>; readonly cursor: string; readonly reset: boolean }
]
  ? Feed<A>
  : [A] extends [{ readonly cursor: unknown; readonly entries: ReadonlyArray<infer Item> }]
    ? Listing<Item>
    : Promise<A>

type Check<G extends keyof Groups, N> =
  Calls<MethodOf<G, N>> extends { args: infer Args; answer: infer Answer }
    ? [Same<LastDefined<Args>, ArgsOf<EndpointOf<G, N>>>, Same<Answer, AnswerOf<EndpointOf<G, N>>>]
    : "no method"

/** The endpoints whose method is missing or takes or answers something else. */
type Faults = {
  [G in keyof Groups]: {
    [N in keyof Groups[G]["endpoints"]]: Check<G, N> extends [true, true] ? never : [`${G}.${N & string}`, Check<G, N>]
  }[keyof Groups[G]["endpoints"]]
}[keyof Groups]

type Unserved = {
  [G in keyof Groups]: keyof Groups[G]["endpoints"] extends keyof Field<EffectClient, G> ? never : G
}[keyof Groups]

type EventFaults = {
  [N in keyof typeof eventData]: Same<(typeof eventData)[N]["Type"], Field<EventData, N>> extends true ? never : N
}[keyof typeof eventData]

type None<A> = [A] extends [never] ? true : A

export const promiseClient: None<Faults> = true
export const effectClient: None<Unserved> = true
export const events: None<EventFaults> = true
