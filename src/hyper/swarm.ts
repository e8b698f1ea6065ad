import { Cause, Deferred, Duration, Effect, Exit, FiberSet, Queue, Schedule, type Scope } from "effect"
import HyperDHT from "hyperdht"
import Hyperswarm, { type NoiseStream } from "hyperswarm"
import Protomux from "protomux"
import { toHex } from "../engine/bytes.ts"
import { type Channel, type ChannelOptions, openChannel } from "./channel.ts"

/** A host and port of a DHT node. */
export interface Address {
  readonly host: string
  readonly port: number
}

/** This daemon's one node of the DHT. Peers find each other through it, and it sees no content. */
export interface Dht {
  readonly node: HyperDHT
}

/** An encrypted stream to one peer. Who it is has yet to be proven. */
export interface Connection {
  /** The peer's Noise key, 64 hex. It says nothing about membership. */
  readonly remoteKey: string
  readonly initiator: boolean
  /** What both ends of this very stream have in common, and no other stream has. */
  readonly handshakeHash: Uint8Array
  /** Both static Noise keys, the initiator's first. */
  readonly staticKeys: readonly [Uint8Array, Uint8Array]
  readonly stream: NoiseStream
  readonly channel: (options: ChannelOptions) => Effect.Effect<Channel, never, Scope.Scope>
  readonly closed: Effect.Effect<void>
  readonly destroy: Effect.Effect<void>
}

/** Peers beyond this number are turned away. One pact of many members is connected to some of them at a time. */
const maxConnections = 128
/** With so many connections nobody else is looked for. */
const fewEnough = 32
/**
 * How many are dialled at a time. Hyperswarm's own three are taken by peers that were killed: the DHT goes on naming them,
 * each dial takes 8 s to fail, and those that failed come before those that were never tried.
 */
const maxParallel = 16
/** Channels that a peer opens and that nobody here opens too. It costs a peer little to ask for them, and us memory. */
const maxUnmet = 4096

/** How often a sign of life is sent on a silent stream, and how long the peer may be silent, ms: three misses. */
export interface Liveness {
  readonly pingEvery: number
  readonly silence: number
}
const calm: Liveness = { pingEvery: 15_000, silence: 45_000 }
/** A connection that lasted so long and then ended is worth looking for at once, ms. */
const lasting = 5000
/** Waits between attempts to reach a known peer, ms. After the last it is looked up anew. */
const backoffs = [500, 3000, 10_000, 30_000]

/** Joins the DHT through these nodes, or the public one when there are none. */
export const openDht = (bootstrap: ReadonlyArray<Address> | undefined): Effect.Effect<Dht, never, Scope.Scope> =>
  Effect.acquireRelease(
    Effect.sync(() => ({ node: new HyperDHT(nodeOptions(bootstrap)) })),
    ({ node }) =>
      Effect.ignore(Effect.tryPromise(() => node.destroy({ force: true })).pipe(Effect.timeout("2 seconds")))
  )

/**
 * A network that is all on this machine stays on it: no packet leaves the loopback device. Nor could its nodes punch
 * holes, since that takes three other nodes to learn one's address from, and with fewer it leaves half a connection.
 */
const nodeOptions = (bootstrap: ReadonlyArray<Address> | undefined) =>
  bootstrap === undefined
    ? {}
    : { bootstrap, ...(bootstrap.every(({ host }) => isLoopback(host)) ? { host: "127.0.0.1" } : {}) }

const isLoopback = (host: string): boolean => host === "localhost" || host.startsWith("127.")

export interface SwarmOptions {
  /** Where the peers meet, 32 bytes. */
  readonly topic: Uint8Array
  /** The seed of the Noise key for this pact, 32 bytes: two pacts of one home can't be told to be of one. */
  readonly seed: Uint8Array
  /** How many peers there should be, as far as is known: with fewer, others are looked for. One unless given. */
  readonly wanted?: () => number
  readonly liveness?: Liveness
  /** Serves one connection. Its scope closes with the stream. */
  readonly serve: (connection: Connection) => Effect.Effect<void, never, Scope.Scope>
}

export interface Swarm {
  /** Looks for peers anew, now. */
  readonly refresh: Effect.Effect<void>
  /** Ends all connections, which may be dead, and looks for peers anew. */
  readonly redial: Effect.Effect<void>
  readonly connections: () => number
}

/** Meets the peers of one pact until the scope closes. The node is shared and stays open. */
export const joinSwarm = Effect.fnUntraced(function* (
  { node }: Dht,
  { liveness = calm, seed, serve, topic, wanted = () => 1 }: SwarmOptions
): Effect.fn.Return<Swarm, never, Scope.Scope> {
  const run = yield* FiberSet.makeRuntime<never, void, never>()
  const swarm = new Hyperswarm({ dht: node, keyPair: HyperDHT.keyPair(seed), backoffs, maxParallel })
  const lost = yield* Queue.sliding<void>(1)
  let leaving = false
  swarm.on("connection", (stream: NoiseStream) => {
    // Here and now: an error that nobody hears ends the process.
    stream.on("error", () => {})
    // A dial that was under way may still come through when this swarm has ended.
    if (leaving || swarm.connections.size > maxConnections) stream.destroy()
    else {
      const since = performance.now()
      stream.once("close", () => {
        if (performance.now() - since > lasting) Queue.offerUnsafe(lost, undefined)
      })
      void run(handle(stream, liveness, serve))
    }
  })
  yield* Effect.addFinalizer(() =>
    // swarm.destroy() would end the node, which other pacts use.
    Effect.tryPromise(async () => {
      leaving = true
      // Or it would dial those again that it lost a moment ago.
      for (const peer of swarm.peers.values()) peer.ban(true)
      for (const stream of swarm.connections) stream.destroy()
      await Promise.all([swarm.clear(), swarm.server.close()])
    }).pipe(Effect.timeout("2 seconds"), Effect.ignore)
  )
  const session = swarm.join(topic, { client: true, server: true })
  const refresh = Effect.ignore(Effect.tryPromise(() => session.refresh({ client: true, server: true })))
  const redial = Effect.andThen(
    Effect.sync(() => swarm.connections.forEach((stream) => stream.destroy())),
    refresh
  )
  // Two peers that come at the same moment look before the other one can be found, and hyperswarm gives up a peer after
  // a few attempts. So who misses somebody looks again.
  const lookAround = Effect.when(
    refresh,
    Effect.sync(() => swarm.connections.size < Math.min(Math.max(wanted(), 1), fewEnough))
  )
  yield* Effect.forkScoped(Effect.forever(Effect.raceFirst(Effect.repeat(lookAround, lonely), Queue.take(lost))))
  // The machine slept, or the process was stopped: peers have long given up on these connections.
  const awake = yield* Queue.sliding<void>(1)
  const onAwake = () => void Queue.offerUnsafe(awake, undefined)
  node.on("wakeup", onAwake)
  yield* Effect.addFinalizer(() => Effect.sync(() => node.off("wakeup", onAwake)))
  yield* Effect.forkScoped(Effect.forever(Effect.andThen(Queue.take(awake), redial)))
  return { refresh, redial, connections: () => swarm.connections.size }
})

/** When a peer that misses others looks for them: soon, and then ever more seldom, by chance so that not all do at once. */
const lonely = Schedule.min([Schedule.exponential("600 millis", 2), Schedule.spaced("1 minute")]).pipe(
  Schedule.modifyDelay(({ duration }) => Effect.sync(() => Duration.times(duration, 0.2 + 1.6 * Math.random())))
)

const handle = (stream: NoiseStream, liveness: Liveness, serve: SwarmOptions["serve"]): Effect.Effect<void> =>
  Effect.scoped(
    Effect.gen(function* () {
      const connection = yield* connectionOf(stream, liveness)
      yield* Effect.raceFirst(Effect.andThen(serve(connection), connection.closed), connection.closed)
    })
  ).pipe(
    Effect.onExit((exit) =>
      Exit.isFailure(exit) && Cause.hasDies(exit.cause)
        ? Effect.logError("a connection failed", exit.cause)
        : Effect.void
    ),
    Effect.exit,
    Effect.asVoid
  )

/** The connection over a stream. The stream ends with the scope. */
export const connectionOf = Effect.fnUntraced(function* (
  stream: NoiseStream,
  { pingEvery, silence }: Liveness = calm
): Effect.fn.Return<Connection, never, Scope.Scope> {
  const closed = Deferred.makeUnsafe<void>()
  stream.once("close", () => Deferred.doneUnsafe(closed, Effect.void))
  stream.setKeepAlive(pingEvery)
  stream.setTimeout(silence)
  const mux = Protomux.from(stream)
  stream.on("data", () => {
    if (mux._remoteBacklog > maxUnmet) stream.destroy()
  })
  yield* Effect.addFinalizer(() => Effect.sync(() => stream.destroy()))
  const { handshakeHash, isInitiator, publicKey, remotePublicKey } = stream
  return {
    remoteKey: toHex(remotePublicKey),
    initiator: isInitiator,
    handshakeHash,
    staticKeys: isInitiator ? [publicKey, remotePublicKey] : [remotePublicKey, publicKey],
    stream,
    channel: (options) => openChannel(stream, options),
    closed: Deferred.await(closed),
    destroy: Effect.sync(() => stream.destroy())
  }
})
