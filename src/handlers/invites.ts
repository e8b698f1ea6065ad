import { Clock, Effect } from "effect"
import { invites } from "../contract/invites.ts"
import { Internal, NotConfirmed, NotCreator } from "../domain/errors.ts"
import { encodeInvite, inviteUrl } from "../domain/invite-token.ts"
import { limits } from "../domain/limits.ts"
import { inviteKeyOf } from "../engine/crypto.ts"
import { handle } from "../http/handlers.ts"
import type { Pact } from "../pacts/Pact.ts"
import { Pacts } from "../pacts/Pacts.ts"
import { writeAdmin } from "./admin.ts"
import { pageQuery, query as run, told, unconfirmed } from "./serve.ts"

export const inviteHandlers = Effect.gen(function* () {
  const pacts = yield* Pacts
  return handle(invites, {
    list: Effect.fnUntraced(function* ({ params, query }) {
      const pact = yield* pacts.find(params.pactId)
      const now = yield* Clock.currentTimeMillis
      const { cursor, hasMore, invites } = yield* pageQuery(() => pact.read.invites(now, query))
      const secrets = yield* Effect.mapError(pact.invites.all, told)
      const tokenOf = yield* tokensOf(pact)
      const entries = invites.map((invite) => {
        const nonce = secrets.get(invite.invite)?.nonce ?? null
        const live = nonce !== null && invite.status === "live"
        return { ...invite, nonce, share_url: live ? inviteUrl(tokenOf(nonce, invite.expires_at)) : null }
      })
      return { entries, cursor, has_more: hasMore }
    }),
    mint: Effect.fnUntraced(function* ({ params, payload: { confirm, ttl_ms = limits.inviteTtlDefault }, query }) {
      const pact = yield* pacts.find(params.pactId)
      if (confirm !== true) return yield* unconfirmed("Making an invite")
      const role = (yield* run(() => pact.read.member(pact.memberKey)))?.role
      if (role !== "creator") return yield* new NotCreator({ message: "Only the creator can invite." })
      const expires_at = (yield* Clock.currentTimeMillis) + ttl_ms
      // The secret goes to disk first: without it nobody could use what is minted.
      const made = yield* Effect.catchTag(pact.invites.make(expires_at), "HomeError", told)
      const drop = Effect.ignore(pact.invites.drop(made.invite))
      const written = yield* writeAdmin(pact, { action: "mintInvite", invite: made.invite, expires_at }, query, [
        "NOT_CREATOR"
      ]).pipe(Effect.tapError((error) => (mayBeWritten(error) ? Effect.void : drop)))
      const { payload } = JSON.parse(written.json) as { readonly payload: MintedPayload }
      const { confirmed, id } = written
      if (payload.invite === made.invite) return yield* minted(pact, { ...made, expires_at }, { confirmed, id })
      // An earlier try of the same request minted it: its secret is the one that counts.
      yield* drop
      const secret = (yield* Effect.mapError(pact.invites.all, told)).get(payload.invite)
      if (secret === undefined)
        return yield* new Internal({
          message: `The secret of the invite ${payload.invite} is lost. Revoke it and make another.`
        })
      return yield* minted(pact, { ...payload, nonce: secret.nonce }, { confirmed, id })
    }),
    revoke: Effect.fnUntraced(function* ({ params: { nonce, pactId }, payload: { confirm }, query }) {
      const pact = yield* pacts.find(pactId)
      if (confirm !== nonce)
        return yield* new NotConfirmed({ message: `To revoke this invite, repeat it: "confirm": "${nonce}".` })
      const invite = nonce.length === 64 ? nonce : inviteKeyOf(nonce)
      const { confirmed, id } = yield* writeAdmin(pact, { action: "revokeInvite", invite }, query, [
        "NOT_CREATOR",
        "UNKNOWN_INVITE",
        "INVITE_SPENT",
        "INVITE_REVOKED"
      ]).pipe(Effect.catchTag("IDEMPOTENCY_CONFLICT", Effect.die))
      return { ok: true, invite, id, confirmed } as const
    })
  })
})

type MintedPayload = { readonly invite: string; readonly expires_at: number }

/** Its secret must stay then. */
const mayBeWritten = ({ _tag }: { readonly _tag: string }): boolean =>
  _tag === "VIEW_TIMEOUT" || _tag === "PACT_NOT_READY" || _tag === "STORAGE_FULL"

const minted = Effect.fnUntraced(function* (
  pact: Pact,
  { expires_at, invite, nonce }: MintedPayload & { readonly nonce: string },
  written: { readonly id: string; readonly confirmed: boolean }
) {
  const token = (yield* tokensOf(pact))(nonce, expires_at)
  return { token, share_url: inviteUrl(token), nonce, invite, expires_at, ...written }
})

/** Makes the tokens of a pact. They say what it is called, and by whom. */
const tokensOf = Effect.fnUntraced(function* (pact: Pact) {
  const { display_name } = yield* pact.config
  const name = (yield* run(() => pact.read.pact()))?.name ?? null
  return (nonce: string, expiresAt: number): string =>
    encodeInvite({
      v: 1,
      pactId: pact.pactId,
      nonce,
      expiresAt,
      ...(name === null ? {} : { pactName: name }),
      ...(display_name === null ? {} : { issuerDisplay: display_name })
    })
})
