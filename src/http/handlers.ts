import type { Effect, Stream } from "effect"
import type { HttpApiEndpoint, HttpApiGroup } from "effect/http-api"
import type { Answer } from "./answer.ts"

type Part<Key extends string, Type> = [Type] extends [never] ? {} : { readonly [K in Key]: Type }

/** What a handler gets: the parts of the request that its endpoint declares, decoded. */
export type RequestOf<Endpoint> = Part<"params", HttpApiEndpoint.Params<Endpoint>["Type"]> &
  Part<"query", HttpApiEndpoint.Query<Endpoint>["Type"]> &
  Part<"headers", HttpApiEndpoint.Headers<Endpoint>["Type"]> &
  Part<"payload", HttpApiEndpoint.Payload<Endpoint>["Type"]>

/** What a handler may answer: a value of the contract, or text or a stream that is encoded already. */
type SuccessOf<Endpoint> =
  Exclude<HttpApiEndpoint.Success<Endpoint>["Type"], Stream.Stream<unknown, unknown, unknown>> | Answer

export type Handler<Endpoint> = (
  request: RequestOf<Endpoint>
) => Effect.Effect<SuccessOf<Endpoint>, HttpApiEndpoint.Errors<Endpoint>>

/** A handler for every endpoint of a group. A missing one is a type error. */
export type HandlersOf<Group extends HttpApiGroup.Constraint> = {
  readonly [Name in keyof Group["endpoints"]]: Handler<Group["endpoints"][Name]>
}

/** A group of handlers for every group of an API. */
export type Handlers<Groups> = {
  readonly [Name in keyof Groups]: Groups[Name] extends HttpApiGroup.Constraint ? HandlersOf<Groups[Name]> : never
}

/** Gives handlers their types from their group. */
export const handle = <const Group extends HttpApiGroup.Constraint>(_group: Group, handlers: HandlersOf<Group>) =>
  handlers
