import type { RequestListener } from "node:http"
import { type Cause, Context, Effect, Layer, Redacted, Schedule, Scope } from "effect"
import { Api } from "../contract/api.ts"
import { Dashboard } from "./Dashboard.ts"
import { makeDashboardListener } from "./dashboard-listener.ts"
import { type Door, sessionDoor, tokenDoor } from "./door.ts"
import type { Handlers } from "./handlers.ts"
import { type ListenerParts, makeListener } from "./listener.ts"
import { makeMount, type Mount } from "./mount.ts"
import { requestCounter } from "./metrics.ts"
import type { Once } from "./once.ts"
import { RateLimit } from "./rate-limit.ts"
import { makeRoutes } from "./routes.ts"
import { makeSite } from "./site.ts"
import { type ListenError, openPort, type Timeouts } from "./port.ts"
import { makeStreams } from "./streams.ts"

export interface HttpOptions {
  /** 0 takes any free port. */
  readonly port: number
  /** The bearer token, 64 hex. */
  readonly token: Redacted.Redacted<string>
  /** Requests a minute, 0 for no limit. */
  readonly rateLimit: number
  readonly timeouts?: Timeouts
  /** Left out where there is none. */
  readonly dashboard?: DashboardOptions
  /** Serves requests with an `Idempotency-Key`. The work belongs to the Scope. Without it the header means nothing. */
  readonly once?: Once<Scope.Scope>
  /** What answers beside the API, behind the same guards. */
  readonly mount?: Mount
}

export interface DashboardOptions {
  /** 0 takes any free port, and so does one that somebody else has. */
  readonly port: number
  /** Where the built files are. */
  readonly folder: string
}

/** The loopback server. It listens on 127.0.0.1 and nowhere else. */
export class HttpServer extends Context.Service<HttpServer, { readonly port: number }>()("openpact/http/HttpServer") {
  /** When it stops: no new connection, streams end, requests under way get their grace, then all is closed. */
  static readonly layer = <E, R>(
    handlers: Effect.Effect<Handlers<(typeof Api)["groups"]>, E, R>,
    options: HttpOptions
  ): Layer.Layer<HttpServer, E | ListenError, R | Dashboard> =>
    Layer.effect(
      HttpServer,
      Effect.gen(function* () {
        const context = yield* Effect.context<never>()
        const scope = yield* Effect.scope
        const counter = requestCounter(context)
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
        const rateLimit = new RateLimit(options.rateLimit)
        const uncount = () => rateLimit.give()
        const mounts = new Map(
          mount === undefined
            ? []
            : [
                [
                  mount.path,
                  makeMount({
                    mount,
                    run,
                    scope,
                    report,
                    isClosing,
                    uncount,
                    countOf: (method) => counter(method, mount.path)
                  })
                ] as const
              ]
        )
        const apiBehind = (door: Door, beside: ListenerParts["mounts"], rateLimit: RateLimit) =>
          makeListener({
            routes,
            door,
            rateLimit,
            countOther: counter("other", "unknown"),
            streams,
            run,
            scope,
            report,
            isClosing,
            mounts: beside
          })
        const stopping = () => {
          closing = true
          streams.end()
        }
        const listen = (port: number, listener: RequestListener) =>
          openPort({ port, listener, stopping, timeouts: options.timeouts })

        const port = yield* listen(options.port, apiBehind(tokenDoor(Redacted.value(options.token)), mounts, rateLimit))
        yield* Effect.addFinalizer(() => Effect.promise(async () => mount?.close()))
        if (options.dashboard !== undefined) {
          const { opened, port: dashboardPort, sessions } = yield* Dashboard
          const cookieName = () => `openpact-${dashboardPort()}`
          const listener = makeDashboardListener({
            api: apiBehind(sessionDoor(sessions, cookieName), new Map(), new RateLimit(options.rateLimit)),
            sessions,
            site: makeSite(options.dashboard.folder),
            cookieName
          })
          opened(yield* listenNear(options.dashboard.port, (port) => listen(port, listener)))
          const sweep = Effect.sync(() => sessions.sweep(performance.now()))
          yield* Effect.forkScoped(Effect.repeat(sweep, Schedule.spaced("30 seconds")))
        }
        return HttpServer.of({ port })
      })
    )
}

/** On this port, or on any free one where somebody else has it: a second daemon of this machine for one. */
const listenNear = <R>(port: number, listen: (port: number) => Effect.Effect<number, ListenError, R>) =>
  listen(port).pipe(
    Effect.catchIf(
      ({ code }) => code === "EADDRINUSE",
      (error) =>
        Effect.tap(listen(0), (found) =>
          Effect.logWarning(`Port ${error.port} is taken, so the dashboard listens on ${found}.`)
        )
    )
  )
