import { Schema } from "effect"
import { HttpApiEndpoint, HttpApiGroup, OpenApi } from "effect/http-api"
import { Role } from "../domain/entry.ts"
import { NotCreator } from "../domain/errors.ts"
import { AgentId, EntryId, MemberKey, PactId } from "../domain/ids.ts"
import { JoinError, WaitingFor } from "../domain/joining.ts"
import { limits } from "../domain/limits.ts"
import { DisplayName, PactName, PactPurpose, Timestamp } from "../domain/payloads.ts"
import { inPact, inWrite } from "./errors.ts"
import { Durability } from "./host.ts"
import { flag, pact, whole, write } from "./parameters.ts"
import { Bearer } from "./security.ts"

/**
 * `public_key` is this peer's member key. `agents` counts the members, `online` the others of them that are connected now,
 * and `indexers` those whose signatures count: confirming takes more than half of them. `confirmed_lag` counts entries
 * that no majority of indexers signed yet. `synced` is true when this machine has taken in all that the peers of this
 * moment have told it of. While it joins the pact, `joining` is true and `waiting_for` says what for; `error` is why it
 * can't go on. `removal_told_by` counts members that say that this machine was removed, which it has not read itself: their
 * word, and nothing follows from it here. It is left out where nobody says so.
 */
export const PactStatus = Schema.Struct({
  pact_id: PactId,
  pact_name: Schema.NullOr(PactName),
  pact_purpose: Schema.NullOr(PactPurpose),
  peer_handle: AgentId,
  display_name: Schema.NullOr(DisplayName),
  role: Schema.NullOr(Role),
  public_key: MemberKey,
  agents: Schema.Int,
  online: Schema.Int,
  indexers: Schema.Int,
  entries: Schema.Int,
  counts: Schema.Struct({
    knowledge: Schema.Int,
    task: Schema.Int,
    skill: Schema.Int,
    message: Schema.Int
  }),
  is_member: Schema.Boolean,
  is_indexer: Schema.Boolean,
  synced: Schema.Boolean,
  joining: Schema.optionalKey(Schema.Literal(true)),
  waiting_for: Schema.optionalKey(WaitingFor),
  error: Schema.optionalKey(JoinError),
  confirmed_lag: Schema.Int,
  removal_told_by: Schema.optionalKey(Schema.Int),
  durability: Durability
}).annotate({ identifier: "PactStatus" })

/**
 * `remote_key` is the member key. `last_seen` is null for a peer that was never met. `connected_to` are the member keys
 * that this peer is connected to, or that the daemon of another one tells as its own connections: its word, at most 120
 * of them, and of no more than this moment. It is left out where nothing is told.
 */
export const Agent = Schema.Struct({
  id: AgentId,
  remote_key: MemberKey,
  role: Role,
  display_name: Schema.NullOr(DisplayName),
  online: Schema.Boolean,
  is_self: Schema.Boolean,
  entries: Schema.Int,
  last_seen: Schema.NullOr(Timestamp),
  connected_to: Schema.optionalKey(Schema.Array(MemberKey))
}).annotate({ identifier: "Agent" })

/** Null clears a field, an absent one stays. */
export const SetPactInfo = Schema.Struct({
  name: Schema.optionalKey(Schema.NullOr(PactName)),
  purpose: Schema.optionalKey(Schema.NullOr(PactPurpose))
}).annotate({ identifier: "SetPactInfo" })
/** `id` is the entry that says so. */
export const PactInfo = Schema.Struct({
  ok: Schema.Literal(true),
  pact_id: PactId,
  pact_name: Schema.NullOr(PactName),
  pact_purpose: Schema.NullOr(PactPurpose),
  id: EntryId,
  confirmed: Schema.Boolean
}).annotate({ identifier: "PactInfo" })

/** Null clears the name. */
export const SetMe = Schema.Struct({ display_name: Schema.NullOr(DisplayName) }).annotate({ identifier: "SetMe" })
/** `id` is the entry that tells the others. It and `confirmed` are null where none was written. */
export const Me = Schema.Struct({
  ok: Schema.Literal(true),
  pact_id: PactId,
  peer_handle: AgentId,
  display_name: Schema.NullOr(DisplayName),
  id: Schema.NullOr(EntryId),
  confirmed: Schema.NullOr(Schema.Boolean)
}).annotate({ identifier: "Me" })

export const pactGroup = HttpApiGroup.make("pact")
  .add(
    HttpApiEndpoint.get("status", "/v1/pacts/:pactId/status", {
      params: pact,
      success: PactStatus,
      error: inPact
    }).annotateMerge(OpenApi.annotations({ summary: "One pact and this peer's part in it." })),
    HttpApiEndpoint.get("agents", "/v1/pacts/:pactId/agents", {
      params: pact,
      query: {
        online: Schema.optionalKey(flag),
        after: Schema.optionalKey(MemberKey),
        limit: Schema.optionalKey(whole(1, limits.pageMax))
      },
      success: Schema.Array(Agent),
      error: inPact
    }).annotateMerge(
      OpenApi.annotations({
        summary: "The members, this peer first, the others by key.",
        description: "At most `limit` (1000) of them. Those behind the last come with `after` set to its `remote_key`."
      })
    ),
    HttpApiEndpoint.put("info", "/v1/pacts/:pactId/info", {
      params: pact,
      query: write,
      payload: SetPactInfo,
      success: PactInfo,
      error: [...inWrite, NotCreator]
    }).annotateMerge(OpenApi.annotations({ summary: "Sets name and purpose for everybody. Creator only." })),
    HttpApiEndpoint.put("me", "/v1/pacts/:pactId/me", {
      params: pact,
      query: write,
      payload: SetMe,
      success: Me,
      error: inWrite
    }).annotateMerge(
      OpenApi.annotations({
        summary: "Sets this peer's display name in this pact.",
        description:
          "A member whose name the others don't see yet writes a message of the kind `rename`, and `id` names it. " +
          "Where the name is the same, or this peer is no member, nothing is written: `id` and `confirmed` are null."
      })
    )
  )
  .middleware(Bearer)
  .annotateMerge(OpenApi.annotations({ title: "One pact" }))
