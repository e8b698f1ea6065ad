import * as E from "../domain/errors.ts"
import type { Refusal } from "../engine/verdict.ts"

/** What a refusal by `apply` is to the caller: the error of its wire code, in words. */
export const refusalError = (code: Refusal) => new errors[code]({ message: messages[code] })
export type RefusalError = InstanceType<(typeof errors)[Refusal]>

/** What it is to the caller when an entry was applied here, and refused in the order that the indexers agreed on. */
export const overturnedError = (id: string, code: Refusal) =>
  new errors[code]({
    message: `Entry ${id} was applied here, but others came before it in the confirmed order. ${messages[code]}`
  })

const errors = {
  BAD_ENTRY: E.BadEntry,
  PAYLOAD_TOO_LARGE: E.PayloadTooLarge,
  NOT_A_MEMBER: E.NotAMember,
  NOT_CREATOR: E.NotCreator,
  NOT_INDEXER: E.NotIndexer,
  LAST_INDEXER: E.LastIndexer,
  HANDLE_TAKEN: E.HandleTaken,
  NOT_FOUND: E.NotFound,
  TASK_ALREADY_CLAIMED: E.TaskAlreadyClaimed,
  TASK_ALREADY_COMPLETE: E.TaskAlreadyComplete,
  NOT_ASSIGNEE: E.NotAssignee,
  NOT_CLAIMER: E.NotClaimer,
  NOT_CLAIMED: E.NotClaimed,
  STALE_CLAIM: E.StaleClaim,
  SKILL_CHECKSUM_MISMATCH: E.SkillChecksumMismatch,
  UNKNOWN_INVITE: E.UnknownInvite,
  INVITE_REVOKED: E.InviteRevoked,
  INVITE_SPENT: E.InviteSpent,
  INVITE_EXPIRED: E.InviteExpired
} as const satisfies Record<Refusal, unknown>

const messages: Record<Refusal, string> = {
  BAD_ENTRY: "The entry does not have the shape of its type. See docs/protocol.md for what each type takes.",
  PAYLOAD_TOO_LARGE: "The entry is larger than 64 KiB. Split it, or keep the bulk elsewhere and record where it is.",
  NOT_A_MEMBER:
    "This machine was removed from the pact, so it can't write. To come back, ask the creator for a new invite, remove " +
    "the pact here, and join.",
  NOT_CREATOR: "Only the creator of the pact can do this.",
  NOT_INDEXER: "Only an indexer of the pact can do this.",
  LAST_INDEXER:
    "The creator of a pact can't be removed and can't leave: nobody else could let in or remove anybody. Its data on its " +
    "machine is deleted by: openpact remove ALIAS (the pact goes on without it, with those who are in it)",
  HANDLE_TAKEN: "Another member has, or had, the same handle. The newcomer has to join with a new key.",
  NOT_FOUND: "There is no such thing in this pact.",
  TASK_ALREADY_CLAIMED: "Somebody holds this task. Wait until it is released or its lease runs out.",
  TASK_ALREADY_COMPLETE: "This task is complete. Nothing is left to do.",
  NOT_ASSIGNEE: "This task is assigned to somebody else.",
  NOT_CLAIMER: "Somebody else holds this task.",
  NOT_CLAIMED: "Nobody holds this task. Claim it first.",
  STALE_CLAIM: "This claim is over: it ran out, was released, or the task was claimed anew. Claim the task again.",
  SKILL_CHECKSUM_MISMATCH: "The checksum is not that of the content. Compute it anew, or leave it out.",
  UNKNOWN_INVITE: "The pact holds no such invite.",
  INVITE_REVOKED: "This invite was revoked. Ask for a new one.",
  INVITE_SPENT: "This invite was used already. Ask for a new one.",
  INVITE_EXPIRED: "This invite has run out. Ask for a new one."
}
