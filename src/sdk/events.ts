import { Effect, Schema, Stream } from "effect"
import { Sse } from "effect/encoding"
import { HttpClientResponse } from "effect/http"
import { guarded } from "../contract/errors.ts"
import { Unauthorized, UnknownPact } from "../domain/errors.ts"
import type { Client } from "./connect.ts"

/** One event as it came. `data` is JSON. */
export interface Frame {
  readonly id: string | undefined
  readonly event: string
  readonly data: string
}

export interface EventsQuery {
  /** Only of this pact: its id or alias. */
  readonly pact?: string
  /** Names with commas between them. `hello` and `resync` come always. */
  readonly types?: string
  /** The id of the last event that was seen: what came after it is sent first. */
  readonly lastEventId?: string
}

const Refusal = Schema.Union([...guarded, Unauthorized, UnknownPact])

/**
 * The events of a daemon, until it ends them. The derived client takes the `retry:` line of the stream for a failure,
 * so the stream is read here.
 */
export const eventsOf = (client: Client, { lastEventId, ...query }: EventsQuery) =>
  Stream.unwrap(
    Effect.gen(function* () {
      const headers = lastEventId === undefined ? {} : { "last-event-id": lastEventId }
      const response = yield* client.events.stream({ query, headers, responseMode: "response-only" })
      if (response.status !== 200) {
        return yield* Effect.flatMap(HttpClientResponse.schemaBodyJson(Refusal)(response), Effect.fail)
      }
      let frames: Array<Frame> = []
      const parser = Sse.makeParser((event) => {
        if (event._tag === "Event") frames.push(event)
      })
      return response.stream.pipe(
        Stream.decodeText,
        Stream.mapEffect((text) => {
          frames = []
          const fault = parser.feed(text)
          return fault === undefined ? Effect.succeed(frames) : Effect.fail(fault)
        }),
        Stream.flattenIterable
      )
    })
  )
