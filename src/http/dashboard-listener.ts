import type { IncomingMessage, RequestListener, ServerResponse } from "node:http"
import { BadRequest, ForbiddenOrigin, MethodNotAllowed, NotFound, NotReady, Unauthorized } from "../domain/errors.ts"
import { send } from "./answer.ts"
import { drain, readBody } from "./body.ts"
import { comesFromPage, halvesOf } from "./door.ts"
import { envelopeOf, internal, isWireError, type WireError } from "./envelope.ts"
import { checkBody, checkHost, checkOrigin, tooLarge } from "./guards.ts"
import { type Head, readHead } from "./head.ts"
import { parseBody } from "./json.ts"
import { isOtherUser } from "./peer.ts"
import type { Sessions } from "./sessions.ts"
import type { Site } from "./site.ts"

export interface DashboardParts {
  /** The API, with sessions at its door. */
  readonly api: RequestListener
  readonly sessions: Sessions
  readonly site: Site
  readonly cookieName: () => string
}

/** The dashboard's port: the API below /v1, the session at /session, and the built files. */
export const makeDashboardListener = ({ api, cookieName, sessions, site }: DashboardParts): RequestListener => {
  const refuse = (request: IncomingMessage, response: ServerResponse, error: WireError) => {
    send(response, error.status, "application/json", envelopeOf(error))
    if (!request.complete) drain(request)
  }

  const setCookie = (response: ServerResponse, value: string) =>
    response.setHeader("set-cookie", `${cookieName()}=${value}; Path=/; HttpOnly; SameSite=Strict`)

  /** Spends the code of a link. The page gets its half of the session in the answer, the browser its own in the cookie. */
  const open = (request: IncomingMessage, response: ServerResponse, head: Head) => {
    // A link stands in the command line of the browser for a moment, where others may read it. It is not spent by them.
    if (isOtherUser(request.socket)) {
      return refuse(
        request,
        response,
        new ForbiddenOrigin({ message: "This link belongs to another user of this machine." })
      )
    }
    const fault = checkBody(head, true)
    if (fault !== undefined) return refuse(request, response, fault)
    readBody(request, (bytes) => {
      if (bytes === null) return refuse(request, response, tooLarge())
      const body = parseBody(bytes)
      if (isWireError(body)) return refuse(request, response, body)
      const code = codeOf(body.value)
      if (code === null) return refuse(request, response, new BadRequest({ message: 'Send {"code": "<code>"}.' }))
      const opened = sessions.open(code, performance.now())
      if (opened === null) {
        const message = "This link was used before, or is too old. Get a new one: openpact dashboard."
        return refuse(request, response, new Unauthorized({ message }))
      }
      setCookie(response, opened.id)
      send(response, 200, "application/json", JSON.stringify({ key: opened.key }))
    })
  }

  const close = (request: IncomingMessage, response: ServerResponse) => {
    const { id, key } = halvesOf(request, cookieName())
    if (id !== undefined && sessions.check(id, key, performance.now()) !== null) sessions.end(id)
    setCookie(response, "; Max-Age=0")
    send(response, 200, "application/json", `{"ok":true}`)
  }

  const session = (request: IncomingMessage, response: ServerResponse, head: Head) => {
    const foreign = checkOrigin(head)
    if (foreign !== undefined) return refuse(request, response, foreign)
    if (!comesFromPage(head)) {
      return refuse(request, response, new ForbiddenOrigin({ message: "A change has to name its origin." }))
    }
    if (request.method === "POST") return open(request, response, head)
    if (request.method === "DELETE") return close(request, response)
    response.setHeader("allow", "POST, DELETE")
    refuse(request, response, new MethodNotAllowed({ message: "This route takes POST and DELETE." }))
  }

  const file = (request: IncomingMessage, response: ServerResponse, path: string) => {
    if (request.method !== "GET" && request.method !== "HEAD") {
      response.setHeader("allow", "GET, HEAD")
      return refuse(request, response, new MethodNotAllowed({ message: "Files take GET and HEAD." }))
    }
    try {
      if (site.send(path, response)) return
    } catch {
      return refuse(request, response, internal)
    }
    const error =
      path === "/"
        ? new NotReady({ message: "The dashboard was not built along. Build it: npm run build." })
        : new NotFound({ message: "There is no such page." })
    refuse(request, response, error)
  }

  return (request, response) => {
    const target = request.url!
    if (target.startsWith("/v1/")) return api(request, response)
    const head = readHead(request.rawHeaders)
    const foreign = checkHost(head, target)
    if (foreign !== undefined) return refuse(request, response, foreign)
    const [path = ""] = target.split("?")
    // The files are no secret, and a link to them may stand on any page.
    if (path === "/session") session(request, response, head)
    else file(request, response, path)
  }
}

const codeOf = (body: unknown): string | null =>
  typeof body === "object" && body !== null && "code" in body && typeof body.code === "string" ? body.code : null
