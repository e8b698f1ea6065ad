import { Effect, Exit, Cause, Fiber, type Scope } from "effect"
import { once } from "node:events"
import type { IncomingMessage, ServerResponse } from "node:http"
import { envelopeOf, internal, wrongMethod } from "./envelope.ts"
import { send } from "./answer.ts"
import type { CountAnswer } from "./metrics.ts"

/** What answers on a path beside the API, behind the same guards. It sees requests of the web's own kind. */
export interface Mount {
  readonly path: string
  readonly methods: ReadonlyArray<string>
  readonly fetch: (request: Request, api: MountedBy) => Promise<Response>
  /** Ends what is open. The server stops. */
  readonly close: () => Promise<void>
}

/** The API beside a mount. */
export interface MountedBy {
  readonly port: number
  /** To be called before each request to the API that a request to the mount makes: that was counted already. */
  readonly uncount: () => void
}

export interface MountParts {
  readonly mount: Mount
  readonly run: <A, E>(effect: Effect.Effect<A, E>) => Fiber.Fiber<A, E>
  /** What is under way belongs to it. */
  readonly scope: Scope.Scope
  /** Counts the answers to a method. */
  readonly countOf: (method: string) => CountAnswer
  /** See {@link MountedBy}. */
  readonly uncount: () => void
  readonly report: (route: string, cause: Cause.Cause<unknown>) => void
  readonly isClosing: () => boolean
}

export type ServeMount = (request: IncomingMessage, response: ServerResponse, body: Buffer | undefined) => void

/** Hands requests that passed the guards to a mount, and its answers back, streams too. A client that leaves ends them. */
export const makeMount = ({ countOf, isClosing, mount, report, run, scope, uncount }: MountParts): ServeMount => {
  const counts = new Map(mount.methods.map((method) => [method, countOf(method)]))
  const countOther = countOf("other")
  return (request, response, body) => {
    const count = counts.get(request.method!)
    if (count === undefined) {
      const error = wrongMethod(request.method!, mount.methods)
      countOther(error.status)
      response.setHeader("allow", mount.methods.join(", "))
      return send(response, error.status, "application/json", envelopeOf(error))
    }
    const work = async (signal: AbortSignal) => {
      const answer = await mount.fetch(webRequest(request, body, signal), {
        port: request.socket.localPort!,
        uncount
      })
      count(answer.status)
      if (isClosing() || answer.headers.get("content-type") === eventStream) response.shouldKeepAlive = false
      response.writeHead(answer.status, {
        ...Object.fromEntries(answer.headers),
        "cache-control": "no-store",
        "x-content-type-options": "nosniff"
      })
      response.flushHeaders()
      for await (const chunk of answer.body ?? []) {
        if (!response.write(chunk)) await once(response, "drain", { signal })
      }
      response.end()
    }
    const fiber = run(Effect.promise(work))
    Fiber.runIn(fiber, scope)
    fiber.addObserver((exit) => {
      if (Exit.isSuccess(exit) || response.destroyed) return
      if (!Cause.hasInterruptsOnly(exit.cause)) report(mount.path, exit.cause)
      if (response.headersSent) return void response.destroy()
      count(internal.status)
      send(response, internal.status, "application/json", envelopeOf(internal))
    })
    response.once("close", () => {
      if (!response.writableEnded) fiber.interruptUnsafe()
    })
  }
}

const eventStream = "text/event-stream"

/** The token stays here: a mount needs to know what is asked, and not by what right. */
const webRequest = (request: IncomingMessage, body: Buffer | undefined, signal: AbortSignal): Request => {
  const headers = new Headers()
  for (let i = 0; i + 1 < request.rawHeaders.length; i += 2) {
    if (passed.test(request.rawHeaders[i]!)) headers.append(request.rawHeaders[i]!, request.rawHeaders[i + 1]!)
  }
  return new Request(new URL(request.url!, "http://127.0.0.1"), {
    method: request.method!,
    headers,
    signal,
    ...(body === undefined ? {} : { body: new Uint8Array(body) })
  })
}
const passed = /^(?:accept|content-type|last-event-id|openpact-agent|mcp-[\w-]+)$/i
