// Made from src/contract by a test. Don't edit it by hand: npx vitest run test/unit -u

import type { EventStream } from "../events.ts"
import type { Feed } from "../feed.ts"
import type { Listing, Rows } from "../listing.ts"
import type { CallOptions, WriteOptions } from "../options.ts"
import type {
  AcceptedEntry,
  AddMember,
  Agent,
  AgentId,
  Changes,
  ClaimTask,
  CompleteTask,
  CreatePact,
  DashboardLink,
  Entry,
  EntryId,
  Hits,
  HostHits,
  HostStatus,
  InstallSkill,
  InstalledSkill,
  Invite,
  InviteAccepted,
  InviteMinted,
  InviteWasRevoked,
  JoinPact,
  Knowledge,
  Me,
  MemberChanged,
  MemberKey,
  Message,
  MintInvite,
  NameMember,
  NewKnowledge,
  NewMessage,
  NewSkill,
  NewTask,
  PactInfo,
  PactJoining,
  PactList,
  PactMade,
  PactRemoved,
  PactRenamed,
  PactStatus,
  PactSwitched,
  Ping,
  Ready,
  RedeemInvite,
  RefusedEntry,
  ReleaseTask,
  RemovePact,
  RenamePact,
  RenewTask,
  RevokeInvite,
  SetMe,
  SetPactInfo,
  Skill,
  SkillBrief,
  SkillContent,
  SwitchPact,
  Task,
  TaskWithHistory,
  TaskWritten,
  Topic,
  UninstallSkill
} from "./types.ts"

/** What a daemon is asked, whatever the pact. */
export interface HostMethods {
  readonly probes: {
    /**
     * Answers at once. Open: no token, no rate limit.
     */
    readonly ping: (options?: CallOptions) => Promise<Ping>

    /**
     * The process lives. Open: no token, no rate limit.
     */
    readonly healthz: (options?: CallOptions) => Promise<Ping>

    /**
     * At least one pact is open. Open: no token, no rate limit.
     * Codes besides those of every route: NOT_READY.
     */
    readonly readyz: (options?: CallOptions) => Promise<Ready>
  }

  readonly host: {
    /**
     * The daemon: version, uptime, pacts, durability, network.
     */
    readonly status: (options?: CallOptions) => Promise<HostStatus>

    /**
     * Counters and gauges as Prometheus text.
     */
    readonly metrics: (options?: CallOptions) => Promise<string>

    /**
     * This contract as an OpenAPI 3.1 document.
     */
    readonly openapi: (options?: CallOptions) => Promise<unknown>
  }

  readonly pacts: {
    /**
     * Every pact of this home, those that could not be opened too.
     */
    readonly list: (options?: CallOptions) => Promise<PactList>

    /**
     * Makes a new pact with this peer as its creator.
     * Codes besides those of every route: IDEMPOTENCY_CONFLICT, NOT_CONFIRMED, PACT_ALIAS_EXISTS, PACT_NOT_READY, PAYLOAD_TOO_LARGE, REQUEST_TIMEOUT, STORAGE_FULL, UNSUPPORTED_MEDIA_TYPE.
     */
    readonly create: (body: CreatePact, options?: WriteOptions) => Promise<PactMade>

    /**
     * Makes a pact the current one, which `default` stands for.
     * Codes besides those of every route: IDEMPOTENCY_CONFLICT, NOT_CONFIRMED, PAYLOAD_TOO_LARGE, REQUEST_TIMEOUT, STORAGE_FULL, UNKNOWN_PACT, UNSUPPORTED_MEDIA_TYPE.
     */
    readonly switch: (body: SwitchPact, options?: WriteOptions) => Promise<PactSwitched>
  }

  readonly joins: {
    /**
     * Begins to join a pact and answers at once. How it goes on is told by its status.
     * Codes besides those of every route: IDEMPOTENCY_CONFLICT, INVITE_BAD_SHAPE, INVITE_EXPIRED, INVITE_WRONG_PACT, NOT_CONFIRMED, PACT_ALIAS_EXISTS, PAYLOAD_TOO_LARGE, REQUEST_TIMEOUT, STORAGE_FULL, UNSUPPORTED_MEDIA_TYPE.
     */
    readonly join: (body: JoinPact, options?: WriteOptions) => Promise<PactJoining>
  }

  /**
   * Full-text search in all pacts, ranked.
   */
  readonly search: (
    options: {
      readonly q: string
      readonly type?: "knowledge" | "task" | "skill" | "message" | "admin" | "invite-redeemed" | undefined
      readonly topic?: string | undefined
      readonly limit?: number | undefined
    } & CallOptions
  ) => Promise<HostHits>

  readonly events: {
    /**
     * Server-sent events of all pacts, or of one. Starts with `hello {version, cursor}`. A reader that comes back with `Last-Event-ID` gets what it missed, or one `resync {reason}`. A comment comes every 15 s. A reader that lets 1 MiB pile up is cut off.
     * Codes besides those of every route: UNKNOWN_PACT.
     */
    readonly stream: (
      options?: {
        readonly pact?: string | undefined
        readonly types?: string | undefined
        readonly lastEventId?: string | undefined
      } & CallOptions
    ) => EventStream
  }

  readonly dashboard: {
    /**
     * Makes a link that opens the dashboard once. `NOT_READY` where the daemon runs without a dashboard.
     * Codes besides those of every route: IDEMPOTENCY_CONFLICT, NOT_READY, STORAGE_FULL.
     */
    readonly link: (options?: WriteOptions) => Promise<DashboardLink>
  }
}

/** What one pact is asked. */
export interface PactMethods {
  /**
   * Renames a pact in this home. Nobody else notices.
   * Codes besides those of every route: PACT_ALIAS_EXISTS, PAYLOAD_TOO_LARGE, REQUEST_TIMEOUT, STORAGE_FULL, UNKNOWN_PACT, UNSUPPORTED_MEDIA_TYPE.
   */
  readonly alias: (body: RenamePact, options?: CallOptions) => Promise<PactRenamed>

  /**
   * Leaves a pact: announces it, gives up writer rights, deletes the data.
   * Codes besides those of every route: NOT_CONFIRMED, PACT_NOT_READY, PAYLOAD_TOO_LARGE, REQUEST_TIMEOUT, STORAGE_FULL, UNKNOWN_PACT, UNSUPPORTED_MEDIA_TYPE.
   */
  readonly remove: (body: RemovePact, options?: CallOptions) => Promise<PactRemoved>

  readonly joins: {
    /**
     * Admits a member key by an invite, and answers when that is confirmed. Indexers only.
     * Codes besides those of every route: BAD_ENTRY, HANDLE_TAKEN, IDEMPOTENCY_CONFLICT, INVITE_BAD_SHAPE, INVITE_EXPIRED, INVITE_NOT_INDEXER, INVITE_REVOKED, INVITE_SPENT, INVITE_WRONG_PACT, NOT_A_MEMBER, NOT_CONFIRMED, PACT_NOT_READY, PAYLOAD_TOO_LARGE, REQUEST_TIMEOUT, STORAGE_FULL, UNKNOWN_INVITE, UNKNOWN_PACT, UNSUPPORTED_MEDIA_TYPE, VIEW_TIMEOUT.
     */
    readonly redeem: (body: RedeemInvite, options?: WriteOptions) => Promise<InviteAccepted>
  }

  /**
   * One pact and this peer's part in it.
   * Codes besides those of every route: PACT_NOT_READY, UNKNOWN_PACT.
   */
  readonly status: (options?: CallOptions) => Promise<PactStatus>

  /**
   * The members, this peer first, the others by key. At most `limit` (1000) of them. Those behind the last come with `after` set to its `remote_key`.
   * Codes besides those of every route: PACT_NOT_READY, UNKNOWN_PACT.
   */
  readonly agents: (
    options?: {
      readonly online?: boolean | undefined
      readonly after?: MemberKey | undefined
      readonly limit?: number | undefined
    } & CallOptions
  ) => Rows<Agent>

  /**
   * Sets name and purpose for everybody. Creator only.
   * Codes besides those of every route: BAD_ENTRY, NOT_A_MEMBER, NOT_CREATOR, PACT_NOT_READY, PAYLOAD_TOO_LARGE, REQUEST_TIMEOUT, STORAGE_FULL, UNKNOWN_PACT, UNSUPPORTED_MEDIA_TYPE, VIEW_TIMEOUT.
   */
  readonly info: (
    body: SetPactInfo,
    options?: {
      readonly wait?: "applied" | "confirmed" | undefined
      readonly timeout_ms?: number | undefined
    } & CallOptions
  ) => Promise<PactInfo>

  /**
   * Sets this peer's display name in this pact. A member whose name the others don't see yet writes a message of the kind `rename`, and `id` names it. Where the name is the same, or this peer is no member, nothing is written: `id` and `confirmed` are null.
   * Codes besides those of every route: BAD_ENTRY, NOT_A_MEMBER, PACT_NOT_READY, PAYLOAD_TOO_LARGE, REQUEST_TIMEOUT, STORAGE_FULL, UNKNOWN_PACT, UNSUPPORTED_MEDIA_TYPE, VIEW_TIMEOUT.
   */
  readonly me: (
    body: SetMe,
    options?: {
      readonly wait?: "applied" | "confirmed" | undefined
      readonly timeout_ms?: number | undefined
    } & CallOptions
  ) => Promise<Me>

  readonly invites: {
    /**
     * The invites of the pact, whoever minted them. The pact holds public halves only. `nonce` and `share_url` are null for an invite that was minted on another machine, or so long ago that it is forgotten here: `invite` names it then.
     * Codes besides those of every route: BAD_CURSOR, PACT_NOT_READY, UNKNOWN_PACT.
     */
    readonly list: (
      options?: {
        readonly order?: "asc" | "desc" | undefined
        readonly limit?: number | undefined
        readonly cursor?: string | undefined
      } & CallOptions
    ) => Listing<Invite>

    /**
     * Makes an invite for one more member. Creator only. Holds for `ttl_ms`: a minute to 90 days, 7 days unless given. Whoever has the token may join, once.
     * Codes besides those of every route: BAD_ENTRY, IDEMPOTENCY_CONFLICT, NOT_A_MEMBER, NOT_CONFIRMED, NOT_CREATOR, PACT_NOT_READY, PAYLOAD_TOO_LARGE, REQUEST_TIMEOUT, STORAGE_FULL, UNKNOWN_PACT, UNSUPPORTED_MEDIA_TYPE, VIEW_TIMEOUT.
     */
    readonly mint: (
      body: MintInvite,
      options?: {
        readonly wait?: "applied" | "confirmed" | undefined
        readonly timeout_ms?: number | undefined
      } & WriteOptions
    ) => Promise<InviteMinted>

    /**
     * Revokes an invite for everybody. Creator only. The path takes its nonce (48 hex) or its public half (64 hex).
     * Codes besides those of every route: BAD_ENTRY, INVITE_REVOKED, INVITE_SPENT, NOT_A_MEMBER, NOT_CONFIRMED, NOT_CREATOR, PACT_NOT_READY, PAYLOAD_TOO_LARGE, REQUEST_TIMEOUT, STORAGE_FULL, UNKNOWN_INVITE, UNKNOWN_PACT, UNSUPPORTED_MEDIA_TYPE, VIEW_TIMEOUT.
     */
    readonly revoke: (
      nonce: string,
      body: RevokeInvite,
      options?: {
        readonly wait?: "applied" | "confirmed" | undefined
        readonly timeout_ms?: number | undefined
      } & CallOptions
    ) => Promise<InviteWasRevoked>
  }

  readonly members: {
    /**
     * Admits a member by its key, without an invite. Creator only. One that is a member already keeps its role, or gains by it.
     * Codes besides those of every route: BAD_ENTRY, HANDLE_TAKEN, IDEMPOTENCY_CONFLICT, NOT_A_MEMBER, NOT_CONFIRMED, NOT_CREATOR, PACT_NOT_READY, PAYLOAD_TOO_LARGE, REQUEST_TIMEOUT, STORAGE_FULL, UNKNOWN_PACT, UNSUPPORTED_MEDIA_TYPE, VIEW_TIMEOUT.
     */
    readonly add: (
      body: AddMember,
      options?: {
        readonly wait?: "applied" | "confirmed" | undefined
        readonly timeout_ms?: number | undefined
      } & WriteOptions
    ) => Promise<MemberChanged>

    /**
     * Removes a member. Creator only, but everybody may remove itself. The path names it, so nothing else confirms it. The creator and the last indexer stay.
     * Codes besides those of every route: BAD_ENTRY, LAST_INDEXER, NOT_A_MEMBER, NOT_CONFIRMED, NOT_CREATOR, PACT_NOT_READY, PAYLOAD_TOO_LARGE, REQUEST_TIMEOUT, STORAGE_FULL, UNKNOWN_PACT, UNSUPPORTED_MEDIA_TYPE, VIEW_TIMEOUT.
     */
    readonly drop: (
      key: MemberKey,
      options?: {
        readonly wait?: "applied" | "confirmed" | undefined
        readonly timeout_ms?: number | undefined
      } & CallOptions
    ) => Promise<MemberChanged>

    /**
     * Makes a member an indexer. Creator only.
     * Codes besides those of every route: BAD_ENTRY, HANDLE_TAKEN, IDEMPOTENCY_CONFLICT, NOT_A_MEMBER, NOT_CONFIRMED, NOT_CREATOR, PACT_NOT_READY, PAYLOAD_TOO_LARGE, REQUEST_TIMEOUT, STORAGE_FULL, UNKNOWN_PACT, UNSUPPORTED_MEDIA_TYPE, VIEW_TIMEOUT.
     */
    readonly promote: (
      body: NameMember,
      options?: {
        readonly wait?: "applied" | "confirmed" | undefined
        readonly timeout_ms?: number | undefined
      } & WriteOptions
    ) => Promise<MemberChanged>

    /**
     * Removes a member. Creator only, but everybody may remove itself.
     * Codes besides those of every route: BAD_ENTRY, IDEMPOTENCY_CONFLICT, LAST_INDEXER, NOT_A_MEMBER, NOT_CONFIRMED, NOT_CREATOR, PACT_NOT_READY, PAYLOAD_TOO_LARGE, REQUEST_TIMEOUT, STORAGE_FULL, UNKNOWN_PACT, UNSUPPORTED_MEDIA_TYPE, VIEW_TIMEOUT.
     */
    readonly remove: (
      body: NameMember,
      options?: {
        readonly wait?: "applied" | "confirmed" | undefined
        readonly timeout_ms?: number | undefined
      } & WriteOptions
    ) => Promise<MemberChanged>
  }

  readonly knowledge: {
    /**
     * Knowledge, by topic, author and time.
     * Codes besides those of every route: BAD_CURSOR, PACT_NOT_READY, UNKNOWN_PACT.
     */
    readonly list: (
      options?: {
        readonly order?: "asc" | "desc" | undefined
        readonly limit?: number | undefined
        readonly cursor?: string | undefined
        readonly topic?: string | undefined
        readonly agent_id?: AgentId | undefined
        readonly since?: number | undefined
      } & CallOptions
    ) => Listing<Knowledge>

    /**
     * Records one piece of knowledge.
     * Codes besides those of every route: BAD_ENTRY, IDEMPOTENCY_CONFLICT, NOT_A_MEMBER, PACT_NOT_READY, PAYLOAD_TOO_LARGE, REQUEST_TIMEOUT, STORAGE_FULL, UNKNOWN_PACT, UNSUPPORTED_MEDIA_TYPE, VIEW_TIMEOUT.
     */
    readonly record: (
      body: NewKnowledge,
      options?: {
        readonly wait?: "applied" | "confirmed" | undefined
        readonly timeout_ms?: number | undefined
      } & WriteOptions
    ) => Promise<Knowledge>

    /**
     * The topics by name, with the number of their entries. At most `limit` (1000) of them. Those behind the last come with `after` set to its name.
     * Codes besides those of every route: PACT_NOT_READY, UNKNOWN_PACT.
     */
    readonly topics: (
      options?: { readonly after?: string | undefined; readonly limit?: number | undefined } & CallOptions
    ) => Rows<Topic>
  }

  readonly tasks: {
    /**
     * Tasks, by status, assignee and claimer.
     * Codes besides those of every route: BAD_CURSOR, PACT_NOT_READY, UNKNOWN_PACT.
     */
    readonly list: (
      options?: {
        readonly order?: "asc" | "desc" | undefined
        readonly limit?: number | undefined
        readonly cursor?: string | undefined
        readonly status?: "open" | "claimed" | "complete" | undefined
        readonly assigned_to?: AgentId | undefined
        readonly claimed_by?: AgentId | undefined
      } & CallOptions
    ) => Listing<Task>

    /**
     * Makes a task that is open to be claimed.
     * Codes besides those of every route: BAD_ENTRY, IDEMPOTENCY_CONFLICT, NOT_A_MEMBER, PACT_NOT_READY, PAYLOAD_TOO_LARGE, REQUEST_TIMEOUT, STORAGE_FULL, UNKNOWN_PACT, UNSUPPORTED_MEDIA_TYPE, VIEW_TIMEOUT.
     */
    readonly create: (
      body: NewTask,
      options?: {
        readonly wait?: "applied" | "confirmed" | undefined
        readonly timeout_ms?: number | undefined
      } & WriteOptions
    ) => Promise<TaskWritten>

    /**
     * One task, with what led to its state.
     * Codes besides those of every route: PACT_NOT_READY, UNKNOWN_PACT.
     */
    readonly task: (id: EntryId, options?: CallOptions) => Promise<TaskWithHistory>

    /**
     * Takes a task for a time. `confirmed: false` means that the claim may still lose against one of another machine. Work that must not be done twice starts with `wait=confirmed`.
     * Codes besides those of every route: BAD_ENTRY, NOT_ASSIGNEE, NOT_A_MEMBER, PACT_NOT_READY, PAYLOAD_TOO_LARGE, REQUEST_TIMEOUT, STORAGE_FULL, TASK_ALREADY_CLAIMED, TASK_ALREADY_COMPLETE, UNKNOWN_PACT, UNSUPPORTED_MEDIA_TYPE, VIEW_TIMEOUT.
     */
    readonly claim: (
      id: EntryId,
      body?: ClaimTask,
      options?: {
        readonly wait?: "applied" | "confirmed" | undefined
        readonly timeout_ms?: number | undefined
        readonly agent?: string | undefined
      } & CallOptions
    ) => Promise<TaskWritten>

    /**
     * Makes a claim last longer.
     * Codes besides those of every route: BAD_ENTRY, NOT_A_MEMBER, NOT_CLAIMED, NOT_CLAIMER, PACT_NOT_READY, PAYLOAD_TOO_LARGE, REQUEST_TIMEOUT, STALE_CLAIM, STORAGE_FULL, TASK_ALREADY_COMPLETE, UNKNOWN_PACT, UNSUPPORTED_MEDIA_TYPE, VIEW_TIMEOUT.
     */
    readonly renew: (
      id: EntryId,
      body?: RenewTask,
      options?: {
        readonly wait?: "applied" | "confirmed" | undefined
        readonly timeout_ms?: number | undefined
        readonly agent?: string | undefined
      } & CallOptions
    ) => Promise<TaskWritten>

    /**
     * Gives a claimed task back.
     * Codes besides those of every route: BAD_ENTRY, NOT_A_MEMBER, NOT_CLAIMED, NOT_CLAIMER, PACT_NOT_READY, PAYLOAD_TOO_LARGE, REQUEST_TIMEOUT, STALE_CLAIM, STORAGE_FULL, TASK_ALREADY_COMPLETE, UNKNOWN_PACT, UNSUPPORTED_MEDIA_TYPE, VIEW_TIMEOUT.
     */
    readonly release: (
      id: EntryId,
      body?: ReleaseTask,
      options?: {
        readonly wait?: "applied" | "confirmed" | undefined
        readonly timeout_ms?: number | undefined
        readonly agent?: string | undefined
      } & CallOptions
    ) => Promise<TaskWritten>

    /**
     * Ends a task, with its result.
     * Codes besides those of every route: BAD_ENTRY, NOT_ASSIGNEE, NOT_A_MEMBER, NOT_CLAIMED, NOT_CLAIMER, PACT_NOT_READY, PAYLOAD_TOO_LARGE, REQUEST_TIMEOUT, STALE_CLAIM, STORAGE_FULL, TASK_ALREADY_COMPLETE, UNKNOWN_PACT, UNSUPPORTED_MEDIA_TYPE, VIEW_TIMEOUT.
     */
    readonly complete: (
      id: EntryId,
      body?: CompleteTask,
      options?: {
        readonly wait?: "applied" | "confirmed" | undefined
        readonly timeout_ms?: number | undefined
        readonly agent?: string | undefined
      } & CallOptions
    ) => Promise<TaskWritten>
  }

  readonly skills: {
    /**
     * Skills, without their content.
     * Codes besides those of every route: BAD_CURSOR, PACT_NOT_READY, UNKNOWN_PACT.
     */
    readonly list: (
      options?: {
        readonly order?: "asc" | "desc" | undefined
        readonly limit?: number | undefined
        readonly cursor?: string | undefined
        readonly format?: "openclaw" | "langchain" | "generic" | undefined
      } & CallOptions
    ) => Listing<SkillBrief>

    /**
     * Shares a skill with everybody in the pact.
     * Codes besides those of every route: BAD_ENTRY, BAD_SKILL_NAME, IDEMPOTENCY_CONFLICT, NOT_A_MEMBER, PACT_NOT_READY, PAYLOAD_TOO_LARGE, REQUEST_TIMEOUT, SKILL_CHECKSUM_MISMATCH, STORAGE_FULL, UNKNOWN_PACT, UNSUPPORTED_MEDIA_TYPE, VIEW_TIMEOUT.
     */
    readonly post: (
      body: NewSkill,
      options?: {
        readonly wait?: "applied" | "confirmed" | undefined
        readonly timeout_ms?: number | undefined
      } & WriteOptions
    ) => Promise<Skill>

    /**
     * The skills that are installed on this machine. Each file is verified. One that was changed is set aside, and named.
     * Codes besides those of every route: PACT_NOT_READY, STORAGE_FULL, UNKNOWN_PACT.
     */
    readonly installed: (options?: CallOptions) => Promise<{ readonly entries: ReadonlyArray<InstalledSkill> }>

    /**
     * The content of a skill, verified at every read.
     * Codes besides those of every route: PACT_NOT_READY, SKILL_DAMAGED, UNKNOWN_PACT.
     */
    readonly content: (id: EntryId, options?: CallOptions) => Promise<SkillContent>

    /**
     * Writes a skill to the pact's skills folder on this machine. Nothing is run. One that has the same name is replaced.
     * Codes besides those of every route: BAD_SKILL_NAME, IDEMPOTENCY_CONFLICT, NOT_CONFIRMED, PACT_NOT_READY, PAYLOAD_TOO_LARGE, REQUEST_TIMEOUT, SKILL_DAMAGED, STORAGE_FULL, UNKNOWN_PACT, UNSUPPORTED_MEDIA_TYPE.
     */
    readonly install: (id: EntryId, body: InstallSkill, options?: WriteOptions) => Promise<InstalledSkill>

    /**
     * Takes an installed skill off this machine.
     * Codes besides those of every route: BAD_SKILL_NAME, NOT_CONFIRMED, PACT_NOT_READY, PAYLOAD_TOO_LARGE, REQUEST_TIMEOUT, STORAGE_FULL, UNKNOWN_PACT, UNSUPPORTED_MEDIA_TYPE.
     */
    readonly uninstall: (id: EntryId, body: UninstallSkill, options?: CallOptions) => Promise<InstalledSkill>
  }

  readonly messages: {
    /**
     * Messages, by author, time and thread.
     * Codes besides those of every route: BAD_CURSOR, PACT_NOT_READY, UNKNOWN_PACT.
     */
    readonly list: (
      options?: {
        readonly order?: "asc" | "desc" | undefined
        readonly limit?: number | undefined
        readonly cursor?: string | undefined
        readonly since?: number | undefined
        readonly agent_id?: AgentId | undefined
        readonly thread?: EntryId | undefined
      } & CallOptions
    ) => Listing<Message>

    /**
     * Sends a message to everybody in the pact.
     * Codes besides those of every route: BAD_ENTRY, IDEMPOTENCY_CONFLICT, NOT_A_MEMBER, PACT_NOT_READY, PAYLOAD_TOO_LARGE, REQUEST_TIMEOUT, STORAGE_FULL, UNKNOWN_PACT, UNSUPPORTED_MEDIA_TYPE, VIEW_TIMEOUT.
     */
    readonly send: (
      body: NewMessage,
      options?: {
        readonly wait?: "applied" | "confirmed" | undefined
        readonly timeout_ms?: number | undefined
      } & WriteOptions
    ) => Promise<Message>
  }

  readonly entries: {
    /**
     * One entry of any type, with its verdict.
     * Codes besides those of every route: PACT_NOT_READY, UNKNOWN_PACT.
     */
    readonly entry: (id: EntryId, options?: CallOptions) => Promise<AcceptedEntry | RefusedEntry>

    /**
     * The entries that refer to this one.
     * Codes besides those of every route: BAD_CURSOR, PACT_NOT_READY, UNKNOWN_PACT.
     */
    readonly referencedBy: (
      id: EntryId,
      options?: {
        readonly order?: "asc" | "desc" | undefined
        readonly limit?: number | undefined
        readonly cursor?: string | undefined
      } & CallOptions
    ) => Listing<Entry>

    /**
     * All entries in the linear order, by type and time.
     * Codes besides those of every route: BAD_CURSOR, PACT_NOT_READY, UNKNOWN_PACT.
     */
    readonly log: (
      options?: {
        readonly order?: "asc" | "desc" | undefined
        readonly limit?: number | undefined
        readonly cursor?: string | undefined
        readonly type?: "knowledge" | "task" | "skill" | "message" | "admin" | "invite-redeemed" | undefined
        readonly since?: number | undefined
      } & CallOptions
    ) => Listing<Entry>

    /**
     * What came since a cursor, oldest first. Waits up to `wait` seconds when there is nothing new. Without `since` it begins at the first entry, or with `from=head` behind the last one. `reset: true` says that the order before the cursor changed: reading goes on from what was confirmed then, so some entries come again. Their ids tell.
     * Codes besides those of every route: BAD_CURSOR, PACT_NOT_READY, UNKNOWN_PACT.
     */
    readonly changes: (
      options?: {
        readonly since?: string | undefined
        readonly wait?: number | undefined
        readonly limit?: number | undefined
        readonly from?: "head" | undefined
        readonly confirmed?: boolean | undefined
        readonly type?: "knowledge" | "task" | "skill" | "message" | "admin" | "invite-redeemed" | undefined
      } & CallOptions
    ) => Feed<Changes>
  }

  /**
   * Full-text search in one pact, ranked.
   * Codes besides those of every route: PACT_NOT_READY, UNKNOWN_PACT.
   */
  readonly search: (
    options: {
      readonly q: string
      readonly type?: "knowledge" | "task" | "skill" | "message" | "admin" | "invite-redeemed" | undefined
      readonly topic?: string | undefined
      readonly limit?: number | undefined
    } & CallOptions
  ) => Promise<Hits>
}
