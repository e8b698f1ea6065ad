import { Effect } from "effect"
import type { EntryType } from "../domain/entry.ts"
import { type BadEntry, type PayloadTooLarge } from "../domain/errors.ts"
import { encodeChecked } from "../engine/entry.ts"
import { refusalError } from "./refusals.ts"

/** What a caller brings to an entry. The pact adds who and when. */
export interface Draft {
  readonly type: EntryType
  readonly payload: object
  readonly refs?: ReadonlyArray<string> | undefined
  /** ms */
  readonly ttl?: number | undefined
}

/** Tells everybody what this machine is called from now on. The name itself is in the envelope, as it is in every entry. */
export const renameNotice = (name: string | null): Draft => ({
  type: "message",
  payload: { content: name === null ? "Goes without a name now." : `Is called ${name} now.`, kind: "rename", name }
})

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
  const bytes = encodeChecked(entry)
  return typeof bytes === "string"
    ? Effect.fail(refusalError(bytes) as BadEntry | PayloadTooLarge)
    : Effect.succeed(bytes)
}
