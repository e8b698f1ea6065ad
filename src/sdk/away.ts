/** True for failures of a daemon that stops, is stopped, or starts: trying again later may well do. */
export const isAway = (error: { readonly _tag: string }): boolean =>
  ["NoDaemon", "HttpClientError", "TimeoutError", "PACT_NOT_READY", "NOT_READY"].includes(error._tag)
