import { Schema } from "effect"
import { AgentId, EntryId } from "./ids.ts"
import { limits } from "./limits.ts"
import {
  AdminPayload,
  DisplayName,
  InviteRedeemedPayload,
  KnowledgePayload,
  MessagePayload,
  SkillPayload,
  TaskPayload,
  Timestamp,
  Ttl
} from "./payloads.ts"

export const Refs = Schema.Array(EntryId).check(
  Schema.isMaxLength(limits.refs, { expected: `at most ${limits.refs} entry ids` })
)

const entry = <const Type extends string, P extends Schema.Codec<unknown>>(type: Type, payload: P) =>
  Schema.Struct({
    type: Schema.Literal(type),
    timestamp: Timestamp,
    agent_id: AgentId,
    display_name: Schema.NullOr(DisplayName),
    payload,
    refs: Refs,
    ttl: Schema.optionalKey(Ttl)
  })

export const KnowledgeEntry = entry("knowledge", KnowledgePayload)
export const TaskEntry = entry("task", TaskPayload)
export const SkillEntry = entry("skill", SkillPayload)
export const MessageEntry = entry("message", MessagePayload)
export const AdminEntry = entry("admin", AdminPayload)
export const InviteRedeemedEntry = entry("invite-redeemed", InviteRedeemedPayload)

/** What members write. The envelope is the same for all six types and takes no other field. */
export const Entry = Schema.Union([
  KnowledgeEntry,
  TaskEntry,
  SkillEntry,
  MessageEntry,
  AdminEntry,
  InviteRedeemedEntry
])
export type Entry = typeof Entry.Type
export type EntryOf<Type extends Entry["type"]> = Extract<Entry, { readonly type: Type }>

export const userTypes = ["knowledge", "task", "skill", "message"] as const
export const EntryType = Schema.Literals([...userTypes, "admin", "invite-redeemed"])
export type EntryType = typeof EntryType.Type

/** creator: everything. indexer: orders, redeems invites. member: writes the four user types. */
export const Role = Schema.Literals(["creator", "indexer", "member"])
export type Role = typeof Role.Type
