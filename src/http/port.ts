import { Effect, Schema, type Scope } from "effect"
import type { RequestListener, Server } from "node:http"
import type { AddressInfo } from "node:net"
import { BadRequest, MethodNotAllowed } from "../domain/errors.ts"
import { send } from "./answer.ts"
import { envelopeOf } from "./envelope.ts"
import { answerRaw, writeRaw } from "./raw.ts"

/** All in ms. */
export interface Timeouts {
  /** For the headers of a request to arrive. */
  readonly headers: number
  /** For a whole request to arrive. */
  readonly request: number
  /** How often these are looked after. */
  readonly check: number
  /** What requests under way get when the server stops. */
  readonly grace: number
}

// An import of it would load its WebSocket along: 25 ms.
const { createServer } = process.getBuiltinModule("node:http")

const defaults: Timeouts = { headers: 10_000, request: 30_000, check: 1000, grace: 1000 }
const keepAlive = 65_000

/** The port can't be listened on. `code` is the system's, `EADDRINUSE` where somebody else has it. */
export class ListenError extends Schema.TaggedError<ListenError>()("ListenError", {
  port: Schema.Int,
  code: Schema.String,
  message: Schema.String
}) {}

export interface PortOptions {
  /** 0 takes any free port. */
  readonly port: number
  readonly listener: RequestListener
  readonly timeouts: Timeouts | undefined
  /** Called when it takes no new connection any more and those that are open should come to their end. */
  readonly stopping: () => void
}

/**
 * Listens on a port of 127.0.0.1 and nowhere else, and answers which. When it stops: no new connection, requests under
 * way get their grace, then all is closed.
 */
export const openPort = Effect.fnUntraced(function* ({ listener, port, stopping, timeouts = defaults }: PortOptions) {
  const server = createServer({
    // Our own guard answers these, in the envelope.
    requireHostHeader: false,
    headersTimeout: timeouts.headers,
    requestTimeout: timeouts.request,
    connectionsCheckingInterval: timeouts.check,
    keepAliveTimeout: keepAlive
  })
  server.on("request", listener)
  server.on("checkContinue", listener)
  server.on("checkExpectation", (_request, response) => {
    const error = new BadRequest({ message: "The server meets no expectation but 100-continue." })
    response.shouldKeepAlive = false
    send(response, error.status, "application/json", envelopeOf(error))
  })
  server.on("connect", (_request, socket) =>
    writeRaw(socket, new MethodNotAllowed({ message: "This server is no proxy." }))
  )
  server.on("clientError", answerRaw)

  yield* Effect.acquireRelease(listen(server, port), () =>
    Effect.suspend(() => {
      const closed = close(server)
      stopping()
      return closed.pipe(
        Effect.timeoutOption(timeouts.grace),
        Effect.andThen(Effect.sync(() => server.closeAllConnections())),
        Effect.asVoid
      )
    })
  )
  return (server.address() as AddressInfo).port
}) satisfies (options: PortOptions) => Effect.Effect<number, ListenError, Scope.Scope>

const listen = (server: Server, port: number): Effect.Effect<void, ListenError> =>
  Effect.callback((resume) => {
    const onError = (error: NodeJS.ErrnoException) =>
      resume(
        Effect.fail(
          new ListenError({
            port,
            code: error.code ?? "UNKNOWN",
            message: `Port ${port} on 127.0.0.1 can't be listened on: ${error.message}. Choose another with --port.`
          })
        )
      )
    server.once("error", onError)
    server.listen(port, "127.0.0.1", () => {
      server.off("error", onError)
      resume(Effect.void)
    })
  })

/** Takes no new connection, closes the idle ones, and ends when the last is closed. */
const close = (server: Server): Effect.Effect<void> => {
  const closed = new Promise<void>((resolve) => server.close(() => resolve()))
  return Effect.promise(() => closed)
}
