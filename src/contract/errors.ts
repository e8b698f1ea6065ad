import * as E from "../domain/errors.ts"

/** What any route but the open ones can answer, whatever it does. */
export const guarded = [
  E.BadRequest,
  E.ForbiddenHost,
  E.ForbiddenOrigin,
  E.NotFound,
  E.MethodNotAllowed,
  E.RateLimited,
  E.Internal
] as const

/** Routes that take a body. */
export const bodied = [...guarded, E.RequestTimeout, E.PayloadTooLarge, E.UnsupportedMediaType] as const

/** What every POST can answer besides: it takes an `Idempotency-Key`. */
export const keyed = [E.IdempotencyConflict, E.StorageFull] as const

/** Routes below one pact. */
export const inPact = [...guarded, E.UnknownPact, E.PactNotReady] as const

/** Lists below one pact. */
export const inList = [...inPact, E.BadCursor] as const

/** Routes that append an entry to one pact. */
export const inWrite = [
  ...inPact,
  E.RequestTimeout,
  E.UnsupportedMediaType,
  E.PayloadTooLarge,
  E.BadEntry,
  E.NotAMember,
  E.ViewTimeout,
  E.StorageFull
] as const

/** The codes of failures that pass: the very same request may do later. */
export const passing: ReadonlySet<string> = new Set([
  "REQUEST_TIMEOUT",
  "PACT_NOT_READY",
  "RATE_LIMITED",
  "NO_AGENTS",
  "NO_INDEXER_REACHABLE",
  "AGENT_DISCONNECTED",
  "NOT_READY",
  "VIEW_TIMEOUT"
])
