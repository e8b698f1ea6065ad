import { Clock, Deferred, Effect, Option, Redacted, type Scope, Semaphore } from "effect"
import type { InviteToken } from "../domain/invite-token.ts"
import type { JoinError, WaitingFor } from "../domain/joining.ts"
import { fromHex } from "../engine/bytes.ts"
import { inviteKeyOf, signRedemption } from "../engine/crypto.ts"
import type { Channel } from "../hyper/channel.ts"
import { type Connection, type Dht, joinSwarm } from "../hyper/swarm.ts"
import type { Joining, JoinProgress } from "../pacts/joining.ts"
import { openDoor } from "./door.ts"
import { decodeWord, encodeRequest, hintOf, invitesProtocol, type Word } from "./invite-messages.ts"
import { joinErrorOf } from "./join-errors.ts"
import { proveMembers, takeWithin } from "./members.ts"
import { isBelieved } from "./refusal-tag.ts"

const day = 24 * 60 * 60 * 1000

/**
 * Asks whoever it meets to let this machine into a pact, until one gives the key or the ledger's verdict is against it,
 * by the word of somebody who can know. One is asked at a time, since one indexer is enough. A key counts when it opens the pact's first block.
 *
 * @param tell is told how it goes.
 * @returns the key of the pact, 64 hex.
 */
export const enterPact = Effect.fn("enterPact")(function* (
  joining: Joining,
  dht: Dht,
  tell: (progress: Partial<JoinProgress>) => Effect.Effect<void>
): Effect.fn.Return<string, JoinError, Scope.Scope> {
  const { newcomer, pactId } = joining
  const { discoveryKey, identity } = newcomer
  const invite = joining.invite()
  const inviteKey = invite === null ? null : inviteKeyOf(Redacted.value(invite).nonce)
  const request = invite === null ? null : requestOf(Redacted.value(invite), pactId, identity.memberKey)
  const outcome = Deferred.makeUnsafe<string, JoinError>()
  const turn = Semaphore.makeUnsafe(1)
  const words = new Map<Connection, Word>()

  let waitingFor: WaitingFor | null = null
  const show = Effect.suspend(() => {
    const next = waitingOf([...words.values()], invite !== null)
    if (next === waitingFor) return Effect.void
    waitingFor = next
    return tell({ waitingFor: next })
  })

  const ask = Effect.fnUntraced(function* (connection: Connection): Effect.fn.Return<void, never, Scope.Scope> {
    // Before the proof, as the other side does: protomux refuses a channel that is not open on both sides.
    const door = yield* openDoor(connection, pactId, invitesProtocol)
    const proven = yield* proveMembers(connection, pactId, identity)
    // Another newcomer has no door.
    if (Option.isNone(proven) || !(yield* door.opened)) return
    yield* Effect.addFinalizer(() =>
      Effect.suspend(() => {
        words.delete(connection)
        return show
      })
    )
    const peer = { pactId, memberKey: proven.value.memberKey }
    const hear = Effect.fnUntraced(function* (take: Channel["take"]) {
      const word = Option.flatMap(yield* take, decodeWord)
      if (Option.isNone(word)) return word
      // Anybody who knows the pact id can say so. Others are asked.
      if (word.value.kind === "refused" && !isBelieved(word.value, inviteKey, connection, peer)) {
        yield* door.broke("a refusal by who doesn't hold the invite")
        return Option.none()
      }
      words.set(connection, word.value)
      yield* show
      return word
    })
    const first = Effect.andThen(door.send(encodeRequest(request)), hear(takeWithin(door)))
    // A redemption gets its time before another indexer is asked for one more.
    const confirmed = Effect.flatMap(first, (word) =>
      isConfirming(word)
        ? Effect.map(hear(takeWithin(door)), (next) => Option.orElse(next, () => word))
        : Effect.succeed(word)
    )
    let word = yield* turn.withPermit(confirmed)
    while (true) {
      if (Option.isNone(word)) return
      if (word.value.kind === "refused") {
        return yield* Effect.asVoid(Deferred.fail(outcome, joinErrorOf(word.value.code)))
      }
      if (word.value.kind === "key") {
        const { encryptionKey } = word.value
        // Who gives a key has to show that it opens the pact. This machine is a member by now, so it gets the block.
        if (yield* newcomer.opens(encryptionKey, connection.stream)) yield* Deferred.succeed(outcome, encryptionKey)
        return
      }
      word = yield* hear(door.take)
    }
  })

  yield* show
  yield* joinSwarm(dht, {
    topic: fromHex(discoveryKey),
    seed: identity.noiseSeed,
    serve: (connection) => Effect.ensuring(ask(connection), connection.destroy)
  })
  const expiry = invite === null ? Effect.never : expired(Redacted.value(invite), () => waitingFor === "confirmation")
  return yield* Effect.raceFirst(Deferred.await(outcome), expiry)
})

const isConfirming = (word: Option.Option<Word>): boolean => Option.isSome(word) && word.value.kind === "confirming"

const requestOf = ({ nonce }: InviteToken, pactId: string, memberKey: string) => ({
  hint: hintOf(inviteKeyOf(nonce)),
  proof: signRedemption(nonce, pactId, memberKey)
})

/** Fails when the invite has run out by this machine's clock. One that is redeemed by then counts. */
const expired = ({ expiresAt }: InviteToken, redeemed: () => boolean): Effect.Effect<never, JoinError> =>
  Effect.gen(function* () {
    while (true) {
      const left = expiresAt - (yield* Clock.currentTimeMillis)
      if (left <= 0 && !redeemed()) return yield* Effect.fail(joinErrorOf("INVITE_EXPIRED"))
      // Timers hold 24 days at most, and invites 90.
      yield* Effect.sleep(Math.min(Math.max(left, 1000), day))
    }
  })

const waitingOf = (words: ReadonlyArray<Word>, byInvite: boolean): WaitingFor => {
  if (words.length === 0) return "peers"
  if (words.some(({ kind }) => kind === "key" || kind === "confirming")) return "confirmation"
  return byInvite ? "indexer" : "admission"
}
