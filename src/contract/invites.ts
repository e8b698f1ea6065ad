import { Schema } from "effect"
import { HttpApiEndpoint, HttpApiGroup, OpenApi } from "effect/http-api"
import { InviteRevoked, InviteSpent, NotConfirmed, NotCreator, UnknownInvite } from "../domain/errors.ts"
import { EntryId, InviteKey, InviteNonce, MemberKey } from "../domain/ids.ts"
import { limits } from "../domain/limits.ts"
import { Timestamp } from "../domain/payloads.ts"
import { inList, inWrite, keyed } from "./errors.ts"
import { page, pageOf, pact, write } from "./parameters.ts"
import { Bearer } from "./security.ts"

/** `confirm` must be true, else `NOT_CONFIRMED`. `ttl_ms` is how long the invite holds: 7 days unless given. */
export const MintInvite = Schema.Struct({
  ttl_ms: Schema.optionalKey(
    Schema.Int.check(
      Schema.isBetween(
        { minimum: limits.inviteTtlMin, maximum: limits.inviteTtlMax },
        { expected: `1 minute to 90 days (${limits.inviteTtlMin} to ${limits.inviteTtlMax} ms)` }
      )
    )
  ),
  confirm: Schema.optionalKey(Schema.Boolean)
}).annotate({ identifier: "MintInvite" })

/**
 * `token` and `share_url` are secrets: who has one may join, once. `invite` is the public half that the pact holds. `id`
 * is the entry that minted it.
 */
export const InviteMinted = Schema.Struct({
  token: Schema.String,
  share_url: Schema.String,
  nonce: InviteNonce,
  invite: InviteKey,
  expires_at: Timestamp,
  id: EntryId,
  confirmed: Schema.Boolean
}).annotate({ identifier: "InviteMinted" })

/**
 * The pact holds the public half of an invite, `invite`. `nonce` is the secret half: null where it was minted on another
 * machine, or so long ago that it is forgotten here. `share_url` is there while an invite that was minted here is live.
 */
export const InviteView = Schema.Struct({
  nonce: Schema.NullOr(InviteNonce),
  invite: InviteKey,
  expires_at: Timestamp,
  created_at: Timestamp,
  status: Schema.Literals(["live", "spent", "revoked", "expired"]),
  spent_by: Schema.NullOr(MemberKey),
  spent_at: Schema.NullOr(Timestamp),
  share_url: Schema.NullOr(Schema.String)
}).annotate({ identifier: "Invite" })
export type InviteView = typeof InviteView.Type

/** An invite by either half. */
const InviteName = Schema.String.check(
  Schema.isPattern(/^(?:[0-9a-f]{48}|[0-9a-f]{64})$/u, {
    expected: "the public half of an invite (64 lower-case hex digits) or its nonce (48)"
  })
)

/** `confirm` repeats what the path names the invite by. */
export const RevokeInvite = Schema.Struct({ confirm: Schema.optionalKey(Schema.String) }).annotate({
  identifier: "RevokeInvite"
})
/** `id` is the entry that revoked it. */
export const InviteWasRevoked = Schema.Struct({
  ok: Schema.Literal(true),
  invite: InviteKey,
  id: EntryId,
  confirmed: Schema.Boolean
}).annotate({ identifier: "InviteWasRevoked" })

export const invites = HttpApiGroup.make("invites")
  .add(
    HttpApiEndpoint.get("list", "/v1/pacts/:pactId/invites", {
      params: pact,
      query: page,
      success: pageOf(InviteView),
      error: inList
    }).annotateMerge(
      OpenApi.annotations({
        summary: "The invites of the pact, whoever minted them.",
        description:
          "The pact holds public halves only. `nonce` and `share_url` are null for an invite that was minted on another " +
          "machine, or so long ago that it is forgotten here: `invite` names it then."
      })
    ),
    HttpApiEndpoint.post("mint", "/v1/pacts/:pactId/invites", {
      params: pact,
      query: write,
      payload: MintInvite,
      success: InviteMinted,
      error: [...inWrite, ...keyed, NotConfirmed, NotCreator]
    }).annotateMerge(
      OpenApi.annotations({
        summary: "Makes an invite for one more member. Creator only.",
        description:
          "Holds for `ttl_ms`: a minute to 90 days, 7 days unless given. Whoever has the token may join, once."
      })
    ),
    HttpApiEndpoint.delete("revoke", "/v1/pacts/:pactId/invites/:nonce", {
      params: { ...pact, nonce: InviteName },
      query: write,
      payload: RevokeInvite,
      success: InviteWasRevoked,
      error: [...inWrite, NotConfirmed, NotCreator, UnknownInvite, InviteSpent, InviteRevoked]
    }).annotateMerge(
      OpenApi.annotations({
        summary: "Revokes an invite for everybody. Creator only.",
        description: "The path takes its nonce (48 hex) or its public half (64 hex)."
      })
    )
  )
  .middleware(Bearer)
  .annotateMerge(OpenApi.annotations({ title: "Invites" }))
