/** The headers of a request that guards and routes look at. */
export interface Head {
  host: string | undefined
  origin: string | undefined
  referer: string | undefined
  secFetchSite: string | undefined
  authorization: string | undefined
  contentType: string | undefined
  contentLength: string | undefined
  transferEncoding: string | undefined
  expect: string | undefined
  lastEventId: string | undefined
  openpactAgent: string | undefined
  idempotencyKey: string | undefined
  /** A header of these that came more than once: who means which can't be told, so such a request is refused. */
  twice: string | undefined
}

/**
 * Reads node's raw pairs `[name, value, name, value...]`. That costs a third of `request.headers`, and unlike there
 * nothing is dropped or joined unseen.
 */
export const readHead = (raw: ReadonlyArray<string>): Head => {
  const head: Head = {
    host: undefined,
    origin: undefined,
    referer: undefined,
    secFetchSite: undefined,
    authorization: undefined,
    contentType: undefined,
    contentLength: undefined,
    transferEncoding: undefined,
    expect: undefined,
    lastEventId: undefined,
    openpactAgent: undefined,
    idempotencyKey: undefined,
    twice: undefined
  }
  for (let i = 0; i + 1 < raw.length; i += 2) {
    const name = raw[i]!
    const field = fieldOf(name)
    if (field === undefined) continue
    if (head[field] !== undefined) head.twice = name.toLowerCase()
    head[field] = raw[i + 1]!
  }
  return head
}

type Field = Exclude<keyof Head, "twice">

/** By length first: most headers are none of these and cost one comparison of numbers. */
const fieldOf = (name: string): Field | undefined => {
  switch (name.length) {
    case 4:
      return is(name, "host") ? "host" : undefined
    case 6:
      return is(name, "origin") ? "origin" : is(name, "expect") ? "expect" : undefined
    case 7:
      return is(name, "referer") ? "referer" : undefined
    case 12:
      return is(name, "content-type") ? "contentType" : undefined
    case 13:
      return is(name, "authorization") ? "authorization" : is(name, "last-event-id") ? "lastEventId" : undefined
    case 14:
      return is(name, "content-length")
        ? "contentLength"
        : is(name, "openpact-agent")
          ? "openpactAgent"
          : is(name, "sec-fetch-site")
            ? "secFetchSite"
            : undefined
    case 15:
      return is(name, "idempotency-key") ? "idempotencyKey" : undefined
    case 17:
      return is(name, "transfer-encoding") ? "transferEncoding" : undefined
    default:
      return undefined
  }
}

const is = (name: string, wanted: string): boolean => name === wanted || name.toLowerCase() === wanted
