import { NodeHttpIncomingMessage } from "@effect/platform-node/NodeHttpIncomingMessage"
import { Effect, type Scope } from "effect"
import { Cookies, HttpClient, HttpClientError, type HttpClientRequest, HttpClientResponse } from "effect/http"
import { pipeArguments } from "effect/Pipeable"
import type { ClientRequest, IncomingMessage } from "node:http"

/**
 * A client for plain HTTP on this machine. Effect's own for Node loads `node:https` along, which takes a command that
 * asks one question 12 ms more, and `import "node:http"` would load 25 ms of WebSocket. Its sockets close with the scope.
 */
export const loopbackClient: Effect.Effect<HttpClient.HttpClient, never, Scope.Scope> = Effect.gen(function* () {
  const http = process.getBuiltinModule("node:http")
  const agent = yield* Effect.acquireRelease(
    Effect.sync(() => new http.Agent({ keepAlive: true })),
    (agent) => Effect.sync(() => agent.destroy())
  )
  return HttpClient.make((request, url, signal) =>
    Effect.suspend(() => {
      const { headers, method } = request
      return answerOf(http.request(url, { agent, method, headers, signal }), request, url)
    })
  )
})

const answerOf = (
  outgoing: ClientRequest,
  request: HttpClientRequest.HttpClientRequest,
  url: URL
): Effect.Effect<HttpClientResponse.HttpClientResponse, HttpClientError.HttpClientError> =>
  Effect.callback((resume) => {
    const fail = (cause: unknown) => resume(Effect.fail(broken(request, cause)))
    outgoing.once("error", fail)
    outgoing.once("response", (incoming) => {
      outgoing.off("error", fail)
      // What breaks from here on is told by the body.
      outgoing.on("error", () => {})
      resume(Effect.succeed(new LoopbackResponse(incoming, request, url.href)))
    })
    const { body } = request
    if (body._tag === "Uint8Array") outgoing.end(body.body)
    else if (body._tag === "Empty") outgoing.end()
    else fail(new TypeError(`a body of the kind ${body._tag} can't be sent`))
    return Effect.sync(() => outgoing.destroy())
  })

const broken = (request: HttpClientRequest.HttpClientRequest, cause: unknown) =>
  new HttpClientError.HttpClientError({
    reason: new HttpClientError.TransportError({
      request,
      cause,
      ...(cause instanceof Error ? { description: cause.message } : {})
    })
  })

class LoopbackResponse
  extends NodeHttpIncomingMessage<HttpClientError.HttpClientError>
  implements HttpClientResponse.HttpClientResponse
{
  readonly [HttpClientResponse.TypeId] = HttpClientResponse.TypeId
  readonly request: HttpClientRequest.HttpClientRequest
  readonly url: string

  constructor(source: IncomingMessage, request: HttpClientRequest.HttpClientRequest, url: string) {
    super(source, (cause) => broken(request, cause))
    this.request = request
    this.url = url
  }

  get status() {
    return this.source.statusCode ?? 0
  }

  get cookies() {
    return Cookies.empty
  }

  get formData() {
    return this.#none("a form")
  }

  get upgrade() {
    return this.#none("an upgrade")
  }

  #none(what: string) {
    return Effect.fail(broken(this.request, new TypeError(`the API never answers with ${what}`)))
  }

  pipe() {
    return pipeArguments(this, arguments)
  }

  toJSON(): unknown {
    return { _id: "LoopbackResponse", status: this.status }
  }
}
