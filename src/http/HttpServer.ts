import { Cause, Context, Effect, Layer, Redacted, Schema, Scope } from "effect"
import type { Server } from "node:http"
import type { AddressInfo } from "node:net"
import { Api } from "../contract/api.ts"
import { BadRequest, MethodNotAllowed } from "../domain/errors.ts"
import { send } from "./answer.ts"
import { envelopeOf } from "./envelope.ts"
import { tokenGuard } from "./guards.ts"
import type { Handlers } from "./handlers.ts"
import { makeListener } from "./listener.ts"
import { makeMount, type Mount } from "./mount.ts"
import { requestCounter } from "./metrics.ts"
import type { Once } from "./once.ts"
import { RateLimit } from "./rate-limit.ts"
import { answerRaw, writeRaw } from "./raw.ts"
import { makeRoutes } from "./routes.ts"
import { makeStreams } from "./streams.ts"

export interface HttpOptions {
  /** 0 takes any free port. */
  readonly port: number
  /** The bearer token, 64 hex. */
  readonly token: Redacted.Redacted<string>
  /** Requests a minute, 0 for no limit. */
  readonly rateLimit: number
  readonly timeouts?: Timeouts
  /** Serves requests with an `Idempotency-Key`. The work belongs to the Scope. Without it the header means nothing. */
  readonly once?: Once<Scope.Scope>
  /** What answers beside the API, behind the same guards. */
  readonly mount?: Mount
}

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

/** The loopback server. It listens on 127.0.0.1 and nowhere else. */
export class HttpServer extends Context.Service<HttpServer, { readonly port: number }>()("openpact/http/HttpServer") {
  /** When it stops: no new connection, streams end, requests under way get their grace, then all is closed. */
  static readonly layer = <E, R>(
    handlers: Effect.Effect<Handlers<(typeof Api)["groups"]>, E, R>,
    options: HttpOptions
  ): Layer.Layer<HttpServer, E | ListenError, R> =>
    Layer.effect(
      HttpServer,
      Effect.gen(function* () {
        const timeouts = options.timeouts ?? defaults
        const context = yield* Effect.context<never>()
        const counter = requestCounter(context)
        const scope = yield* Effect.scope
        const { mount, once } = options
        const routes = makeRoutes(
          Api,
          yield* handlers,
          counter,
          once && ((keyed, work) => Scope.provide(once(keyed, work), scope))
        )
        const run = Effect.runForkWith(context)
        const report = (route: string, cause: Cause.Cause<unknown>) =>
          void run(Effect.logError("request failed", { route }, cause))
        const streams = makeStreams(run, report)
        let closing = false
        const isClosing = () => closing
        const mounts = new Map(
          mount === undefined
            ? []
            : [
                [
                  mount.path,
                  makeMount({ mount, run, scope, report, isClosing, count: counter("POST", mount.path) })
                ] as const
              ]
        )

        const server = createServer({
          // Our own guard answers these, in the envelope.
          requireHostHeader: false,
          headersTimeout: timeouts.headers,
          requestTimeout: timeouts.request,
          connectionsCheckingInterval: timeouts.check,
          keepAliveTimeout: keepAlive
        })
        const listener = makeListener({
          routes,
          checkToken: tokenGuard(Redacted.value(options.token)),
          rateLimit: new RateLimit(options.rateLimit),
          countOther: counter("other", "unknown"),
          streams,
          run,
          scope,
          report,
          isClosing,
          mounts
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

        yield* Effect.acquireRelease(listen(server, options.port), () =>
          Effect.suspend(() => {
            closing = true
            const closed = close(server)
            streams.end()
            return Effect.promise(async () => mount?.close()).pipe(
              Effect.andThen(closed),
              Effect.timeoutOption(timeouts.grace),
              Effect.andThen(Effect.sync(() => server.closeAllConnections())),
              Effect.asVoid
            )
          })
        )
        return HttpServer.of({ port: (server.address() as AddressInfo).port })
      })
    )
}

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
