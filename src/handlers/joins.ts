import { Clock, Effect } from "effect"
import { joins as group } from "../contract/joins.ts"
import { BadRequest, InviteExpired, InviteWrongPact } from "../domain/errors.ts"
import { agentIdOf } from "../domain/ids.ts"
import { decodeInvite } from "../domain/invite-token.ts"
import { inviteKeyOf, signRedemption } from "../engine/crypto.ts"
import { handle } from "../http/handlers.ts"
import { confirmTime } from "../pacts/Pact.ts"
import { Pacts } from "../pacts/Pacts.ts"
import type { RedeemError } from "../pacts/redeem.ts"
import { told, unconfirmed } from "./serve.ts"

export const joinsHandlers = Effect.gen(function* () {
  const pacts = yield* Pacts
  return handle(group, {
    join: Effect.fnUntraced(function* ({ payload: { alias, confirm, display_name, key, token } }) {
      if (confirm !== true) return yield* unconfirmed("Joining a pact")
      const invite = token === undefined ? null : yield* decodeInvite(token)
      const pactId = invite?.pactId ?? key
      if (pactId === undefined) {
        return yield* new BadRequest({
          message: "Send the token of an invite, or the key of a pact.",
          details: [{ path: "payload.token", expected: "the token of an invite" }]
        })
      }
      if (key !== undefined && key !== pactId) return yield* wrongPact(pactId)
      if (invite !== null && invite.expiresAt < (yield* Clock.currentTimeMillis)) {
        return yield* new InviteExpired({ message: "This invite has run out. Ask for a new one." })
      }
      const { alias: made, joining } = yield* pacts
        .join({ pactId, invite, instead: key !== undefined, alias, display_name })
        .pipe(Effect.catchTags({ HomeError: told, LedgerError: told }))
      if (joining === null) return yield* Effect.die(new Error("a pact that is being joined is not listed so"))
      return {
        ok: true,
        alias: made,
        pact_id: pactId,
        pact_name: joining.pactName,
        pact_purpose: null,
        display_name: joining.displayName,
        peer_handle: joining.agentId,
        public_key: joining.memberKey,
        role: null,
        joining: true,
        waiting_for: joining.progress().waitingFor
      }
    }),
    redeem: Effect.fnUntraced(function* ({ params, payload: { confirm, token, writer_key } }) {
      if (confirm !== true) return yield* unconfirmed("Redeeming an invite")
      const { nonce, pactId } = yield* decodeInvite(token)
      const pact = yield* pacts.find(params.pactId)
      if (pact.pactId !== pactId) return yield* wrongPact(pactId)
      const redemption = {
        invite: inviteKeyOf(nonce),
        memberKey: writer_key,
        proof: signRedemption(nonce, pactId, writer_key)
      }
      yield* pact.redeeming
        .redeem(redemption, confirmTime)
        .pipe(Effect.catchIf(isUnexpected, (error) => Effect.die(error)))
      return { ok: true, pact_id: pactId, writer_key, agent_id: agentIdOf(writer_key), confirmed: true }
    })
  })
})

const wrongPact = (pactId: string) => new InviteWrongPact({ message: `This invite is for another pact: ${pactId}.` })

/** What a redemption is never refused with: these are the refusals of other entries. */
const unexpected = [
  "NOT_CREATOR",
  "NOT_INDEXER",
  "LAST_INDEXER",
  "NOT_FOUND",
  "TASK_ALREADY_CLAIMED",
  "TASK_ALREADY_COMPLETE",
  "NOT_ASSIGNEE",
  "NOT_CLAIMER",
  "NOT_CLAIMED",
  "STALE_CLAIM",
  "SKILL_CHECKSUM_MISMATCH"
] as const
type Unexpected = Extract<RedeemError, { readonly _tag: (typeof unexpected)[number] }>
const isUnexpected = (error: RedeemError): error is Unexpected => unexpected.some((tag) => tag === error._tag)
