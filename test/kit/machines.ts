import { Effect, Exit, FileSystem, Scope } from "effect"
import { dirname } from "node:path"
import { fromHex, toHex } from "../../src/engine/bytes.ts"
import { locationsOf, type PactLocations } from "../../src/home/locations.ts"
import { type Connection, joinSwarm, openDht } from "../../src/hyper/swarm.ts"
import { makeGate } from "../../src/network/gate.ts"
import { makePresence, type Presence } from "../../src/network/presence.ts"
import { beginJoining } from "../../src/pacts/joining.ts"
import { createPact, openPact } from "../../src/pacts/open-pact.ts"
import type { Pact } from "../../src/pacts/Pact.ts"
import { makeSignal } from "../../src/pacts/signal.ts"
import { within } from "./deadline.ts"
import { adopt, copyAtOnce } from "./disk.ts"
import { openHome } from "./home.ts"
import { tempDir } from "./temp.ts"
import type { Bootstrap } from "./testnet.ts"

/** A machine with one pact, in this process, with its own home and its own node of a private network. */
export interface Machine {
  readonly name: string
  readonly pact: Pact
  /** Where its files are. After a kill: those that it left. */
  readonly places: PactLocations
  /** The members that are connected now, and what they tell of theirs. */
  readonly presence: Presence
  /** Called from now on whenever somebody comes or goes. */
  readonly onPresence: (listener: () => void) => void
  /** Serves one connection, as the network of a daemon does. */
  readonly serve: (connection: Connection) => Effect.Effect<void, never, Scope.Scope>
  /** How things stand, in one line. */
  readonly dump: () => string
  /** Waits until the probe answers something else than null. It is asked whenever the pact or who is there changes. */
  readonly until: <A>(what: string, probe: () => A | null) => Effect.Effect<A>
  /** Puts it on the network until the answer runs. */
  readonly connect: Effect.Effect<Effect.Effect<void>>
  /** Takes it off the network and closes the pact. */
  readonly stop: Effect.Effect<void>
  /**
   * Ends it as SIGKILL would, as far as its disk goes. When this returns, the files that the system had at that moment are
   * the machine's: those of RocksDB and SQLite, their logs and all else. A write that was in a thread of RocksDB is in them
   * or not. What is left of the old run goes on in files that nobody opens again, so its orderly end leaves no trace. The
   * caller has to take it off its wires before, and to listen to it no more. The effect ends when the old run is gone.
   *
   * Three things are not as after a SIGKILL. The files lie elsewhere, so the mark against copied folders is made anew. A
   * machine on a real network (`connect`) would still say farewell there. And one whose read model lacks thousands of
   * entries has a thread that writes them: it would not hold still for the copy, so it must not be killed then.
   */
  readonly kill: () => Effect.Effect<void>
}

type Opening = Effect.Effect<Pact, unknown, Scope.Scope | FileSystem.FileSystem>
const options = { durability: "os", paranoid: true } as const

/** A machine with a pact of its own. */
export const creator = Effect.fnUntraced(function* (boot: Bootstrap) {
  const places = yield* freshPlaces
  const info = { name: "Accord", purpose: null, display_name: "Ada" }
  return yield* machine("ada", boot, places, createPact(places, info, options))
})

/** A machine with the keys of somebody's pact. It is admitted there before it is online, unless `admit` is false. */
export const joiner = Effect.fnUntraced(function* (
  name: string,
  boot: Bootstrap,
  host: Machine,
  admit: boolean | "indexer" = true
) {
  const places = yield* freshPlaces
  yield* enter(places, host.pact, { display_name: name, admit })
  return yield* machine(name, boot, places, openPact(places, options))
})

/**
 * Joins somebody's pact as a daemon does by the pact id alone: with a log of its own, whose key the host admits, and the
 * key of the pact. Only that this one comes by hand and not over the network.
 *
 * @returns the member key.
 */
export const enter = Effect.fnUntraced(
  function* (
    places: PactLocations,
    { ledger, write }: Pact,
    { admit = true, display_name = null }: { admit?: boolean | "indexer"; display_name?: string | null } = {}
  ) {
    const joining = yield* beginJoining(places, { pactId: ledger.pactId, invite: null, displayName: display_name })
    const payload = { action: "addWriter", key: joining.memberKey, ...(admit === "indexer" ? { indexer: true } : {}) }
    if (admit !== false) yield* write({ type: "admin", payload })
    yield* joining.enter(ledger.encryptionKey)
    return joining.memberKey
  },
  Effect.scoped,
  Effect.orDie
)

/** The same machine again, after it was stopped. */
export const restart = ({ name, places }: Machine, boot: Bootstrap) =>
  machine(name, boot, places, openPact(places, options))

const freshPlaces = Effect.gen(function* () {
  const fs = yield* FileSystem.FileSystem
  const places = locationsOf(yield* tempDir()).pact("pact")
  yield* fs.makeDirectory(places.folder, { recursive: true })
  return places
})

let images = 0
/** Copies a pact's folder as the system has it now. Nothing else of this process runs meanwhile, but RocksDB's threads. */
const imageOf = ({ folder }: PactLocations): PactLocations => {
  const image = locationsOf(dirname(dirname(folder))).pact(`killed-${++images}`)
  copyAtOnce(folder, image.folder)
  return image
}

const machine = Effect.fnUntraced(function* (name: string, boot: Bootstrap, opened: PactLocations, opening: Opening) {
  const scope = yield* Scope.fork(yield* Effect.scope)
  const pact = yield* opening.pipe(Scope.provide(scope))
  const changed = makeSignal<never>()
  const listeners: Array<() => void> = [changed.fire]
  const presence = makePresence(() => Effect.sync(() => listeners.forEach((listener) => listener())))
  const dump = () => {
    const { confirmed, entries, length } = pact.read
    const members = pact.read
      .members({ limit: 20 })
      .map(({ active, key, role }) => `${key.slice(0, 8)} ${role} ${active}`)
    return JSON.stringify({
      name,
      me: pact.memberKey.slice(0, 8),
      length,
      entries,
      confirmed,
      members,
      online: [...presence.online()]
    })
  }
  const until: Machine["until"] = (what, probe) =>
    Effect.raceFirst(pact.until(probe), changed.until(probe)).pipe(
      within(`${name}: ${what}`, "20 seconds", dump),
      Effect.orDie
    )
  const serve = makeGate(pact, presence)
  const connect = Effect.gen(function* () {
    const online = yield* Scope.fork(scope)
    const { discoveryKey, identity } = pact.ledger
    yield* openDht(boot).pipe(
      Effect.flatMap((dht) => joinSwarm(dht, { topic: fromHex(discoveryKey), seed: identity.noiseSeed, serve })),
      Scope.provide(online)
    )
    return Scope.close(online, Exit.void)
  })
  const stop = Scope.close(scope, Exit.void)
  const onPresence = (listener: () => void) => void listeners.push(listener)
  let places = opened
  const kill = () => {
    places = imageOf(places)
    return Effect.andThen(
      stop,
      Effect.promise(() => adopt(places.data))
    )
  }
  const made: Machine = {
    name,
    pact,
    get places() {
      return places
    },
    presence,
    onPresence,
    serve,
    dump,
    until,
    connect,
    stop,
    kill
  }
  return made
}, Effect.orDie)

/** Puts a pact of another home into this one, as a member. No daemon may run on it. */
export const joinHome = Effect.fnUntraced(function* (
  dir: string,
  alias: string,
  host: Pact,
  display_name: string | null = null
) {
  const places = locationsOf(dir).pact(alias)
  yield* (yield* FileSystem.FileSystem).makeDirectory(places.folder, { recursive: true })
  return yield* enter(places, host, { display_name })
})

/** Waits until an entry is in the order of a machine. */
export const holds = (machine: Machine, id: string) =>
  machine.until(`entry ${id}`, () => (machine.pact.read.entry(id)?.accepted === true ? true : null))

/** Waits until it knows that it is a member, and has told its name, as a machine does that comes in. */
export const admitted = (machine: Machine) => machine.until("being a member", () => (hasTold(machine) ? true : null))

export const hasTold = ({ pact: { memberKey, read } }: Machine): boolean => {
  const self = read.memberWithWork(memberKey)
  return self?.active === true && self.display_name !== null
}

/** The log as this machine has it, in one line. */
export const logHash = ({ pact }: Machine): Effect.Effect<string> =>
  Effect.scoped(
    Effect.flatMap(pact.ledger.snapshot, ({ hash, length }) =>
      Effect.promise(async () => `${length} ${toHex(await hash(length))}`)
    )
  ).pipe(Effect.orDie)

export const knowledge = (content: string) => ({ type: "knowledge", payload: { topic: "t", content } }) as const

/** Two homes of one pact, called accord, and the key of the second as its member. No daemon runs on them so far. */
export const twoHomes = Effect.gen(function* () {
  const [first, second] = [yield* tempDir(), yield* tempDir()]
  const scope = yield* Scope.fork(yield* Effect.scope)
  const memberKey = yield* Effect.gen(function* () {
    const { pacts } = yield* openHome(first).pipe(Scope.provide(scope))
    yield* pacts.create({ name: "Accord" })
    return yield* joinHome(second, "accord", yield* pacts.find("accord"))
  })
  yield* Scope.close(scope, Exit.void)
  return { first, second, memberKey }
})
