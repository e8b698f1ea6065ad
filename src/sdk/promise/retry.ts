import { ApiError, ConnectionError, NoDaemonError, OpenPactError, TimeoutError } from "./errors.ts"

/** Waits so long, ms. Rejects with the signal's reason once that is aborted. */
export const pause = (ms: number, signal: AbortSignal | undefined): Promise<void> =>
  new Promise((resolve, reject) => {
    if (signal?.aborted === true) return reject(signal.reason)
    const end = () => {
      clearTimeout(timer)
      signal?.removeEventListener("abort", cut)
    }
    const cut = () => {
      end()
      reject(signal?.reason)
    }
    const timer = setTimeout(() => {
      end()
      resolve()
    }, ms)
    signal?.addEventListener("abort", cut, { once: true })
  })

const first = 100
const longest = 2000

/** Twice as long each time, with some chance, so that many who wait don't all come at once. */
export const backoff = (tried: number): number =>
  Math.min(longest, first * 2 ** Math.min(tried, 10)) * (0.5 + Math.random() / 2)

const delayAfter = (error: unknown, tried: number): number =>
  Math.max(error instanceof ApiError ? (error.retryAfter ?? 0) : 0, backoff(tried))

/** True where nothing can have been done. */
const isUndone = (error: OpenPactError): boolean =>
  error.code === "RATE_LIMITED" || error.code === "NO_DAEMON" || (error instanceof ConnectionError && error.unsent)

/** True where the daemon is on its way, or its pact is. */
const isComing = (error: OpenPactError): boolean =>
  error instanceof NoDaemonError || error.code === "PACT_NOT_READY" || error.code === "NOT_READY"

const usual = 3
/** How often a write is sent anew while its daemon comes back: 10 to 20 s together, since a busy machine starts slowly. */
const carries = 14

export interface Retrying {
  /** True where doing it twice is the same as doing it once: else it is only asked again where nothing was done. */
  readonly harmless: boolean
  /** True where it changes nothing. */
  readonly reads: boolean
  /** Without it three times, and what is harmless and broke goes on over a restart of the daemon. */
  readonly retries: number | undefined
  readonly signal: AbortSignal | undefined
}

/** Asks again after a failure that passes. It fails with what the last try says, if that is all there is to say. */
export const retrying = async <A>(
  ask: () => Promise<A>,
  { harmless, reads, retries, signal }: Retrying
): Promise<A> => {
  /** Of a try that may have done it. A later one that did nothing is no proof against it. */
  let unsure: OpenPactError | null = null
  for (let tried = 0; ; tried++) {
    try {
      return await ask()
    } catch (error) {
      if (!(error instanceof OpenPactError)) throw error
      const coming = isComing(error)
      const undone = isUndone(error) || (coming && unsure !== null)
      if (!undone && !reads) unsure = error
      const carried = harmless && retries === undefined && unsure instanceof ConnectionError
      const again = (error.retryable && (harmless || undone)) || (carried && coming)
      if (!again || tried >= (carried ? carries : (retries ?? usual))) throw undone ? (unsure ?? error) : error
      await pause(delayAfter(error, tried), signal)
    }
  }
}

/** True for failures of a daemon that stops, is stopped, or starts. */
export const isAway = (error: unknown): boolean =>
  error instanceof ConnectionError ||
  error instanceof TimeoutError ||
  error instanceof NoDaemonError ||
  (error instanceof ApiError && error.retryable)

/** Asks until a daemon is there that answers. What was asked may have been done and its answer lost. */
export const insist = async <A>(ask: () => Promise<A>, signal: AbortSignal | undefined): Promise<A> => {
  for (let tried = 0; ; tried++) {
    try {
      return await ask()
    } catch (error) {
      if (!isAway(error)) throw error
      await pause(delayAfter(error, tried), signal)
    }
  }
}
