import { timingSafeEqual } from "node:crypto"
import {
  BadRequest,
  ForbiddenHost,
  ForbiddenOrigin,
  PayloadTooLarge,
  Unauthorized,
  UnsupportedMediaType
} from "../domain/errors.ts"
import { limits } from "../domain/limits.ts"
import type { Head } from "./head.ts"

/** Each guard says why a request is refused, or nothing. They are pure and stand in the order of docs/security.md. */
type Guard<E> = E | undefined

/**
 * Only this machine's own names, so that a page whose DNS name was pointed here (DNS rebinding) gets nothing.
 * A request that can't be read in one way only is refused too.
 */
export const checkHost = (head: Head, target: string): Guard<BadRequest | ForbiddenHost> => {
  if (head.twice !== undefined) return fault(head.twice, "The header came twice.", "one header of this name")
  if (head.host === undefined || !loopback.test(head.host)) {
    return new ForbiddenHost({ message: "Use 127.0.0.1, localhost or [::1] as the host." })
  }
  if (target.charCodeAt(0) !== slash)
    return fault("target", "The request target is no path.", "a path such as /v1/status")
  return undefined
}

/** A browser says where a request comes from: other sites and other ports of this machine are strangers. */
export const checkOrigin = (head: Head): Guard<ForbiddenOrigin> => {
  if (head.origin === undefined && head.referer === undefined && head.secFetchSite === undefined) return undefined
  const own = `http://${head.host!.toLowerCase()}`
  const foreign =
    (head.origin !== undefined && head.origin.toLowerCase() !== own) ||
    (head.referer !== undefined && !isBelow(head.referer.toLowerCase(), own)) ||
    (head.secFetchSite !== undefined && head.secFetchSite !== "same-origin" && head.secFetchSite !== "none")
  return foreign
    ? new ForbiddenOrigin({ message: "This request comes from a page of another site, and the API takes none." })
    : undefined
}

/** Makes the guard of the bearer token, which compares in constant time. `token` is 64 hex. */
export const tokenGuard = (token: string): ((head: Head) => Guard<Unauthorized>) => {
  const wanted = Buffer.from(token, "latin1")
  const given = Buffer.alloc(wanted.length)
  return ({ authorization }) => {
    if (
      authorization !== undefined &&
      authorization.length === scheme.length + wanted.length &&
      authorization.slice(0, scheme.length).toLowerCase() === scheme
    ) {
      given.write(authorization.slice(scheme.length), "latin1")
      if (timingSafeEqual(given, wanted)) return undefined
    }
    return new Unauthorized({
      message: "Send the header `Authorization: Bearer <token>`. `openpact token --show` prints the token."
    })
  }
}

/** True for a request that announces a body. */
export const hasBody = ({ contentLength, transferEncoding }: Head): boolean =>
  transferEncoding !== undefined || (contentLength !== undefined && Number(contentLength) !== 0)

/** What can be told about a body before it is read. `takesBody` is what the route says. */
export const checkBody = (
  head: Head,
  takesBody: boolean
): Guard<BadRequest | PayloadTooLarge | UnsupportedMediaType> => {
  const length = head.contentLength === undefined ? 0 : Number(head.contentLength)
  if (!hasBody(head)) {
    return takesBody ? fault("body", "The body is missing.", "a JSON object") : undefined
  }
  if (!takesBody) return fault("body", "This route takes no body.", "no body")
  if (length > limits.bodyBytes) return tooLarge()
  if (head.contentType === undefined || !json.test(head.contentType)) {
    return new UnsupportedMediaType({ message: "Send the body as `content-type: application/json` in UTF-8." })
  }
  return undefined
}

export const tooLarge = () =>
  new PayloadTooLarge({ message: `The body is larger than ${limits.bodyBytes} bytes. Split what it holds.` })

const fault = (path: string, message: string, expected: string) =>
  new BadRequest({ message: `${message} Expected ${expected}.`, details: [{ path, expected }] })

const loopback = /^(?:127\.0\.0\.1|localhost|\[::1\])(?::[0-9]{1,5})?$/i
const json = /^application\/json[ \t]*(?:;[ \t]*charset[ \t]*=[ \t]*(?:utf-8|"utf-8")[ \t]*)?$/i
const scheme = "bearer "
const slash = 0x2f

const isBelow = (url: string, origin: string): boolean => url === origin || url.startsWith(`${origin}/`)
