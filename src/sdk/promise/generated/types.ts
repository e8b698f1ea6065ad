// Made from src/contract by a test. Don't edit it by hand: npx vitest run test/unit -u

export type AcceptedEntry =
  | {
      readonly id: EntryId
      readonly type: "knowledge"
      readonly timestamp: number
      readonly agent_id: AgentId
      readonly display_name: string | null
      readonly payload: KnowledgePayload
      readonly refs: ReadonlyArray<EntryId>
      readonly ttl?: number
      readonly confirmed: boolean
      readonly verdict: { readonly accepted: true }
    }
  | {
      readonly id: EntryId
      readonly type: "task"
      readonly timestamp: number
      readonly agent_id: AgentId
      readonly display_name: string | null
      readonly payload: TaskEntryPayload
      readonly refs: ReadonlyArray<EntryId>
      readonly ttl?: number
      readonly confirmed: boolean
      readonly verdict: { readonly accepted: true }
    }
  | {
      readonly id: EntryId
      readonly type: "skill"
      readonly timestamp: number
      readonly agent_id: AgentId
      readonly display_name: string | null
      readonly payload: SkillPayload
      readonly refs: ReadonlyArray<EntryId>
      readonly ttl?: number
      readonly confirmed: boolean
      readonly verdict: { readonly accepted: true }
    }
  | {
      readonly id: EntryId
      readonly type: "message"
      readonly timestamp: number
      readonly agent_id: AgentId
      readonly display_name: string | null
      readonly payload: MessagePayload
      readonly refs: ReadonlyArray<EntryId>
      readonly ttl?: number
      readonly confirmed: boolean
      readonly verdict: { readonly accepted: true }
    }
  | {
      readonly id: EntryId
      readonly type: "admin"
      readonly timestamp: number
      readonly agent_id: AgentId
      readonly display_name: string | null
      readonly payload: AdminPayload
      readonly refs: ReadonlyArray<EntryId>
      readonly ttl?: number
      readonly confirmed: boolean
      readonly verdict: { readonly accepted: true }
    }
  | {
      readonly id: EntryId
      readonly type: "invite-redeemed"
      readonly timestamp: number
      readonly agent_id: AgentId
      readonly display_name: string | null
      readonly payload: InviteRedeemedPayload
      readonly refs: ReadonlyArray<EntryId>
      readonly ttl?: number
      readonly confirmed: boolean
      readonly verdict: { readonly accepted: true }
    }
export interface AddMember {
  readonly key: MemberKey
  readonly indexer?: boolean
  readonly confirm?: boolean
}
export interface Admin {
  readonly id: EntryId
  readonly type: "admin"
  readonly timestamp: number
  readonly agent_id: AgentId
  readonly display_name: string | null
  readonly payload: AdminPayload
  readonly refs: ReadonlyArray<EntryId>
  readonly ttl?: number
  readonly confirmed: boolean
}
export type AdminPayload =
  | { readonly action: "addWriter"; readonly key: MemberKey; readonly indexer?: boolean; readonly invite?: InviteKey }
  | { readonly action: "removeWriter"; readonly key: MemberKey }
  | { readonly action: "setInfo"; readonly name?: string | null; readonly purpose?: string | null }
  | { readonly action: "mintInvite"; readonly invite: InviteKey; readonly expires_at: number }
  | { readonly action: "revokeInvite"; readonly invite: InviteKey }
export interface Agent {
  readonly id: AgentId
  readonly remote_key: MemberKey
  readonly role: "creator" | "indexer" | "member"
  readonly display_name: string | null
  readonly online: boolean
  readonly is_self: boolean
  readonly entries: number
  readonly last_seen: number | null
  readonly connected_to?: ReadonlyArray<MemberKey>
}
export type AgentId = string
export type Alias = string
export interface Changes {
  readonly entries: ReadonlyArray<Entry>
  readonly cursor: string
  readonly has_more: boolean
  readonly reset: boolean
}
export interface ClaimTask {
  readonly ttl?: number
  readonly worker?: string
}
export interface CompleteTask {
  readonly result?: unknown
  readonly claim?: EntryId
  readonly worker?: string
}
export interface CreatePact {
  readonly name: string
  readonly purpose?: string
  readonly display_name?: string
  readonly alias?: Alias
  readonly confirm?: boolean
}
export interface DashboardLink {
  readonly url: string
  readonly expires_at: number
}
export type Entry = Knowledge | TaskEntry | Skill | Message | Admin | InviteRedeemed
export type EntryId = string
export type Hit =
  | {
      readonly id: EntryId
      readonly type: "knowledge"
      readonly timestamp: number
      readonly agent_id: AgentId
      readonly display_name: string | null
      readonly payload: KnowledgePayload
      readonly refs: ReadonlyArray<EntryId>
      readonly ttl?: number
      readonly confirmed: boolean
      readonly snippet: string
    }
  | {
      readonly id: EntryId
      readonly type: "task"
      readonly timestamp: number
      readonly agent_id: AgentId
      readonly display_name: string | null
      readonly payload: TaskEntryPayload
      readonly refs: ReadonlyArray<EntryId>
      readonly ttl?: number
      readonly confirmed: boolean
      readonly snippet: string
    }
  | {
      readonly id: EntryId
      readonly type: "skill"
      readonly timestamp: number
      readonly agent_id: AgentId
      readonly display_name: string | null
      readonly payload: SkillPayload
      readonly refs: ReadonlyArray<EntryId>
      readonly ttl?: number
      readonly confirmed: boolean
      readonly snippet: string
    }
  | {
      readonly id: EntryId
      readonly type: "message"
      readonly timestamp: number
      readonly agent_id: AgentId
      readonly display_name: string | null
      readonly payload: MessagePayload
      readonly refs: ReadonlyArray<EntryId>
      readonly ttl?: number
      readonly confirmed: boolean
      readonly snippet: string
    }
  | {
      readonly id: EntryId
      readonly type: "admin"
      readonly timestamp: number
      readonly agent_id: AgentId
      readonly display_name: string | null
      readonly payload: AdminPayload
      readonly refs: ReadonlyArray<EntryId>
      readonly ttl?: number
      readonly confirmed: boolean
      readonly snippet: string
    }
  | {
      readonly id: EntryId
      readonly type: "invite-redeemed"
      readonly timestamp: number
      readonly agent_id: AgentId
      readonly display_name: string | null
      readonly payload: InviteRedeemedPayload
      readonly refs: ReadonlyArray<EntryId>
      readonly ttl?: number
      readonly confirmed: boolean
      readonly snippet: string
    }
export interface Hits {
  readonly entries: ReadonlyArray<Hit>
  readonly has_more: boolean
}
export type HostHit =
  | {
      readonly id: EntryId
      readonly type: "knowledge"
      readonly timestamp: number
      readonly agent_id: AgentId
      readonly display_name: string | null
      readonly payload: KnowledgePayload
      readonly refs: ReadonlyArray<EntryId>
      readonly ttl?: number
      readonly confirmed: boolean
      readonly snippet: string
      readonly pact_id: PactId
      readonly alias: Alias
    }
  | {
      readonly id: EntryId
      readonly type: "task"
      readonly timestamp: number
      readonly agent_id: AgentId
      readonly display_name: string | null
      readonly payload: TaskEntryPayload
      readonly refs: ReadonlyArray<EntryId>
      readonly ttl?: number
      readonly confirmed: boolean
      readonly snippet: string
      readonly pact_id: PactId
      readonly alias: Alias
    }
  | {
      readonly id: EntryId
      readonly type: "skill"
      readonly timestamp: number
      readonly agent_id: AgentId
      readonly display_name: string | null
      readonly payload: SkillPayload
      readonly refs: ReadonlyArray<EntryId>
      readonly ttl?: number
      readonly confirmed: boolean
      readonly snippet: string
      readonly pact_id: PactId
      readonly alias: Alias
    }
  | {
      readonly id: EntryId
      readonly type: "message"
      readonly timestamp: number
      readonly agent_id: AgentId
      readonly display_name: string | null
      readonly payload: MessagePayload
      readonly refs: ReadonlyArray<EntryId>
      readonly ttl?: number
      readonly confirmed: boolean
      readonly snippet: string
      readonly pact_id: PactId
      readonly alias: Alias
    }
  | {
      readonly id: EntryId
      readonly type: "admin"
      readonly timestamp: number
      readonly agent_id: AgentId
      readonly display_name: string | null
      readonly payload: AdminPayload
      readonly refs: ReadonlyArray<EntryId>
      readonly ttl?: number
      readonly confirmed: boolean
      readonly snippet: string
      readonly pact_id: PactId
      readonly alias: Alias
    }
  | {
      readonly id: EntryId
      readonly type: "invite-redeemed"
      readonly timestamp: number
      readonly agent_id: AgentId
      readonly display_name: string | null
      readonly payload: InviteRedeemedPayload
      readonly refs: ReadonlyArray<EntryId>
      readonly ttl?: number
      readonly confirmed: boolean
      readonly snippet: string
      readonly pact_id: PactId
      readonly alias: Alias
    }
export interface HostHits {
  readonly entries: ReadonlyArray<HostHit>
  readonly has_more: boolean
}
export interface HostStatus {
  readonly version: string
  readonly protocol: number
  readonly uptime_ms: number
  readonly current: Alias | null
  readonly pact_count: number
  readonly agents: number
  readonly durability: "strict" | "ack" | "os"
  readonly network: "public" | "private" | "none"
  readonly bootstrap: ReadonlyArray<string>
  readonly home: string
}
export interface InstalledSkill {
  readonly id: EntryId
  readonly name: string
  readonly version: string
  readonly format: "openclaw" | "langchain" | "generic"
  readonly checksum: string
  readonly installed_at: number
  readonly path: string
  readonly quarantined: { readonly at: number; readonly reason: string; readonly path: string | null } | null
}
export interface InstallSkill {
  readonly confirm?: boolean
}
export interface Invite {
  readonly nonce: InviteNonce | null
  readonly invite: InviteKey
  readonly expires_at: number
  readonly created_at: number
  readonly status: "live" | "spent" | "revoked" | "expired"
  readonly spent_by: MemberKey | null
  readonly spent_at: number | null
  readonly share_url: string | null
}
export interface InviteAccepted {
  readonly ok: true
  readonly pact_id: PactId
  readonly writer_key: MemberKey
  readonly agent_id: AgentId
  readonly confirmed: true
}
export type InviteKey = string
export interface InviteMinted {
  readonly token: string
  readonly share_url: string
  readonly nonce: InviteNonce
  readonly invite: InviteKey
  readonly expires_at: number
  readonly id: EntryId
  readonly confirmed: boolean
}
export type InviteNonce = string
export interface InviteRedeemed {
  readonly id: EntryId
  readonly type: "invite-redeemed"
  readonly timestamp: number
  readonly agent_id: AgentId
  readonly display_name: string | null
  readonly payload: InviteRedeemedPayload
  readonly refs: ReadonlyArray<EntryId>
  readonly ttl?: number
  readonly confirmed: boolean
}
export interface InviteRedeemedPayload {
  readonly invite: InviteKey
  readonly redeemed_by: MemberKey
  readonly proof: Signature
}
export interface InviteWasRevoked {
  readonly ok: true
  readonly invite: InviteKey
  readonly id: EntryId
  readonly confirmed: boolean
}
export interface JoinError {
  readonly code: string
  readonly message: string
}
export interface JoinPact {
  readonly token?: string
  readonly key?: PactId
  readonly alias?: Alias
  readonly display_name?: string
  readonly confirm?: boolean
}
export interface Knowledge {
  readonly id: EntryId
  readonly type: "knowledge"
  readonly timestamp: number
  readonly agent_id: AgentId
  readonly display_name: string | null
  readonly payload: KnowledgePayload
  readonly refs: ReadonlyArray<EntryId>
  readonly ttl?: number
  readonly confirmed: boolean
}
export interface KnowledgePayload {
  readonly topic: string
  readonly content: string
  readonly source?: string
  readonly [name: string]: unknown
}
export interface Me {
  readonly ok: true
  readonly pact_id: PactId
  readonly peer_handle: AgentId
  readonly display_name: string | null
  readonly id: EntryId | null
  readonly confirmed: boolean | null
}
export interface MemberChanged {
  readonly ok: true
  readonly key: MemberKey
  readonly agent_id: AgentId
  readonly role: "creator" | "indexer" | "member" | null
  readonly id: EntryId
  readonly confirmed: boolean
}
export type MemberKey = string
export interface Message {
  readonly id: EntryId
  readonly type: "message"
  readonly timestamp: number
  readonly agent_id: AgentId
  readonly display_name: string | null
  readonly payload: MessagePayload
  readonly refs: ReadonlyArray<EntryId>
  readonly ttl?: number
  readonly confirmed: boolean
}
export interface MessagePayload {
  readonly content: string
  readonly priority?: "low" | "normal" | "high"
  readonly kind?: "leave" | "rename" | "pact-update"
  readonly name?: string | null
  readonly purpose?: string | null
}
export interface MintInvite {
  readonly ttl_ms?: number
  readonly confirm?: boolean
}
export interface NameMember {
  readonly key: MemberKey
  readonly confirm?: boolean
}
export interface NewKnowledge {
  readonly topic: string
  readonly content: string
  readonly source?: string
  readonly refs?: ReadonlyArray<EntryId>
}
export interface NewMessage {
  readonly content: string
  readonly priority?: "low" | "normal" | "high"
  readonly reply_to?: EntryId
  readonly refs?: ReadonlyArray<EntryId>
}
export interface NewSkill {
  readonly name: string
  readonly version: string
  readonly description?: string
  readonly format: "openclaw" | "langchain" | "generic"
  readonly content: string
  readonly checksum?: string
  readonly refs?: ReadonlyArray<EntryId>
}
export interface NewTask {
  readonly title: string
  readonly description?: string
  readonly assigned_to?: AgentId
  readonly ttl?: number
  readonly status?: "open"
  readonly refs?: ReadonlyArray<EntryId>
}
export type PactId = string
export interface PactInfo {
  readonly ok: true
  readonly pact_id: PactId
  readonly pact_name: string | null
  readonly pact_purpose: string | null
  readonly id: EntryId
  readonly confirmed: boolean
}
export interface PactJoining {
  readonly ok: true
  readonly alias: Alias
  readonly pact_id: PactId
  readonly pact_name: string | null
  readonly pact_purpose: string | null
  readonly display_name: string | null
  readonly peer_handle: AgentId
  readonly public_key: MemberKey
  readonly role: "creator" | "indexer" | "member" | null
  readonly joining: true
  readonly waiting_for: "network" | "peers" | "indexer" | "admission" | "confirmation" | "history"
}
export interface PactList {
  readonly current: Alias | null
  readonly pacts: ReadonlyArray<PactRow>
}
export interface PactMade {
  readonly ok: true
  readonly alias: Alias
  readonly pact_id: PactId
  readonly pact_name: string | null
  readonly pact_purpose: string | null
  readonly display_name: string | null
  readonly peer_handle: AgentId
  readonly role: "creator" | "indexer" | "member"
}
export interface PactRemoved {
  readonly ok: true
  readonly removed: { readonly alias: Alias; readonly pact_id: PactId }
  readonly announced: boolean
}
export interface PactRenamed {
  readonly ok: true
  readonly alias: Alias
  readonly pact_id: PactId
}
export interface PactRow {
  readonly alias: Alias
  readonly pact_id: PactId
  readonly pact_name: string | null
  readonly pact_purpose: string | null
  readonly display_name: string | null
  readonly role: "creator" | "indexer" | "member" | null
  readonly is_current: boolean
  readonly added_at: number
  readonly entries: number
  readonly agents: number
  readonly failed?: string
  readonly joining?: true
  readonly waiting_for?: "network" | "peers" | "indexer" | "admission" | "confirmation" | "history"
  readonly error?: JoinError
}
export interface PactStatus {
  readonly pact_id: PactId
  readonly pact_name: string | null
  readonly pact_purpose: string | null
  readonly peer_handle: AgentId
  readonly display_name: string | null
  readonly role: "creator" | "indexer" | "member" | null
  readonly public_key: MemberKey
  readonly agents: number
  readonly online: number
  readonly indexers: number
  readonly entries: number
  readonly counts: {
    readonly knowledge: number
    readonly task: number
    readonly skill: number
    readonly message: number
  }
  readonly is_member: boolean
  readonly is_indexer: boolean
  readonly synced: boolean
  readonly joining?: true
  readonly waiting_for?: "network" | "peers" | "indexer" | "admission" | "confirmation" | "history"
  readonly error?: JoinError
  readonly confirmed_lag: number
  readonly removal_told_by?: number
  readonly durability: "strict" | "ack" | "os"
}
export interface PactSwitched {
  readonly ok: true
  readonly current: Alias
}
export interface Ping {
  readonly ok: true
}
export interface Ready {
  readonly ready: true
  readonly pact_count: number
}
export interface RedeemInvite {
  readonly token: string
  readonly writer_key: MemberKey
  readonly confirm?: boolean
}
export interface RefusedEntry {
  readonly id: EntryId
  readonly verdict: { readonly accepted: false; readonly code: string }
}
export interface ReleaseTask {
  readonly claim?: EntryId
  readonly worker?: string
}
export interface RemovePact {
  readonly confirm?: string
}
export interface RenamePact {
  readonly alias: Alias
}
export interface RenewTask {
  readonly claim?: EntryId
  readonly worker?: string
  readonly ttl?: number
}
export interface RevokeInvite {
  readonly confirm?: string
}
export interface SetMe {
  readonly display_name: string | null
}
export interface SetPactInfo {
  readonly name?: string | null
  readonly purpose?: string | null
}
export type Signature = string
export interface Skill {
  readonly id: EntryId
  readonly type: "skill"
  readonly timestamp: number
  readonly agent_id: AgentId
  readonly display_name: string | null
  readonly payload: SkillPayload
  readonly refs: ReadonlyArray<EntryId>
  readonly ttl?: number
  readonly confirmed: boolean
}
export interface SkillBrief {
  readonly id: EntryId
  readonly type: "skill"
  readonly timestamp: number
  readonly agent_id: AgentId
  readonly display_name: string | null
  readonly payload: {
    readonly name: string
    readonly description?: string
    readonly format: "openclaw" | "langchain" | "generic"
    readonly checksum: string
    readonly version: string
    readonly [name: string]: unknown
  }
  readonly refs: ReadonlyArray<EntryId>
  readonly ttl?: number
  readonly confirmed: boolean
}
export interface SkillContent {
  readonly id: EntryId
  readonly name: string
  readonly version: string
  readonly format: "openclaw" | "langchain" | "generic"
  readonly checksum: string
  readonly content: string
}
export interface SkillPayload {
  readonly name: string
  readonly version: string
  readonly description?: string
  readonly format: "openclaw" | "langchain" | "generic"
  readonly content: string
  readonly checksum: string
  readonly [name: string]: unknown
}
export interface SwitchPact {
  readonly alias: Alias
  readonly confirm?: string
}
export interface Task {
  readonly id: EntryId
  readonly title: string
  readonly description: string | null
  readonly status: "open" | "claimed" | "complete"
  readonly claimed_by: AgentId | null
  readonly worker: string | null
  readonly claim: EntryId | null
  readonly fence: number
  readonly claim_expires_at: number | null
  readonly assigned_to: AgentId | null
  readonly result: unknown
  readonly timestamp: number
  readonly updated_at: number
  readonly claimed_at: number | null
  readonly expired_at: number | null
  readonly agent_id: AgentId
  readonly display_name: string | null
  readonly refs: ReadonlyArray<EntryId>
  readonly confirmed: boolean
}
export interface TaskEntry {
  readonly id: EntryId
  readonly type: "task"
  readonly timestamp: number
  readonly agent_id: AgentId
  readonly display_name: string | null
  readonly payload: TaskEntryPayload
  readonly refs: ReadonlyArray<EntryId>
  readonly ttl?: number
  readonly confirmed: boolean
}
export type TaskEntryPayload =
  | {
      readonly status: "open"
      readonly title: string
      readonly description?: string
      readonly assigned_to?: AgentId
      readonly [name: string]: unknown
    }
  | {
      readonly status: "claimed"
      readonly renew?: true
      readonly title?: never
      readonly worker?: string
      readonly [name: string]: unknown
    }
  | { readonly status: "open"; readonly title?: never; readonly worker?: string; readonly [name: string]: unknown }
  | {
      readonly status: "complete"
      readonly result?: unknown
      readonly title?: never
      readonly worker?: string
      readonly [name: string]: unknown
    }
export interface TaskWithHistory {
  readonly id: EntryId
  readonly title: string
  readonly description: string | null
  readonly status: "open" | "claimed" | "complete"
  readonly claimed_by: AgentId | null
  readonly worker: string | null
  readonly claim: EntryId | null
  readonly fence: number
  readonly claim_expires_at: number | null
  readonly assigned_to: AgentId | null
  readonly result: unknown
  readonly timestamp: number
  readonly updated_at: number
  readonly claimed_at: number | null
  readonly expired_at: number | null
  readonly agent_id: AgentId
  readonly display_name: string | null
  readonly refs: ReadonlyArray<EntryId>
  readonly confirmed: boolean
  readonly history: ReadonlyArray<TaskEntry>
  readonly history_cut: boolean
}
export interface TaskWritten {
  readonly id: EntryId
  readonly title: string
  readonly description: string | null
  readonly status: "open" | "claimed" | "complete"
  readonly claimed_by: AgentId | null
  readonly worker: string | null
  readonly claim: EntryId | null
  readonly fence: number
  readonly claim_expires_at: number | null
  readonly assigned_to: AgentId | null
  readonly result: unknown
  readonly timestamp: number
  readonly updated_at: number
  readonly claimed_at: number | null
  readonly expired_at: number | null
  readonly agent_id: AgentId
  readonly display_name: string | null
  readonly refs: ReadonlyArray<EntryId>
  readonly confirmed: boolean
  readonly entry_id: EntryId
}
export interface Topic {
  readonly topic: string
  readonly entries: number
  readonly last_at: number
}
export interface UninstallSkill {
  readonly confirm?: string
}

/** The data of each event. */
export interface EventData {
  hello: { readonly version: string; readonly cursor: string }
  "entry-applied": { readonly pact_id: PactId; readonly alias: Alias; readonly entry: Entry }
  "entry-confirmed": { readonly pact_id: PactId; readonly alias: Alias; readonly upto: EntryId }
  "entry-rejected": { readonly pact_id: PactId; readonly alias: Alias; readonly id: EntryId; readonly code: string }
  "task-changed": { readonly pact_id: PactId; readonly alias: Alias; readonly task: Task }
  "member-online": {
    readonly pact_id: PactId
    readonly alias: Alias
    readonly member_key: MemberKey
    readonly agent_id: AgentId
  }
  "member-offline": {
    readonly pact_id: PactId
    readonly alias: Alias
    readonly member_key: MemberKey
    readonly agent_id: AgentId
  }
  "member-links": {
    readonly pact_id: PactId
    readonly alias: Alias
    readonly member_key: MemberKey
    readonly agent_id: AgentId
  }
  "member-added": {
    readonly pact_id: PactId
    readonly alias: Alias
    readonly member_key: MemberKey
    readonly agent_id: AgentId
    readonly role: "creator" | "indexer" | "member"
  }
  "member-removed": {
    readonly pact_id: PactId
    readonly alias: Alias
    readonly member_key: MemberKey
    readonly agent_id: AgentId
  }
  "peer-add": { readonly pact_id: PactId; readonly alias: Alias }
  "peer-remove": { readonly pact_id: PactId; readonly alias: Alias }
  "pact-added": { readonly pact_id: PactId; readonly alias: Alias }
  "pact-removed": { readonly pact_id: PactId; readonly alias: Alias }
  "pact-changed": { readonly pact_id: PactId; readonly alias: Alias }
  resync: { readonly reason: string; readonly pact_id?: PactId; readonly alias?: Alias }
}
