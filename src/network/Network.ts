import { Context, Effect, FiberMap, Layer, PubSub, Schedule, Scope, Semaphore, Stream } from "effect"
import { fromHex } from "../engine/bytes.ts"
import { type Address, type Dht, joinSwarm, openDht } from "../hyper/swarm.ts"
import type { Pact } from "../pacts/Pact.ts"
import { type Listed, Pacts } from "../pacts/Pacts.ts"
import { unlessDamaged } from "../pacts/read-model.ts"
import { makeGate, makeRecoveryGate } from "./gate.ts"
import { makeJoins } from "./joins.ts"
import { keepSyncing } from "./keep-syncing.ts"
import { makePresence, type Presence, type PresenceChange } from "./presence.ts"

/** What a member is to this machine: connected or not any more, or what it tells of its connections and of this machine. */
export interface PresenceEvent {
  readonly type: PresenceChange
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
  NetworkOptions & {
    /** The members of a pact that are connected now, by member key. */
    readonly online: (pactId: string) => ReadonlySet<string>
    /** The member keys that a connected member tells as its connections. Undefined: it tells nothing. */
    readonly linksOf: (pactId: string, memberKey: string) => ReadonlyArray<string> | undefined
    /** The keys of those who said that this machine was removed from a pact, and have not let it in since. */
    readonly removedBy: (pactId: string) => ReadonlySet<string>
    /** Ends when no member of a pact is connected. */
    readonly alone: (pactId: string) => Effect.Effect<void>
    readonly events: Stream.Stream<PresenceEvent>
  }
>()("openpact/network/Network") {
  static readonly layer = (options: NetworkOptions) => Layer.effect(Network, makeNetwork(options))
}

const makeNetwork = Effect.fnUntraced(function* ({ bootstrap }: NetworkOptions) {
  const pacts = yield* Pacts
  const parent = yield* Effect.scope
  const hub = yield* Effect.acquireRelease(PubSub.unbounded<PresenceEvent>(), PubSub.shutdown)
  const presences = new Map<string, Presence>()
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

  const presenceOf = (pactId: string): Presence => {
    const known = presences.get(pactId)
    if (known !== undefined) return known
    const made = makePresence((type, memberKey) => PubSub.publish(hub, { type, pactId, memberKey }))
    presences.set(pactId, made)
    return made
  }

  const meet = Effect.fnUntraced(function* (pact: Pact, from: ReadonlyArray<Address> | undefined) {
    yield* pact.until(() => (hasCompany(pact) ? true : null))
    const dht = yield* node(from)
    yield* recover(pact, dht)
    const swarm = yield* joinSwarm(dht, {
      ...placeOf(pact),
      wanted: () => (unlessDamaged(() => pact.read.memberCounts())?.active ?? 1) - 1,
      serve: makeGate(pact, presenceOf(pact.pactId))
    })
    yield* Effect.forkScoped(keepSyncing(pact, swarm))
    // Until the pact closes.
    yield* pact.until(() => null)
  }, Effect.scoped)

  // What happens to pacts, looked at one by one, so that no older look undoes what a newer one did.
  const looking = yield* Semaphore.make(1)
  const keepUpBy = Effect.fnUntraced(function* (look: (listed: ReadonlyArray<Listed>) => Effect.Effect<void>) {
    const keepUp = looking.withPermit(Effect.flatMap(pacts.list, look))
    // The events are heard from here on, so that none is missed between the first look and the next.
    yield* pacts.events.pipe(
      Stream.filter(({ type }) => type !== "batch"),
      Stream.runForEach(() => keepUp),
      Effect.forkScoped({ startImmediately: true })
    )
    yield* keepUp
  })

  if (bootstrap === "none") {
    // Who joins a pact is told why nothing happens.
    yield* keepUpBy((listed) =>
      Effect.forEach(
        listed.filter(({ joining }) => joining !== null && joining.progress().waitingFor !== "network"),
        ({ pactId }) => pacts.progress(pactId, { waitingFor: "network" }),
        { discard: true }
      )
    )
  } else {
    const join = yield* makeJoins(pacts, node(bootstrap))
    yield* keepUpBy(
      Effect.fnUntraced(function* (listed) {
        yield* join(listed)
        for (const { pact, pactId } of listed) {
          if (pact === null) yield* FiberMap.remove(running, pactId)
          else yield* FiberMap.run(running, pactId, Effect.ignore(meet(pact, bootstrap)), { onlyIfMissing: true })
        }
        const known = new Set(listed.map(({ pactId }) => pactId))
        for (const [pactId] of running) if (!known.has(pactId)) yield* FiberMap.remove(running, pactId)
        for (const pactId of presences.keys()) if (!known.has(pactId)) presences.delete(pactId)
      })
    )
  }

  return Network.of({
    bootstrap,
    online: (pactId) => presences.get(pactId)?.online() ?? nobody,
    linksOf: (pactId, memberKey) => presences.get(pactId)?.linksOf(memberKey),
    removedBy: (pactId) => presences.get(pactId)?.removedBy() ?? nobody,
    alone: (pactId) => {
      const presence = presences.get(pactId)
      if (presence === undefined) return Effect.void
      return Effect.asVoid(presence.until(() => (presence.online().size === 0 ? true : null)))
    },
    events: Stream.fromPubSub(hub)
  })
})

const nobody: ReadonlySet<string> = new Set()

/** Where the peers of a pact meet, and by which key this machine is known there. */
const placeOf = ({ ledger: { discoveryKey, identity } }: Pact) => ({
  topic: fromHex(discoveryKey),
  seed: identity.noiseSeed
})

/** Fetches from peers what a power cut took of the own log, where that is so. Nothing else is exchanged before. */
const recover = Effect.fn("recover")(function* (pact: Pact, dht: Dht) {
  const fetch = pact.ledger.recoverOwnLog((replicate) =>
    joinSwarm(dht, { ...placeOf(pact), serve: makeRecoveryGate(pact, replicate) })
  )
  const attempt = fetch.pipe(
    Effect.tap(({ after, before }) =>
      Effect.logInfo(
        `Peers gave back what a power cut took: the log of this machine ends at ${after}, not at ${before}.`
      )
    ),
    Effect.tapError(({ message }) => Effect.logWarning(message)),
    Effect.scoped
  )
  yield* Effect.when(Effect.retry(attempt, Schedule.spaced("5 seconds")), pact.ledger.recovering)
})

/** True once somebody else may be out there: there are or were others or invites, or this machine is itself a newcomer. */
const hasCompany = ({ memberKey, read }: Pact): boolean =>
  read.memberCounts().ever > 1 || read.member(memberKey) === null || read.invites(0, { limit: 1 }).invites.length > 0
