import type { Fact } from "./facts.ts"

/** Why `apply` refused an entry: wire codes, a part of the protocol. Append only. */
export const refusals = [
  "BAD_ENTRY",
  "PAYLOAD_TOO_LARGE",
  "NOT_A_MEMBER",
  "NOT_CREATOR",
  "NOT_INDEXER",
  "LAST_INDEXER",
  "HANDLE_TAKEN",
  "NOT_FOUND",
  "TASK_ALREADY_CLAIMED",
  "TASK_ALREADY_COMPLETE",
  "NOT_ASSIGNEE",
  "NOT_CLAIMER",
  "NOT_CLAIMED",
  "STALE_CLAIM",
  "SKILL_CHECKSUM_MISMATCH",
  "UNKNOWN_INVITE",
  "INVITE_REVOKED",
  "INVITE_SPENT",
  "INVITE_EXPIRED"
] as const
export type Refusal = (typeof refusals)[number]

/** What `decide` says of one entry: accepted with the facts it sets, or refused with a wire code. */
export type Verdict =
  | { readonly accepted: true; readonly facts: ReadonlyArray<Fact> }
  | { readonly accepted: false; readonly code: Refusal }

export const accept = (...facts: ReadonlyArray<Fact>): Verdict => ({ accepted: true, facts })
export const refuse = (code: Refusal): Verdict => ({ accepted: false, code })
