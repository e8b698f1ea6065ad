import { Context, Effect, Exit, Layer, Scope, Stream } from "effect"
import { randomBytes } from "node:crypto"
import { encodeInvite, type InviteToken } from "../../src/domain/invite-token.ts"
import { inviteKeyOf } from "../../src/engine/crypto.ts"
import { Network, type PresenceEvent } from "../../src/network/Network.ts"
import type { Pact } from "../../src/pacts/Pact.ts"
import { type Listed, Pacts } from "../../src/pacts/Pacts.ts"
import { makeSignal } from "../../src/pacts/signal.ts"
import { within } from "./deadline.ts"
import { openHome } from "./home.ts"
import type { Bootstrap } from "./testnet.ts"

/** A home whose pacts meet others, as in a daemon. */
export const networked = Effect.fnUntraced(function* (dir: string, bootstrap: Bootstrap | "none") {
  const scope = yield* Scope.fork(yield* Effect.scope)
  const home = yield* openHome(dir).pipe(Scope.provide(scope))
  const events: Array<PresenceEvent> = []
  const changed = makeSignal<never>()
  let count = 0
  const fire = () => {
    count++
    changed.fire()
  }
  // Heard before anything can happen.
  yield* Effect.forkIn(
    Stream.runForEach(home.pacts.events, () => Effect.sync(fire)),
    scope,
    { startImmediately: true }
  )
  const context = yield* Layer.buildWithScope(
    Network.layer({ bootstrap }).pipe(Layer.provide(Layer.succeed(Pacts, home.pacts))),
    scope
  )
  const network = Context.get(context, Network)
  const hear = (event: PresenceEvent) =>
    Effect.sync(() => {
      events.push(event)
      fire()
    })
  yield* Effect.forkIn(Stream.runForEach(network.events, hear), scope, { startImmediately: true })
  const sees = ({ memberKey, pactId }: Pact, there: boolean) =>
    changed
      .until(() => (network.online(pactId).has(memberKey) === there ? true : null))
      .pipe(within(`the peer ${there ? "online" : "offline"}`, "20 seconds", () => JSON.stringify(events)))

  /** Looks at a pact now and whenever something happens here, until the answer is not null. */
  const pactUntil = <A>(ref: string, what: string, probe: (listed: Listed) => A | null): Effect.Effect<A> => {
    let last: Listed | undefined
    const look: Effect.Effect<A> = Effect.gen(function* () {
      // From here on, so that nothing is missed between the look and the wait.
      const before = count
      last = yield* Effect.orDie(home.pacts.look(ref))
      const found = probe(last)
      if (found !== null) return found
      yield* changed.until(() => (count === before ? null : true))
      return yield* look
    })
    return look.pipe(
      within(what, "20 seconds", () => JSON.stringify({ ...last, pact: undefined, joining: last?.joining?.progress() }))
    )
  }
  /** Waits until a pact that is being joined is open here, and this machine a member. */
  const joined = Effect.fnUntraced(function* (ref: string) {
    const pact = yield* pactUntil(ref, `${ref} joined`, ({ pact }) => pact)
    yield* pact
      .until(() => (pact.read.member(pact.memberKey)?.active === true ? true : null))
      .pipe(within(`being a member of ${ref}`, "20 seconds", () => `${pact.read.entries} entries`))
    return pact
  }, Effect.orDie)
  return { ...home, network, events, sees, pactUntil, joined, stop: Scope.close(scope, Exit.void) }
})
export type Networked = Effect.Success<ReturnType<typeof networked>>

/** An invite to a pact, as its creator mints it. */
export const mint = Effect.fnUntraced(function* (
  pact: Pact,
  { ttl = 3_600_000, ...more }: Partial<InviteToken> & { readonly ttl?: number } = {}
) {
  const nonce = randomBytes(24).toString("hex")
  const expiresAt = Date.now() + ttl
  const { id } = yield* pact.write({
    type: "admin",
    payload: { action: "mintInvite", invite: inviteKeyOf(nonce), expires_at: expiresAt }
  })
  const token: InviteToken = { v: 1, pactId: pact.pactId, nonce, expiresAt, pactName: "Accord", ...more }
  return { id, token, text: encodeInvite(token), invite: inviteKeyOf(nonce) }
}, Effect.orDie)
