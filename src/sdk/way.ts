import { type Cause, Effect, Layer, Schema } from "effect"
import { HttpClient, type HttpClientError, HttpClientRequest, type HttpClientResponse } from "effect/http"
import { HttpApiMiddleware } from "effect/http-api"
import { Bearer } from "../contract/security.ts"
import { type Door, originOf } from "./door.ts"
import { loopbackClient } from "./loopback.ts"
import { resending } from "./resend.ts"

/** How long a daemon may take to start its answer. Streams go on as long as they like. */
const patience = "60 seconds"

/** The daemon answered, and what it answered isn't what this version knows. */
export class BadAnswer extends Schema.TaggedError<BadAnswer>()("BadAnswer", { message: Schema.String }) {}

/** What every call can fail with, whatever it asks for. */
type Failure = HttpClientError.HttpClientError | Cause.TimeoutError | BadAnswer

/**
 * How calls reach a daemon, whatever part of the contract they are of.
 *
 * @param find finds it when it went away meanwhile. Without that nothing is sent twice: who is at the door by then may be a
 * stranger, and must not get the token.
 */
export const wayTo = Effect.fn("wayTo")(function* (door: Door, find?: Effect.Effect<Door, { readonly _tag: string }>) {
  const { port, token } = door
  const loopback = yield* loopbackClient
  const bearer = yield* Layer.build(
    HttpApiMiddleware.layerClient(Bearer, ({ next, request }) => next(HttpClientRequest.bearerToken(request, token)))
  )
  const patient = HttpClient.transformResponse(
    loopback,
    (response): Effect.Effect<HttpClientResponse.HttpClientResponse, Failure> => Effect.timeout(response, patience)
  )
  const options = {
    baseUrl: originOf(port),
    httpClient: find === undefined ? patient : resending(patient, door, find),
    transformResponse: Effect.mapError((error: unknown) =>
      Schema.isSchemaError(error) ? new BadAnswer({ message: error.message }) : error
    )
  }
  return { options, bearer }
})
