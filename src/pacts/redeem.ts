import { Clock, Duration, Effect } from "effect"
import {
  type Internal,
  InviteNotIndexer,
  type PactNotReady,
  type PayloadTooLarge,
  type StorageFull,
  ViewTimeout
} from "../domain/errors.ts"
import type { Decided } from "../engine/block.ts"
import { verifyRedemption } from "../engine/crypto.ts"
import type { Refusal } from "../engine/verdict.ts"
import type { Projection } from "../projection/Projection.ts"
import type { Draft } from "./drafts.ts"
import { refusalError, type RefusalError } from "./refusals.ts"
import type { Signal } from "./signal.ts"

/** What it takes to admit somebody by an invite. None of it is a secret, and it is of use to this member key alone. */
export interface Redemption {
  /** The public half of the nonce, 64 hex. */
  readonly invite: string
  /** Who is to be admitted, 64 hex. */
  readonly memberKey: string
  /** See `signRedemption`, 128 hex. */
  readonly proof: string
}

/**
 * How an invite stands with a member key, as this machine sees it.
 * - `settled`: it admitted that key, and a majority of indexers confirmed it
 * - `redeemed`: it admitted that key, which a merge may still undo
 * - `open`: this machine may redeem it for that key
 * - a code: why not
 */
export type InviteStanding = "settled" | "redeemed" | "open" | Refusal

export type RedeemError =
  RefusalError | Internal | InviteNotIndexer | PactNotReady | PayloadTooLarge | StorageFull | ViewTimeout

export interface Redeeming {
  readonly standing: (redemption: Redemption, now: number) => InviteStanding
  /** Writes what an `open` invite takes, and answers why the ledger refused it, or null. */
  readonly spend: (redemption: Redemption) => Effect.Effect<Refusal | null, RedeemError>
  /**
   * Admits a key by an invite, and answers when that is confirmed. Who asks again with the same key is answered the
   * same. `timeout` in ms, for the confirmation.
   */
  readonly redeem: (redemption: Redemption, timeout: number) => Effect.Effect<void, RedeemError>
}

interface Parts<E> {
  readonly pactId: string
  /** Of this machine. */
  readonly memberKey: string
  readonly read: Projection
  readonly until: Signal<PactNotReady>["until"]
  /** Writes entries that stand together in one frame. */
  readonly submit: (drafts: ReadonlyArray<Draft>) => Effect.Effect<ReadonlyArray<Decided>, E>
}

export const makeRedeeming = <E extends RedeemError>({
  memberKey: self,
  pactId,
  read,
  submit,
  until
}: Parts<E>): Redeeming => {
  const standing: Redeeming["standing"] = ({ invite: key, memberKey, proof }, now) => {
    if (!verifyRedemption(key, pactId, memberKey, proof)) return "BAD_ENTRY"
    const invite = read.inviteFact(key)
    if (invite?.redeemed_by === memberKey && invite.admitted) {
      // Who was removed since needs a new invite.
      if (read.member(memberKey)?.active !== true) return "INVITE_SPENT"
      return invite.settled ? "settled" : "redeemed"
    }
    const me = read.member(self)
    if (me?.active !== true) return "NOT_A_MEMBER"
    if (me.role === "member") return "NOT_INDEXER"
    if (invite === null) return "UNKNOWN_INVITE"
    if (invite.revoked) return "INVITE_REVOKED"
    if (invite.redeemed_by !== null) return "INVITE_SPENT"
    return now > invite.expires_at ? "INVITE_EXPIRED" : "open"
  }

  /** The next standing that lets this go on. */
  const look = (redemption: Redemption, timeout: number) =>
    Effect.flatMap(Clock.currentTimeMillis, (now) =>
      until(() => {
        const found = standing(redemption, now)
        return found === "redeemed" ? null : found
      })
    ).pipe(Effect.timeoutOrElse({ duration: Duration.millis(timeout), orElse: () => unconfirmed(timeout) }))

  const spend: Redeeming["spend"] = Effect.fnUntraced(function* ({ invite, memberKey: key, proof }) {
    const decided = yield* submit([
      { type: "invite-redeemed", payload: { invite, redeemed_by: key, proof } },
      { type: "admin", payload: { action: "addWriter", key, invite } }
    ])
    return decided.find((each) => !each.accepted)?.code ?? null
  })

  const redeem: Redeeming["redeem"] = Effect.fn("redeem")(function* (redemption, timeout) {
    let refused: Refusal | null = null
    while (true) {
      const found = yield* look(redemption, timeout)
      if (found === "settled") return
      if (found !== "open") return yield* inviteError(found)
      // The ledger refuses it for something that can't be told from the invite: the key's handle is taken.
      if (refused !== null) return yield* inviteError(refused)
      refused = yield* spend(redemption)
    }
  })

  return { standing, spend, redeem }
}

/** The error of a standing, in the words of invites. */
export const inviteError = (code: Refusal): RefusalError | InviteNotIndexer =>
  code === "NOT_INDEXER"
    ? new InviteNotIndexer({
        message: "This machine is no indexer of the pact, so it can't redeem invites. Its creator can, or an indexer."
      })
    : refusalError(code)

const unconfirmed = (timeout: number) =>
  new ViewTimeout({
    message: `The invite is redeemed, but no majority of indexers confirmed it within ${timeout} ms. Ask again: the same key gets the same answer.`
  })
