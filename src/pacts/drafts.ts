import { Effect } from "effect"
import type { Entry, EntryType } from "../domain/entry.ts"
import { type BadEntry, type PayloadTooLarge } from "../domain/errors.ts"
import { encodeText } from "../engine/bytes.ts"
import { canonicalOf, decodeEntry } from "../engine/entry.ts"
import { refusalError } from "./refusals.ts"

/** What a caller brings to an entry. The pact adds who and when. */
export interface Draft {
  readonly type: EntryType
  readonly payload: object
  readonly refs?: ReadonlyArray<string> | undefined
  /** ms */
  readonly ttl?: number | undefined
}

/** The bytes of an entry, or why `apply` would not take its shape: a hopeless write is refused before it is appended. */
export const encodeDraft = (
  draft: Draft,
  from: { readonly agentId: string; readonly displayName: string | null; readonly time: number }
): Effect.Effect<Uint8Array, BadEntry | PayloadTooLarge> => {
  const { payload, refs = [], ttl, type } = draft
  const entry = {
    type,
    timestamp: from.time,
    agent_id: from.agentId,
    display_name: from.displayName,
    payload,
    refs,
    ...(ttl === undefined ? {} : { ttl })
  }
  const bytes = encodeText(canonicalOf(entry as Entry))
  const decoded = decodeEntry(bytes)
  return typeof decoded === "string"
    ? Effect.fail(refusalError(decoded) as BadEntry | PayloadTooLarge)
    : Effect.succeed(bytes)
}
