import { Clock, Effect, Option } from "effect"
import type { PactNotReady } from "../domain/errors.ts"
import { agentIdOf } from "../domain/ids.ts"
import type { Channel } from "../hyper/channel.ts"
import type { Connection } from "../hyper/swarm.ts"
import type { Pact } from "../pacts/Pact.ts"
import type { Redemption } from "../pacts/redeem.ts"
import type { Door } from "./door.ts"
import { decodeRequest, encodeWord, type Request, type Word } from "./invite-messages.ts"
import { refusalTag } from "./refusal-tag.ts"

/** How long a guest waits for a member that can't write now, before that one tries again. */
const again = "2 seconds"

/**
 * Serves a guest that has proven its member key: lets it in where it brings an invite, as the ledger of this machine has
 * it. A connection may ask once. It is told how things stand now and whenever that changes. The key of the pact goes out
 * when the admission is confirmed, so a redemption that loses a merge reveals nothing.
 *
 * A guest that breaks the protocol loses its connection. Nothing comes of it where nobody asks.
 */
export const serveGuest = Effect.fn("serveGuest")(function* (
  door: Door,
  pact: Pact,
  guest: string,
  connection: Connection
) {
  const message = yield* door.take
  if (Option.isNone(message)) return
  const request = decodeRequest(message.value)
  if (Option.isNone(request)) return yield* door.broke("a request that is none")
  const more = Effect.flatMap(door.take, (more) => (Option.isSome(more) ? door.broke("a second request") : Effect.void))
  const standing = (now: number) => wordFor(pact, guest, request.value, now, connection)
  yield* Effect.raceFirst(Effect.andThen(answer(door, pact, standing), Effect.never), more)
})

const answer = Effect.fnUntraced(
  function* (door: Channel, pact: Pact, standing: (now: number) => Word | Spend): Effect.fn.Return<void, PactNotReady> {
    let said: Word | null = null
    const say = (word: Word) =>
      Effect.suspend(() => {
        if (isSame(word, said)) return Effect.void
        said = word
        return door.send(encodeWord(word))
      })
    let refused: string | null = null
    let current = false
    while (true) {
      const now = yield* Clock.currentTimeMillis
      const next = yield* pact.until(() => {
        const word = standing(now)
        return word.kind === "spend" || !isSame(word, said) ? word : null
      })
      const word: Word | Spend = next.kind === "spend" && refused !== null ? next.refuse(refused) : next
      if (word.kind === "key" && !current) {
        // It may have been removed in what is still on its way, so all that is known is read before the key goes out.
        current = yield* isCurrent(pact)
        if (!current) {
          yield* say({ kind: "confirming" })
          yield* Effect.sleep(again)
        }
        continue
      }
      current = false
      if (word.kind === "spend") {
        yield* say({ kind: "confirming" })
        refused = yield* spend(pact, word.redemption, (code) => say({ kind: "wait", code }))
        continue
      }
      yield* say(word)
      if (word.kind === "key" || word.kind === "refused") return
    }
  },
  Effect.catchTag("PACT_NOT_READY", () => Effect.void)
)

/** True once the read model holds all of the log as it was at the call. False: that takes longer, so ask again. */
const isCurrent = Effect.fnUntraced(function* ({ ledger, read, until }: Pact) {
  const { length, whole } = yield* Effect.scoped(ledger.snapshot)
  if (!whole) return false
  return yield* until(() => (read.length >= length ? true : null)).pipe(
    Effect.timeoutOrElse({ duration: again, orElse: () => Effect.succeed(false) })
  )
})

/** Redeems the invite, and answers why the ledger refused that, or null. */
const spend = (pact: Pact, redemption: Redemption, wait: (code: string) => Effect.Effect<void>) =>
  pact.redeeming.spend(redemption).pipe(
    Effect.tap((refused) =>
      Effect.logInfo(`${agentIdOf(redemption.memberKey)} asked to be let in by an invite: ${refused ?? "accepted"}`)
    ),
    Effect.catch(({ error }) => Effect.as(Effect.andThen(wait(error), Effect.sleep(again)), null))
  )

const isSame = (a: Word, b: Word | null): boolean =>
  a.kind === b?.kind && ("code" in a ? a.code : "") === ("code" in b ? b.code : "")

/** This machine may spend the invite. `refuse` says what it is told whom the ledger then refuses. */
interface Spend {
  readonly kind: "spend"
  readonly redemption: Redemption
  readonly refuse: (code: string) => Word
}

/** How a request stands in the view of this machine. */
const wordFor = (
  { ledger, memberKey: self, pactId, read, redeeming }: Pact,
  guest: string,
  request: Request,
  now: number,
  connection: Connection
): Word | Spend => {
  const key: Word = { kind: "key", encryptionKey: ledger.encryptionKey }
  // Where all is confirmed, nothing moves any more.
  const final = read.confirmed === read.entries
  if (request === null) {
    if (read.member(guest)?.active !== true) return { kind: "wait", code: "NOT_A_MEMBER" }
    return read.isSettledMember(guest) ? key : { kind: "confirming" }
  }
  const invite = read.inviteLike(request.hint)
  const refuse = (code: string): Word => ({ kind: "refused", code, tag: refusalTag(invite, connection, code) })
  const told = (code: string, isFinal: boolean): Word => (isFinal ? refuse(code) : { kind: "wait", code })
  // The creator minted it, or nobody did. Everybody else may just not have heard of it.
  if (invite === null) return told("UNKNOWN_INVITE", self === pactId)
  const redemption = { invite, memberKey: guest, proof: request.proof }
  const standing = redeeming.standing(redemption, now)
  switch (standing) {
    case "settled":
      return key
    case "redeemed":
      return { kind: "confirming" }
    case "open":
      return { kind: "spend", redemption, refuse }
    case "NOT_A_MEMBER":
    case "NOT_INDEXER":
      return { kind: "wait", code: "INVITE_NOT_INDEXER" }
    case "INVITE_SPENT":
      return told(standing, final || read.inviteFact(invite)?.settled === true)
    case "INVITE_REVOKED":
      return told(standing, final)
    default:
      return refuse(standing)
  }
}
