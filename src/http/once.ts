import type { Effect } from "effect"
import { createHash } from "node:crypto"
import type { Answer } from "./answer.ts"

/** A request that its client may send again. */
export interface Keyed {
  /** Its `Idempotency-Key`. */
  readonly key: string
  /** What it asks for: 64 hex, the SHA-256 of method, path and body. */
  readonly print: string
  /** Its query. What is done does not depend on it, only how much of that the answer waits for. */
  readonly query: string
}

/** An answer that is no stream. */
export interface Whole {
  readonly type: string
  readonly body: string | Uint8Array
}

/** Does the work of a keyed request at most once, and gives who sends it again the first answer. */
export type Once<R = never> = (keyed: Keyed, work: Effect.Effect<Whole, unknown>) => Effect.Effect<Whole, unknown, R>

export const wholeOf = ({ body, type }: Answer): Whole => {
  if (typeof body === "function") throw new Error("a stream can't be kept for an Idempotency-Key")
  return { type, body }
}

export const keyedOf = (
  key: string,
  { method, path }: { readonly method: string; readonly path: string },
  { params, payload, query }: { readonly params: object; readonly payload: unknown; readonly query: object }
): Keyed => ({
  key,
  print: createHash("sha256")
    .update(JSON.stringify([method, path, params, payload]))
    .digest("hex"),
  query: JSON.stringify(query)
})
