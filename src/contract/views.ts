import { Schema } from "effect"
import { EntryType, Refs } from "../domain/entry.ts"
import { AgentId, EntryId } from "../domain/ids.ts"
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
} from "../domain/payloads.ts"

const view = <const Type extends string, P extends Schema.Codec<unknown>>(name: string, type: Type, payload: P) =>
  Schema.Struct({
    id: EntryId,
    type: Schema.Literal(type),
    timestamp: Timestamp,
    agent_id: AgentId,
    display_name: Schema.NullOr(DisplayName),
    payload: payload.annotate({ identifier: `${name}Payload` }) as P,
    refs: Refs,
    ttl: Schema.optionalKey(Ttl),
    /** True once a majority of indexers signed an order that holds it: from then on nothing moves it. */
    confirmed: Schema.Boolean
  }).annotate({ identifier: name })

export const KnowledgeView = view("Knowledge", "knowledge", KnowledgePayload)
export const TaskEntryView = view("TaskEntry", "task", TaskPayload)
export const SkillView = view("Skill", "skill", SkillPayload)
export const MessageView = view("Message", "message", MessagePayload)
export const AdminView = view("Admin", "admin", AdminPayload)
export const RedeemedView = view("InviteRedeemed", "invite-redeemed", InviteRedeemedPayload)

/** An entry as readers get it. */
export const EntryView = Schema.Union([
  KnowledgeView,
  TaskEntryView,
  SkillView,
  MessageView,
  AdminView,
  RedeemedView
]).annotate({ identifier: "Entry" })
export type EntryView = typeof EntryView.Type

export const typeFilter = { type: Schema.optionalKey(EntryType) }
