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

const view = <const Type extends string, P extends Schema.Codec<unknown>>(type: Type, payload: P) =>
  Schema.Struct({
    id: EntryId,
    type: Schema.Literal(type),
    timestamp: Timestamp,
    agent_id: AgentId,
    display_name: Schema.NullOr(DisplayName),
    payload,
    refs: Refs,
    ttl: Schema.optionalKey(Ttl),
    /** True once a majority of indexers signed an order that holds it: from then on nothing moves it. */
    confirmed: Schema.Boolean
  })

export const KnowledgeView = view("knowledge", KnowledgePayload).annotate({ identifier: "Knowledge" })
export const TaskEntryView = view("task", TaskPayload).annotate({ identifier: "TaskEntry" })
export const SkillView = view("skill", SkillPayload).annotate({ identifier: "Skill" })
export const MessageView = view("message", MessagePayload).annotate({ identifier: "Message" })
export const AdminView = view("admin", AdminPayload).annotate({ identifier: "Admin" })
export const RedeemedView = view("invite-redeemed", InviteRedeemedPayload).annotate({ identifier: "InviteRedeemed" })

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
