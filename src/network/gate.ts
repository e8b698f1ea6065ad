import { Effect, Option, type Scope, Semaphore } from "effect"
import type { PactNotReady } from "../domain/errors.ts"
import type { Connection } from "../hyper/swarm.ts"
import type { Pact } from "../pacts/Pact.ts"
import { type Door, openDoor } from "./door.ts"
import { serveGuest } from "./guests.ts"
import { invitesProtocol } from "./invite-messages.ts"
import { exchangeLinks, linksProtocol } from "./links.ts"
import { proveMembers, type Proven } from "./members.ts"
import type { Presence } from "./presence.ts"

/** How many connections of one pact may be waiting for a proof or an admission at a time. */
const maxStrangers = 64
/** How long somebody who knows the pact and is no member is kept waiting: it may be on its way in. */
const strangerTime = "2 minutes"
/** How long the guide of a newcomer may bring nothing new while others wait for their turn. */
const guideTime = "3 seconds"

/**
 * Serves the connections of a pact: both ends prove who they are, then the pact is replicated for as long as the peer is
 * an active member. Nobody else gets a block. When it ends, the connection is closed.
 *
 * A newcomer, who can't see yet who is a member, takes a peer on the word of the pact id, since all that it gets is
 * signed. But it takes one at a time, its guide: with two it could hand a removed member what it got from the other.
 */
export const makeGate = (pact: Pact, presence: Presence) => {
  const strangers = Semaphore.makeUnsafe(maxStrangers)
  const guide = Semaphore.makeUnsafe(1)
  let waiting = 0

  /** True once the peer may have the pact. False: it was removed. */
  const admission = Effect.fnUntraced(function* (peer: string): Effect.fn.Return<boolean, PactNotReady, Scope.Scope> {
    if (!isNewcomer(pact)) return yield* pact.until(() => standing(pact, peer))
    waiting++
    return yield* Effect.raceFirst(
      pact.until(() => (isNewcomer(pact) ? null : standing(pact, peer))),
      Effect.as(permitInScope(guide), true)
    ).pipe(Effect.ensuring(Effect.sync(() => void waiting--)))
  })

  /** Who may have the pact, once it may. */
  const admit = Effect.fnUntraced(function* (
    connection: Connection
  ): Effect.fn.Return<Option.Option<Proven>, never, Scope.Scope> {
    // A newcomer can't let anybody in.
    const door = isNewcomer(pact) ? null : yield* openDoor(connection, pact.pactId, invitesProtocol)
    const proven = yield* proveMembers(connection, pact.pactId, pact.ledger.identity)
    if (Option.isNone(proven)) return proven
    if (door !== null) yield* Effect.forkScoped(serveGuest(door, pact, proven.value.memberKey, connection))
    const admitted = yield* admission(proven.value.memberKey).pipe(
      Effect.orElseSucceed(() => null),
      Effect.raceFirst(Effect.as(proven.value.over, null)),
      Effect.timeoutOrElse({ duration: strangerTime, orElse: () => Effect.succeed(null) })
    )
    if (admitted === false) yield* proven.value.turnAway
    return admitted === true ? proven : Option.none()
  })

  /** Ends when the guide of a newcomer has brought nothing for a while and others wait. */
  const idle = Effect.gen(function* () {
    while (isNewcomer(pact)) {
      const { length } = pact.read
      yield* Effect.sleep(guideTime)
      if (isNewcomer(pact) && waiting > 0 && pact.read.length === length) return
    }
    return yield* Effect.never
  })

  /** Replicates until the peer is no member any more, or the pact closes. */
  const share = Effect.fnUntraced(
    function* (connection: Connection, peer: string, links: Door) {
      yield* pact.ledger.replicate(connection.stream)
      yield* presence.enter(peer)
      // A newcomer doesn't know yet whether its guide is a member.
      const settled = pact.until(() => (isNewcomer(pact) ? null : true))
      yield* Effect.forkScoped(Effect.ignore(Effect.andThen(settled, exchangeLinks(links, presence, peer))))
      yield* Effect.raceFirst(
        pact.until(() => (mustLeave(pact, peer) ? true : null)),
        idle
      )
    },
    Effect.catchTags({
      PACT_NOT_READY: () => Effect.void,
      LedgerError: ({ message }) => Effect.logWarning(message),
      STORAGE_FULL: ({ message }) => Effect.logWarning(message)
    })
  )

  return Effect.fn("serveMember")(
    function* (connection: Connection): Effect.fn.Return<void, never, Scope.Scope> {
      // Before the proof, as the other side does: protomux refuses a channel that is not open on both sides.
      const links = yield* openDoor(connection, pact.pactId, linksProtocol)
      const peer = Option.flatten(yield* strangers.withPermitsIfAvailable(1)(admit(connection)))
      if (Option.isNone(peer)) return
      const { memberKey, over } = peer.value
      const removed = yield* Effect.raceFirst(Effect.as(share(connection, memberKey, links), false), over)
      // The word of a member, to be shown. It is never acted upon.
      if (removed && !isNewcomer(pact)) yield* presence.tellRemoved(memberKey)
    },
    (served, { destroy }) => Effect.ensuring(served, destroy)
  )
}

/**
 * Serves the connections of a pact whose own log is to be brought back. What this machine knows of the members may be
 * lost too, so only those that it knows to be removed are turned away.
 */
export const makeRecoveryGate = (pact: Pact, replicate: (stream: Connection["stream"]) => unknown) =>
  Effect.fn("serveRecovery")(
    function* (connection: Connection): Effect.fn.Return<void, never, Scope.Scope> {
      const proven = yield* proveMembers(connection, pact.pactId, pact.ledger.identity)
      if (Option.isNone(proven) || standing(pact, proven.value.memberKey) === false) return
      replicate(connection.stream)
      yield* proven.value.over
    },
    (served, { destroy }) => Effect.ensuring(served, destroy)
  )

const permitInScope = (semaphore: Semaphore.Semaphore): Effect.Effect<void, never, Scope.Scope> =>
  Effect.uninterruptibleMask((restore) =>
    Effect.andThen(
      restore(semaphore.take(1)),
      Effect.addFinalizer(() => semaphore.release(1))
    )
  )

/** True while this machine doesn't know of its own admission. */
const isNewcomer = ({ memberKey, pactId, read }: Pact): boolean =>
  memberKey !== pactId && read.member(memberKey)?.active !== true

/**
 * True: it may have the pact. False: it was removed. Null: nobody has admitted it so far. An indexer stays until its
 * removal is confirmed: that takes a majority of the indexers from before, and it may be needed for it.
 */
const standing = ({ ledger, read }: Pact, peer: string): boolean | null => {
  const active = read.member(peer)?.active ?? null
  return active === false ? ledger.signs(peer) : active
}

/** For a newcomer unknown is no reason: it is still reading how the others came in. */
const mustLeave = (pact: Pact, peer: string): boolean => {
  const known = standing(pact, peer)
  return known === null ? !isNewcomer(pact) : !known
}
