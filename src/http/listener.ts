import { Cause, Effect, type Exit, Fiber, type Scope } from "effect"
import type { IncomingMessage, RequestListener, ServerResponse } from "node:http"
import { RateLimited } from "../domain/errors.ts"
import { type Answer, send } from "./answer.ts"
import { drain, readBody } from "./body.ts"
import type { Door } from "./door.ts"
import { envelopeOf, errorOf, internal, isWireError, type WireError } from "./envelope.ts"
import { checkBody, checkHost, checkOrigin, hasBody, tooLarge } from "./guards.ts"
import { type Head, readHead } from "./head.ts"
import { parseBody } from "./json.ts"
import type { CountAnswer } from "./metrics.ts"
import type { ServeMount } from "./mount.ts"
import type { RateLimit } from "./rate-limit.ts"
import type { Found, Routes } from "./routes.ts"
import type { Streams } from "./streams.ts"

export interface ListenerParts {
  readonly routes: Routes
  readonly door: Door
  readonly rateLimit: RateLimit
  /** Counts what no route answered. */
  readonly countOther: CountAnswer
  readonly streams: Streams
  /** What answers beside the routes, by its path. */
  readonly mounts: ReadonlyMap<string, ServeMount>
  /** Runs handlers with the services of the daemon. */
  readonly run: <A, E>(effect: Effect.Effect<A, E>) => Fiber.Fiber<A, E>
  /** Every handler that doesn't answer at once belongs to it. */
  readonly scope: Scope.Scope
  readonly report: (route: string, cause: Cause.Cause<unknown>) => void
  readonly isClosing: () => boolean
}

/**
 * The way of every request: the guards in their order, the route, the body, the handler, the answer. It stands on
 * node's own event and enters Effect at the handler, since that is where effects begin: guards are pure, and this way
 * a write costs half of what the general server adapter takes (docs/decisions/http-listener.md).
 */
export const makeListener = (parts: ListenerParts): RequestListener => {
  const { countOther, door, isClosing, mounts, rateLimit, report, routes, run, scope, streams } = parts

  const reply = (
    response: ServerResponse,
    found: Found | undefined,
    status: number,
    type: string,
    body: string | Uint8Array
  ) => {
    ;(found === undefined ? countOther : found.route.count)(status)
    if (isClosing()) response.shouldKeepAlive = false
    send(response, status, type, body)
  }

  const refuse = (request: IncomingMessage, response: ServerResponse, found: Found | undefined, error: WireError) => {
    reply(response, found, error.status, "application/json", envelopeOf(error))
    if (!request.complete) drain(request)
  }

  const settle = (
    request: IncomingMessage,
    response: ServerResponse,
    found: Found,
    exit: Exit.Exit<unknown, unknown>
  ): void => {
    if (response.destroyed) return
    if (exit._tag === "Failure") {
      const error = errorOf(exit.cause)
      if (error === null) return void response.destroy()
      if (error.error === "INTERNAL") report(found.route.path, exit.cause)
      return refuse(request, response, found, error)
    }
    let answer: Answer
    try {
      answer = found.route.answer(exit.value)
    } catch (defect) {
      report(found.route.path, Cause.die(defect))
      return refuse(request, response, found, internal)
    }
    if (typeof answer.body !== "function") return reply(response, found, 200, answer.type, answer.body)
    found.route.count(200)
    streams.open(request, response, answer.type, answer.body)
  }

  const dispatch = (
    request: IncomingMessage,
    response: ServerResponse,
    found: Found,
    head: Head,
    payload: unknown
  ): void => {
    const call = found.route.call({ params: found.params, query: found.query, head, payload })
    if (isWireError(call)) return refuse(request, response, found, call)
    const fiber = run(call)
    const exit = fiber.pollUnsafe()
    if (exit !== undefined) return settle(request, response, found, exit)
    Fiber.runIn(fiber, scope)
    fiber.addObserver((exit) => settle(request, response, found, exit))
    response.once("close", () => {
      if (!response.writableEnded) fiber.interruptUnsafe()
    })
  }

  return (request, response) => {
    const head = readHead(request.rawHeaders)
    const method = request.method!
    const target = request.url!
    const foreign = checkHost(head, target) ?? checkOrigin(head)
    if (foreign !== undefined) return refuse(request, response, undefined, foreign)

    const found = routes.find(method, target)
    if (found === undefined || !found.route.open) {
      const stranger = door(head, request, response, found)
      if (stranger !== undefined) return refuse(request, response, found, stranger)
      const wait = found?.route.streams ? 0 : rateLimit.take(performance.now())
      if (wait > 0) {
        response.setHeader("retry-after", String(wait))
        return refuse(request, response, found, limited(wait))
      }
    }
    const mount = found === undefined ? mounts.get(target.split("?", 1)[0]!) : undefined
    if (mount !== undefined) {
      const posts = method === "POST"
      const fault = checkBody(head, posts)
      if (fault !== undefined) return refuse(request, response, undefined, fault)
      if (!posts) return mount(request, response, undefined)
      if (head.expect !== undefined) response.writeContinue()
      return readBody(request, (bytes) =>
        bytes === null ? refuse(request, response, undefined, tooLarge()) : mount(request, response, bytes)
      )
    }
    if (found === undefined) {
      const { allow, error } = routes.missing(method, target)
      if (allow !== undefined) response.setHeader("allow", allow)
      return refuse(request, response, found, error)
    }

    if (found.route.bodyOptional && !hasBody(head)) return dispatch(request, response, found, head, {})
    const fault = checkBody(head, found.route.takesBody)
    if (fault !== undefined) return refuse(request, response, found, fault)
    if (!found.route.takesBody) return dispatch(request, response, found, head, undefined)
    if (head.expect !== undefined) response.writeContinue()
    readBody(request, (bytes) => {
      if (bytes === null) return refuse(request, response, found, tooLarge())
      const body = parseBody(bytes)
      if (isWireError(body)) return refuse(request, response, found, body)
      dispatch(request, response, found, head, body.value)
    })
  }
}

const limited = (seconds: number) =>
  new RateLimited({ message: `Too many requests in a minute. Come back in ${seconds} s.` })
