import { Schema } from "effect"
import { AgentId, EntryId, InviteKey, MemberKey } from "../domain/ids.ts"
import { PactName, PactPurpose, Timestamp, Worker } from "../domain/payloads.ts"
import { Role } from "../domain/entry.ts"

/**
 * What `apply` holds true after an entry: one small value a member, task, invite, and one for the pact itself.
 * A decision is a verdict and the facts it sets. `state` keeps the newest of each, `log` all of them in order,
 * and the read model and the events are made from the log's. Nobody else computes them.
 */

/** `removed` members keep their handle for ever, so that nobody else can take it. */
export const MemberFact = Schema.Struct({
  kind: Schema.Literal("member"),
  key: MemberKey,
  agent_id: AgentId,
  role: Role,
  active: Schema.Boolean
})
export type MemberFact = typeof MemberFact.Type

/**
 * A task. `claim` is the accepted claim in force (its entry id) and null when there is none; `fence` counts the
 * accepted claims, ever; `until` is the end of the lease in ms, `ttl` the task's own default lease.
 */
export const TaskFact = Schema.Struct({
  kind: Schema.Literal("task"),
  id: EntryId,
  status: Schema.Literals(["open", "claimed", "complete"]),
  assigned_to: Schema.NullOr(AgentId),
  ttl: Schema.NullOr(Schema.Int),
  claim: Schema.NullOr(EntryId),
  fence: Schema.Int,
  holder: Schema.NullOr(AgentId),
  /** The full key of the holder: handles are labels, authority is the key. */
  holder_key: Schema.NullOr(MemberKey),
  worker: Schema.NullOr(Worker),
  claimed_at: Schema.NullOr(Timestamp),
  lease: Schema.NullOr(Schema.Int),
  until: Schema.NullOr(Schema.Int),
  /**
   * Only where the clock of who took or renewed the lease was ahead of the pact's time: after a quiet time, or because it
   * is wrong. `since` is what that clock said, `until` the end by the pact's time.
   */
  ahead: Schema.optionalKey(Schema.Struct({ since: Timestamp, until: Schema.Int }))
})
export type TaskFact = typeof TaskFact.Type

export const InviteFact = Schema.Struct({
  kind: Schema.Literal("invite"),
  invite: InviteKey,
  expires_at: Timestamp,
  revoked: Schema.Boolean,
  /** The member key it was redeemed for, once. */
  redeemed_by: Schema.NullOr(MemberKey),
  /** The entry that redeemed it. Only an addWriter of the same frame admits. */
  redemption: Schema.NullOr(EntryId),
  /** True once the addWriter of that redemption was accepted. */
  admitted: Schema.Boolean
})
export type InviteFact = typeof InviteFact.Type

export const PactFact = Schema.Struct({
  kind: Schema.Literal("pact"),
  name: Schema.NullOr(PactName),
  purpose: Schema.NullOr(PactPurpose),
  /** Active members that are indexers, the creator included. */
  indexers: Schema.Int
})
export type PactFact = typeof PactFact.Type

export type Fact = MemberFact | TaskFact | InviteFact | PactFact
