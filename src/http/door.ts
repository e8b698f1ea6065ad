import type { IncomingMessage, ServerResponse } from "node:http"
import { linkPath } from "../contract/dashboard.ts"
import { ForbiddenOrigin, Unauthorized } from "../domain/errors.ts"
import type { WireError } from "./envelope.ts"
import { tokenGuard } from "./guards.ts"
import type { Head } from "./head.ts"
import type { Found } from "./routes.ts"
import type { Sessions } from "./sessions.ts"

/** Says why a request that isn't open to everybody is refused, or nothing. */
export type Door = (
  head: Head,
  request: IncomingMessage,
  response: ServerResponse,
  found: Found | undefined
) => WireError | undefined

/** For programs: the bearer token. `token` is 64 hex. */
export const tokenDoor = (token: string): Door => tokenGuard(token)

/**
 * For the pages of the dashboard: the cookie of a session, and its key in a header, which no form and no page of another
 * origin can send. A change has to come with the origin of the page too. The bearer token opens nothing here.
 */
export const sessionDoor =
  (sessions: Sessions, cookieName: () => string): Door =>
  (head, request, response, found) => {
    const { id, key } = halvesOf(request, cookieName())
    const session = id === undefined ? null : sessions.check(id, key, performance.now())
    if (session === null)
      return new Unauthorized({ message: "This session is over. Open a new one: openpact dashboard." })
    const changes = request.method !== "GET" && request.method !== "HEAD"
    if (changes && !comesFromPage(head)) return new ForbiddenOrigin({ message: "A change has to name its origin." })
    if (found?.route.path === linkPath) {
      return new ForbiddenOrigin({ message: "Links are made by the command line alone: openpact dashboard." })
    }
    // A stream ends in good order. What has not begun to answer is cut off.
    const release = session.hold({ end: () => (response.headersSent ? response.end() : response.destroy()) })
    response.once("close", () => release(performance.now()))
    return undefined
  }

/** The guard of origins let it pass, so what is said is right. Here something has to be said. */
export const comesFromPage = ({ origin, secFetchSite }: Head): boolean =>
  origin !== undefined || secFetchSite === "same-origin"

/** The two halves of a session that a request brings. `id` is undefined without the cookie, or with two of them. */
export const halvesOf = (
  { headers }: IncomingMessage,
  name: string
): { readonly id: string | undefined; readonly key: string } => {
  const values = (headers.cookie ?? "")
    .split(";")
    .map((pair) => pair.trim())
    .filter((pair) => pair.startsWith(`${name}=`))
  // Another port of this host can set a second one.
  const id = values.length === 1 ? values[0]!.slice(name.length + 1) : undefined
  return { id, key: String(headers["openpact-session"] ?? "") }
}
