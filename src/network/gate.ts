import { Effect, Option, type Scope } from "effect"
import type { PactNotReady, StorageFull } from "../domain/errors.ts"
import type { LedgerError } from "../hyper/errors.ts"
import type { Connection } from "../hyper/swarm.ts"
import type { Pact } from "../pacts/Pact.ts"
import { proveMembers } from "./members.ts"

/** Tells who is there. Each call is undone when the scope closes. */
export type Presence = (memberKey: string) => Effect.Effect<void, never, Scope.Scope>

/**
 * Serves one connection of a pact: both ends prove who they are, then the pact is replicated for as long as the peer is
 * an active member. Nobody else gets a block. Who is no member yet is kept waiting, since it may be admitted any moment.
 */
export const serveMember = Effect.fn("serveMember")(
  function* (
    connection: Connection,
    pact: Pact,
    presence: Presence
  ): Effect.fn.Return<void, PactNotReady | LedgerError | StorageFull, Scope.Scope> {
    const proven = yield* proveMembers(connection, pact.pactId, pact.ledger.identity)
    if (Option.isNone(proven)) return yield* connection.destroy
    const peer = proven.value
    yield* pact.until(() => (mayReplicate(pact, peer) ? true : null))
    yield* pact.ledger.replicate(connection.stream)
    yield* presence(peer)
    yield* pact.until(() => (mustLeave(pact, peer) ? true : null))
    yield* Effect.logInfo(`A member was removed: its connection is closed. ${peer.slice(0, 8)}`)
  },
  Effect.catchTags({
    LedgerError: ({ message }) => Effect.logWarning(message),
    STORAGE_FULL: ({ message }) => Effect.logWarning(message)
  })
)

/** A newcomer whose view is empty takes the peer on the word of the pact id: all that it gets is signed. */
const mayReplicate = ({ read }: Pact, peer: string): boolean => read.entries === 0 || read.member(peer)?.active === true

/** Unknown is no reason while this machine is still reading how it came in itself. */
const mustLeave = ({ memberKey, read }: Pact, peer: string): boolean => {
  const member = read.member(peer)
  return member === null ? read.member(memberKey)?.active === true : !member.active
}
