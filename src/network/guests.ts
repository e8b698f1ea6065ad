import { Clock, Deferred, Effect, Option, type Scope } from "effect"
import type { PactNotReady } from "../domain/errors.ts"
import { agentIdOf } from "../domain/ids.ts"
import type { Connection } from "../hyper/swarm.ts"
import type { Pact } from "../pacts/Pact.ts"
import type { Redemption } from "../pacts/redeem.ts"
import { channelId, maxBytes, maxWaiting } from "./channel-id.ts"
import { decodeRequest, encodeWord, invitesProtocol, type Request, type Word } from "./invite-messages.ts"
import { openTime, strike } from "./members.ts"

/** Somebody at the other end of a connection who may want to be let in. */
export interface Guest {
  /** Ends when the other side has had its time to prove itself: longer for who asks to be let in first. */
  readonly patience: Effect.Effect<void>
  /** Serves the request. True: it has the key, and goes on as a member. Never ends where nobody asks. */
  readonly served: Effect.Effect<boolean>
}

/** How long a member whose disk is full, or whose pact is being opened, leaves a guest waiting before it tries again. */
const again = "2 seconds"

/**
 * Lets those in who bring an invite, from the ledger as this machine has it. Each connection may ask once. It is told
 * how things stand now and whenever that changes. The key of the pact goes out when the admission is confirmed, so a
 * redemption that loses a merge reveals nothing.
 */
export const receiveGuest = Effect.fnUntraced(function* (
  connection: Connection,
  pact: Pact
): Effect.fn.Return<Guest, never, Scope.Scope> {
  const context = yield* Effect.context<never>()
  const broke = (what: string) => strike(`${invitesProtocol}: ${what}`)
  const asked = Deferred.makeUnsafe<void>()
  const answered = Deferred.makeUnsafe<void>()
  const channel = yield* connection.channel({
    protocol: invitesProtocol,
    id: channelId(invitesProtocol, pact.pactId, connection),
    maxBytes,
    maxWaiting,
    onAbuse: (what) => Effect.runForkWith(context)(broke(what))
  })

  /** Who was told no goes by itself. The connection must not end before the word has arrived. */
  const leave = Effect.as(Effect.sleep(openTime), false)

  const talk = Effect.fnUntraced(function* (request: Request): Effect.fn.Return<boolean, PactNotReady> {
    let said: Word | null = null
    const say = (word: Word) => {
      if (isSame(word, said)) return Effect.void
      said = word
      return channel.send(encodeWord(word))
    }
    let refused: string | null = null
    while (true) {
      const now = yield* Clock.currentTimeMillis
      const next = yield* pact.until(() => {
        const word = wordFor(pact, request, now)
        return word !== "redeem" && isSame(word, said) ? null : word
      })
      if (next !== "redeem") {
        yield* say(next)
        if (next.kind === "key") return true
        if (next.kind === "refused") return yield* leave
        continue
      }
      if (refused !== null) {
        yield* say({ kind: "refused", code: refused })
        return yield* leave
      }
      yield* say({ kind: "confirming" })
      refused = yield* pact.invites.spend(redemptionOf(request)!).pipe(
        Effect.tap((code) =>
          code === null ? Effect.logInfo(`${agentIdOf(request.memberKey)} is admitted by an invite.`) : Effect.void
        ),
        Effect.catch(({ error }) => Effect.as(Effect.andThen(say({ kind: "wait", code: error }), Effect.sleep(again)), null))
      )
    }
  })

  const served = Effect.gen(function* () {
    const message = yield* channel.take
    if (Option.isNone(message)) return yield* Effect.never
    yield* Deferred.succeed(asked, undefined)
    const request = decodeRequest(connection, pact.pactId, message.value)
    if (Option.isNone(request)) return yield* Effect.as(broke("a request that is none"), false)
    const letIn = yield* Effect.raceFirst(
      Effect.orElseSucceed(talk(request.value), () => false),
      Effect.flatMap(channel.take, (more) =>
        Effect.as(Option.isSome(more) ? broke("a second request") : Effect.void, false)
      )
    )
    yield* Deferred.succeed(answered, undefined)
    return letIn
  })
  const patience = Effect.raceFirst(
    Effect.as(Effect.sleep(openTime), false),
    Effect.as(Deferred.await(asked), true)
  ).pipe(
    Effect.flatMap((asks) => (asks ? Effect.andThen(Deferred.await(answered), Effect.sleep(openTime)) : Effect.void))
  )
  return { patience, served }
})

const isSame = (a: Word, b: Word | null): boolean =>
  a.kind === b?.kind && ("code" in a ? a.code : "") === ("code" in b ? b.code : "")

const redemptionOf = ({ memberKey, redemption }: Request): Redemption | null =>
  redemption === null ? null : { ...redemption, memberKey }

/** How a request stands in the view of this machine. */
const wordFor = ({ invites, ledger, memberKey: self, pactId, read }: Pact, request: Request, now: number): Word | "redeem" => {
  const key: Word = { kind: "key", encryptionKey: ledger.encryptionKey }
  // Where all is confirmed, nothing moves any more.
  const final = read.confirmed === read.entries
  const redemption = redemptionOf(request)
  if (redemption === null) {
    if (read.member(request.memberKey)?.active !== true) return { kind: "wait", code: "NOT_A_MEMBER" }
    return final ? key : { kind: "confirming" }
  }
  const standing = invites.standing(redemption, now)
  const told = (isFinal: boolean): Word => ({ kind: isFinal ? "refused" : "wait", code: standing })
  switch (standing) {
    case "settled":
      return key
    case "redeemed":
      return { kind: "confirming" }
    case "open":
      return "redeem"
    case "NOT_A_MEMBER":
    case "NOT_INDEXER":
      return { kind: "wait", code: "INVITE_NOT_INDEXER" }
    case "UNKNOWN_INVITE":
      // The creator minted it, or nobody did. Everybody else may just not have heard of it.
      return told(self === pactId)
    case "INVITE_SPENT":
      return told(final || read.invite(redemption.invite)?.settled === true)
    case "INVITE_REVOKED":
      return told(final)
    default:
      return told(true)
  }
}
