import type { Effect, Scope } from "effect"
import type { ServerResponse } from "node:http"

/** Where a streamed answer goes. */
export interface Sink {
  /** Sends bytes and says how many wait in this process because the client doesn't take them. */
  readonly write: (bytes: Uint8Array) => number
  /** Ends once the client takes more. */
  readonly drained: Effect.Effect<void>
  /** Cuts the client off. */
  readonly drop: () => void
}

/**
 * What a handler answers instead of a value of the contract: text that is already encoded, or a stream. It goes out
 * as it is, so the handler vouches for its shape.
 */
export class Answer {
  readonly type: string
  readonly body: string | Uint8Array | ((sink: Sink) => Effect.Effect<void, never, Scope.Scope>)
  constructor(type: string, body: Answer["body"]) {
    this.type = type
    this.body = body
  }
}

/** JSON that is text already, or bytes: stored entries go out without a decode and an encode. */
export const jsonText = (json: string | Uint8Array): Answer => new Answer("application/json", json)
export const text = (body: string, type: string): Answer => new Answer(type, body)
/** A stream that lasts until its effect ends, the client leaves or the server stops. */
export const stream = (type: string, body: (sink: Sink) => Effect.Effect<void, never, Scope.Scope>): Answer =>
  new Answer(type, body)

/** Sends a whole answer. Header and body leave in one write. */
export const send = (response: ServerResponse, status: number, type: string, body: string | Uint8Array): void => {
  response.writeHead(status, [
    "content-type",
    type,
    "content-length",
    String(Buffer.byteLength(body)),
    "cache-control",
    "no-store",
    "x-content-type-options",
    "nosniff"
  ])
  response.end(body)
}
