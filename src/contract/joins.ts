import { Schema } from "effect"
import { HttpApiEndpoint, HttpApiGroup, OpenApi } from "effect/http-api"
import { Role } from "../domain/entry.ts"
import {
  BadEntry,
  HandleTaken,
  InviteBadShape,
  InviteExpired,
  InviteNotIndexer,
  InviteRevoked,
  InviteSpent,
  InviteWrongPact,
  NotAMember,
  NotConfirmed,
  PactAliasExists,
  PactNotReady,
  UnknownInvite,
  UnknownPact,
  ViewTimeout
} from "../domain/errors.ts"
import { AgentId, Alias, MemberKey, PactId } from "../domain/ids.ts"
import { WaitingFor } from "../domain/joining.ts"
import { DisplayName, PactName, PactPurpose, text } from "../domain/payloads.ts"
import { bodied, keyed } from "./errors.ts"
import { pact } from "./parameters.ts"
import { Bearer } from "./security.ts"

/** An invite's token, or the link that carries it. */
const Token = text(8192)

/**
 * `token`, or `key`: the pact id alone, where the creator adds this machine's member key by hand. With both, the invite takes
 * the place of another one that a join of that pact waits with: that is `NOT_CONFIRMED` without `key`. `confirm` must be
 * true, else `NOT_CONFIRMED`. The alias is made from the name in the invite unless given.
 */
export const JoinPact = Schema.Struct({
  token: Schema.optionalKey(Token),
  key: Schema.optionalKey(PactId),
  alias: Schema.optionalKey(Alias),
  display_name: Schema.optionalKey(DisplayName),
  confirm: Schema.optionalKey(Schema.Boolean)
}).annotate({ identifier: "JoinPact" })

/** `public_key` is the member key that this machine has in the pact. `pact_name` is what the invite says. */
export const PactJoining = Schema.Struct({
  ok: Schema.Literal(true),
  alias: Alias,
  pact_id: PactId,
  pact_name: Schema.NullOr(PactName),
  pact_purpose: Schema.NullOr(PactPurpose),
  display_name: Schema.NullOr(DisplayName),
  peer_handle: AgentId,
  public_key: MemberKey,
  role: Schema.NullOr(Role),
  joining: Schema.Literal(true),
  waiting_for: WaitingFor
}).annotate({ identifier: "PactJoining" })

/** `confirm` must be true, else `NOT_CONFIRMED`. `writer_key` is the member key of who is to be admitted. */
export const RedeemInvite = Schema.Struct({
  token: Token,
  writer_key: MemberKey,
  confirm: Schema.optionalKey(Schema.Boolean)
}).annotate({ identifier: "RedeemInvite" })

export const InviteAccepted = Schema.Struct({
  ok: Schema.Literal(true),
  pact_id: PactId,
  writer_key: MemberKey,
  agent_id: AgentId,
  confirmed: Schema.Literal(true)
}).annotate({ identifier: "InviteAccepted" })

export const joins = HttpApiGroup.make("joins")
  .add(
    HttpApiEndpoint.post("join", "/v1/pacts/join", {
      payload: JoinPact,
      success: PactJoining,
      error: [...bodied, NotConfirmed, InviteBadShape, InviteWrongPact, InviteExpired, PactAliasExists, ...keyed]
    }).annotateMerge(
      OpenApi.annotations({
        summary: "Begins to join a pact and answers at once. How it goes on is told by its status."
      })
    ),
    HttpApiEndpoint.post("redeem", "/v1/pacts/:pactId/invites/redeem", {
      params: pact,
      payload: RedeemInvite,
      success: InviteAccepted,
      error: [
        ...bodied,
        UnknownPact,
        PactNotReady,
        NotConfirmed,
        InviteBadShape,
        InviteWrongPact,
        UnknownInvite,
        InviteRevoked,
        InviteSpent,
        InviteExpired,
        InviteNotIndexer,
        HandleTaken,
        NotAMember,
        BadEntry,
        ViewTimeout,
        ...keyed
      ]
    }).annotateMerge(
      OpenApi.annotations({
        summary: "Admits a member key by an invite, and answers when that is confirmed. Indexers only."
      })
    )
  )
  .middleware(Bearer)
  .annotateMerge(OpenApi.annotations({ title: "Joining" }))
