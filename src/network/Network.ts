import { Context, Effect, FiberMap, Layer, PubSub, Scope, Semaphore, Stream } from "effect"
import { fromHex } from "../engine/bytes.ts"
import { type Address, type Dht, joinSwarm, openDht } from "../hyper/swarm.ts"
import type { Pact } from "../pacts/Pact.ts"
import { Pacts } from "../pacts/Pacts.ts"
import { serveMember } from "./gate.ts"

/** A member that is connected, or is not any more. */
export interface PresenceEvent {
  readonly type: "member-online" | "member-offline"
  readonly pactId: string
  readonly memberKey: string
}

export interface NetworkOptions {
  /** `none`: this daemon meets nobody. Undefined: the public DHT. */
  readonly bootstrap: ReadonlyArray<Address> | "none" | undefined
}

/**
 * Pacts meeting pacts. One DHT node serves all, and each pact has a swarm of its own with its own Noise key, so that
 * nobody can tell which pacts live together. A pact in which this machine is alone makes no noise at all.
 */
export class Network extends Context.Service<
  Network,
  {
    /** The members of a pact that are connected now, by member key. */
    readonly online: (pactId: string) => ReadonlySet<string>
    readonly events: Stream.Stream<PresenceEvent>
  }
>()("openpact/network/Network") {
  static readonly layer = (options: NetworkOptions) => Layer.effect(Network, makeNetwork(options))
}

const makeNetwork = Effect.fnUntraced(function* ({ bootstrap }: NetworkOptions) {
  const pacts = yield* Pacts
  const parent = yield* Effect.scope
  const hub = yield* Effect.acquireRelease(PubSub.unbounded<PresenceEvent>(), PubSub.shutdown)
  const online = new Map<string, Map<string, number>>()
  const running = yield* FiberMap.make<string>()

  // The node is opened when the first pact needs it.
  const opening = yield* Semaphore.make(1)
  let dht: Dht | null = null
  const node = (from: ReadonlyArray<Address> | undefined) =>
    opening.withPermit(
      Effect.suspend(() =>
        dht === null
          ? Effect.map(Scope.provide(openDht(from), parent), (opened) => (dht = opened))
          : Effect.succeed(dht)
      )
    )

  const change = (pactId: string, memberKey: string, by: 1 | -1) =>
    Effect.suspend(() => {
      const members = online.get(pactId) ?? new Map<string, number>()
      const count = (members.get(memberKey) ?? 0) + by
      if (count > 0) members.set(memberKey, count)
      else members.delete(memberKey)
      online.set(pactId, members)
      const type: PresenceEvent["type"] = by === 1 ? "member-online" : "member-offline"
      return count === (by === 1 ? 1 : 0) ? PubSub.publish(hub, { type, pactId, memberKey }) : Effect.void
    })
  const presence = (pactId: string) => (memberKey: string) =>
    Effect.acquireRelease(Effect.asVoid(change(pactId, memberKey, 1)), () => change(pactId, memberKey, -1))

  const meet = Effect.fnUntraced(function* (pact: Pact, from: ReadonlyArray<Address> | undefined) {
    yield* pact.until(() => (hasCompany(pact) ? true : null))
    const { discoveryKey, identity } = pact.ledger
    yield* joinSwarm(yield* node(from), {
      topic: fromHex(discoveryKey),
      seed: identity.noiseSeed,
      serve: (connection) => Effect.ignore(serveMember(connection, pact, presence(pact.pactId)))
    })
    return yield* Effect.never
  }, Effect.scoped)

  if (bootstrap !== "none") {
    const keepUp = Effect.gen(function* () {
      const listed = yield* pacts.list
      for (const { pact, pactId } of listed) {
        if (pact === null) yield* FiberMap.remove(running, pactId)
        else yield* FiberMap.run(running, pactId, Effect.ignore(meet(pact, bootstrap)), { onlyIfMissing: true })
      }
      const known = new Set(listed.map(({ pactId }) => pactId))
      for (const [pactId] of running) if (!known.has(pactId)) yield* FiberMap.remove(running, pactId)
    })
    yield* Stream.make(undefined).pipe(
      Stream.concat(Stream.filter(pacts.events, ({ type }) => type !== "batch")),
      Stream.runForEach(() => keepUp),
      Effect.forkScoped
    )
  }

  return Network.of({
    online: (pactId) => new Set(online.get(pactId)?.keys() ?? []),
    events: Stream.fromPubSub(hub)
  })
})

/** True once somebody else may be out there: there are or were others, or this machine is itself a newcomer. */
const hasCompany = ({ memberKey, read }: Pact): boolean => read.memberCount() > 1 || read.member(memberKey) === null
