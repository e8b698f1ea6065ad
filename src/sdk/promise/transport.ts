import { apiErrorOf } from "./api-error.ts"
import { BadAnswerError, ConnectionError, TimeoutError } from "./errors.ts"
import { redact } from "./redact.ts"

/** Where a daemon is, and what opens it. */
export interface Door {
  /** Without a slash at its end. */
  readonly url: string
  readonly token: string | null
}

/** How a daemon is found. */
export interface Way {
  readonly find: () => Door | Promise<Door>
  /** Who stands at this door is no daemon any more, or another one: look for it anew. */
  readonly lost: (door: Door) => void
}

export interface Request {
  readonly method: string
  /** With its query. */
  readonly path: string
  readonly headers: Readonly<Record<string, string>>
  readonly body?: string | undefined
  /** False where the token must not be sent along. */
  readonly trusted: boolean
}

export interface Limits {
  readonly signal: AbortSignal | undefined
  /** ms. */
  readonly timeout: number
}

/** What is sent. Plain values: in Node a `Headers` alone loads all of `fetch`, 50 ms of a process that lives for 100. */
export interface Sent {
  readonly method: string
  readonly headers: Record<string, string>
  readonly redirect: "error"
  readonly signal: AbortSignal
  readonly body?: string
}
/** What is looked at of an answer. */
export interface Answer extends Pick<Response, "ok" | "status" | "body" | "text"> {
  readonly headers: Pick<Headers, "get">
}
/** The part of `fetch` that is used. */
export type Fetch = (url: string, sent: Sent) => Promise<Answer>

/** One request and its whole answer as text. Fails with an {@link OpenPactError}, or with the reason of an abort. */
export const exchange = async (fetch: Fetch, way: Way, request: Request, limits: Limits): Promise<string> => {
  const attempt = await begin(fetch, way, request, limits)
  try {
    const { response } = attempt
    const text = await attempt.settled(response.text())
    if (!response.ok) throw attempt.refusal(text)
    return text
  } finally {
    attempt.end()
  }
}

/** Opens a stream. `timeout` is for its start. From then on the signal ends it, and nothing else. */
export const openStream = async (
  fetch: Fetch,
  way: Way,
  request: Request,
  limits: Limits
): Promise<ReadableStreamDefaultReader<Uint8Array>> => {
  const attempt = await begin(fetch, way, request, limits)
  const { response, stopClock } = attempt
  if (response.ok && response.body !== null) {
    stopClock()
    const reader = response.body.getReader()
    const leave = () => void reader.cancel().catch(() => {})
    if (limits.signal?.aborted === true) leave()
    limits.signal?.addEventListener("abort", leave, { once: true })
    return reader
  }
  try {
    if (!response.ok) throw attempt.refusal(await attempt.settled(response.text()))
    throw new BadAnswerError("The stream of events is empty.", response.status)
  } finally {
    attempt.end()
  }
}

/** Sends a request, and waits for the head of its answer. */
const begin = async (fetch: Fetch, way: Way, request: Request, { signal, timeout }: Limits) => {
  const door = await way.find()
  signal?.throwIfAborted()
  const headers = { ...request.headers }
  if (request.trusted && door.token !== null) headers["authorization"] = `Bearer ${door.token}`
  // By hand: Node 22 may collect what `AbortSignal.any` makes, and what fetch makes of a signal, while they are waited for.
  const cut = new AbortController()
  const gone = new Promise<never>((_, reject) => cut.signal.addEventListener("abort", () => reject(cut.signal.reason)))
  gone.catch(() => {})
  const leave = () => cut.abort(signal?.reason)
  signal?.addEventListener("abort", leave, { once: true })
  let late = false
  const timer = setTimeout(() => {
    late = true
    cut.abort()
  }, timeout)
  const stopClock = () => clearTimeout(timer)
  const end = () => {
    stopClock()
    signal?.removeEventListener("abort", leave)
  }
  /** What is under way, with its failure told apart. */
  const settled = async <A>(answer: Promise<A>): Promise<A> => {
    try {
      return await Promise.race([answer, gone])
    } catch (cause) {
      end()
      if (signal?.aborted === true) throw signal.reason
      if (late) {
        throw new TimeoutError(`The daemon at ${door.url} didn't answer within ${timeout} ms. It may still do it.`)
      }
      way.lost(door)
      throw connectionError(door, cause)
    }
  }
  const response = await settled(
    fetch(`${door.url}${request.path}`, {
      method: request.method,
      headers,
      redirect: "error",
      signal: cut.signal,
      ...(request.body === undefined ? {} : { body: request.body })
    })
  )
  const refusal = (text: string) => {
    // A daemon that was started anew may have another token.
    if (response.status === 401) way.lost(door)
    return apiErrorOf(response, text, door.token)
  }
  return { response, settled, refusal, end, stopClock }
}

/** The system's words for a connection that was never made. */
const unmade = new Set(["ECONNREFUSED", "ENOTFOUND", "EHOSTUNREACH", "ENETUNREACH"])

const connectionError = ({ token, url }: Door, cause: unknown): ConnectionError => {
  const { cause: inner, message } = cause as {
    readonly cause?: { readonly code?: unknown }
    readonly message?: unknown
  }
  const code = typeof inner?.code === "string" ? inner.code : null
  const why = redact(code ?? String(message), token)
  return code !== null && unmade.has(code)
    ? new ConnectionError(`Nobody answers at ${url} (${why}). Start the daemon: openpact start`, true)
    : new ConnectionError(`The connection to ${url} failed (${why}). What was asked may have been done.`, false)
}
