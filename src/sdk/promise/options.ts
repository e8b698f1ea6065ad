/** What every call takes. */
export interface CallOptions {
  /** Ends the call: it rejects with the signal's reason. */
  readonly signal?: AbortSignal | undefined
  /** How long one attempt may take, ms. 60,000 unless the client says otherwise, and longer where the daemon waits. */
  readonly timeout?: number | undefined
  /**
   * How often a failure that passes is tried again, where that can do no harm. 3 unless the client says otherwise. Where
   * neither says anything, a POST whose connection broke goes on for 10 to 20 s, over a restart of the daemon.
   */
  readonly retries?: number | undefined
}

/** What every call takes that makes something. */
export interface WriteOptions extends CallOptions {
  /** Makes this call the same as an earlier one with the same key, 1..128. One is made up unless it is given. */
  readonly idempotencyKey?: string | undefined
}

/** What every client takes. */
export interface ClientOptions extends Pick<CallOptions, "timeout" | "retries"> {
  /** Who of the agents that share the daemon this is: printable ASCII, 1..64. */
  readonly agent?: string | undefined
  /** The pact that `client.pact()` means: an alias or an id. `default`, the current one, unless it is given. */
  readonly pact?: string | undefined
  /** Used in place of the global `fetch`. */
  readonly fetch?: typeof globalThis.fetch | undefined
}
