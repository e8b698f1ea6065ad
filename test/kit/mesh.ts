import { Clock, Data, Deferred, Effect, Stream } from "effect"
import { connectionOf } from "../../src/hyper/swarm.ts"
import type { Draft } from "../../src/pacts/drafts.ts"
import type { WriteError, WriteOptions, Written } from "../../src/pacts/Pact.ts"
import { makeSignal } from "../../src/pacts/signal.ts"
import { creator, hasTold, joiner, logHash, type Machine, restart } from "./machines.ts"
import { openWire, type Wire } from "./wire.ts"

/** One machine of a mesh. It may stop and start again, and stays the same member. */
export interface Node {
  readonly name: string
  /** The machine as it runs now. Null while it is stopped. */
  readonly machine: () => Machine
  readonly running: () => boolean
  readonly write: (draft: Draft, options?: WriteOptions) => Effect.Effect<Written, WriteError | Killed>
  readonly stop: Effect.Effect<void>
  /**
   * Ends it as SIGKILL would, in the very turn in which this effect is begun: nothing it does after that gets to its disk,
   * to the others or to who waits for its answers. The others hear of it no sooner than it is back. See {@link Machine.kill}.
   */
  readonly kill: Effect.Effect<void>
  /** Opens what is on its disk. */
  readonly start: Effect.Effect<void>
  /** Nothing comes from it and nothing gets to it, and nobody is told, as when its process is stopped by a signal. */
  readonly freeze: Effect.Effect<void>
  readonly thaw: Effect.Effect<void>
  /** Lets its clock go wrong by so many ms. */
  readonly skew: (ms: number) => Effect.Effect<void>
}

/** The machine was killed before it answered. What was asked of it may be done or not. */
export class Killed extends Data.TaggedError("Killed")<{ readonly name: string }> {}

/** Machines of one pact in this process: real pacts, the real gate, and wires that can be cut. The first made the pact. */
export interface Mesh {
  readonly nodes: ReadonlyArray<Node>
  /** Lets a further machine in. */
  readonly join: (name: string, admit?: boolean | "indexer") => Effect.Effect<Node>
  /** Ends the connection of two, and keeps it so. */
  readonly cut: (a: Node, b: Node) => Effect.Effect<void>
  /** Parts the mesh: machines of different groups don't meet. Who is in no group meets nobody. */
  readonly part: (...groups: ReadonlyArray<ReadonlyArray<Node>>) => Effect.Effect<void>
  /** Undoes all cuts. */
  readonly heal: Effect.Effect<void>
  /** Waits until all that run have the same log, as large as the largest was, and (unless false) all of it confirmed. */
  readonly settle: (confirmed?: boolean) => Effect.Effect<string>
  /** Waits until the probe says true. It is asked whenever anything changed anywhere. */
  readonly until: (what: string, probe: Effect.Effect<boolean>) => Effect.Effect<void>
}

export interface MeshOptions {
  readonly size: number
  /** How many of them are indexers, the creator included. */
  readonly indexers?: number
  readonly deadline?: `${number} seconds`
}

interface Run {
  readonly machine: Machine
  killed: boolean
  /** Fails when it was killed and nothing is left of it. */
  readonly gone: Deferred.Deferred<never, Killed>
}
interface Slot extends Node {
  current: Run | null
  frozen: boolean
  offset: number
}
interface Line {
  readonly wire: Wire
  readonly ends: readonly [Slot, Slot]
}
/** How long a machine waits before it dials again, ms. A gate may refuse it again and again. */
const redial = 50

export const makeMesh = Effect.fnUntraced(function* ({ deadline = "20 seconds", indexers = 1, size }: MeshOptions) {
  const scope = yield* Effect.scope
  const context = yield* Effect.context<Effect.Services<ReturnType<typeof creator>>>()
  const changed = makeSignal<never>()
  const slots: Array<Slot> = []
  const lines = new Map<string, Line>()
  const cuts = new Set<string>()
  const nameOf = (a: Node, b: Node) => [a.name, b.name].toSorted().join(" ")
  let version = 0
  const moved = () => {
    version++
    changed.fire()
  }

  const linesOf = (slot: Slot) => [...lines.values()].filter(({ ends }) => ends.includes(slot))

  const add = Effect.fnUntraced(function* (name: string, open: Effect.Effect<Machine, unknown>) {
    const current = () => slot.current ?? raise(`${name} is stopped`)
    const slot: Slot = {
      name,
      current: null,
      frozen: false,
      offset: 0,
      machine: () => current().machine,
      running: () => slot.current !== null,
      write: (draft, options) =>
        Effect.suspend(() => {
          const run = current()
          return run.machine.pact.write(draft, options).pipe(
            Effect.raceFirst(Deferred.await(run.gone)),
            Effect.exit,
            Effect.flatMap((exit) => (run.killed ? new Killed({ name }) : exit))
          )
        }).pipe(Effect.updateService(Clock.Clock, (clock) => skewed(clock, () => slot.offset))),
      stop: Effect.suspend(() => {
        const { stop } = slot.machine()
        slot.current = null
        return stop
      }),
      kill: Effect.suspend(() => {
        const run = current()
        for (const { ends, wire } of linesOf(slot)) wire.lose(ends[0] === slot ? 0 : 1)
        const end = run.machine.kill()
        run.killed = true
        slot.current = null
        slot.frozen = false
        return Deferred.into(Effect.andThen(end, new Killed({ name })), run.gone)
      }).pipe(Effect.asVoid, Effect.uninterruptible),
      start: Effect.suspend(() => {
        const { gone, killed, machine } = last!
        // A peer takes the new connection for the old one, if it still has that.
        for (const { wire } of linesOf(slot)) wire.cut()
        const again = Effect.suspend(() => restart(machine, [])).pipe(Effect.provideContext(context))
        return run(slot, killed ? Effect.andThen(Effect.flip(Deferred.await(gone)), again) : again)
      }),
      freeze: hold(() => slot, true),
      thaw: hold(() => slot, false),
      skew: (ms) => Effect.sync(() => void (slot.offset = ms))
    }
    let last: Run | null = null
    const run = Effect.fnUntraced(function* (slot: Slot, opening: Effect.Effect<Machine, unknown>) {
      const machine = yield* Effect.orDie(opening)
      last = slot.current = { machine, killed: false, gone: Deferred.makeUnsafe() }
      const { onPresence, pact } = machine
      onPresence(moved)
      yield* Effect.forkIn(
        Stream.runForEach(Stream.merge(pact.batches, pact.ledger.changes), () => Effect.sync(moved)),
        scope
      )
      for (const other of slots) if (other !== slot && other.running()) yield* Effect.forkIn(link(slot, other), scope)
    })
    slots.push(slot)
    yield* run(slot, open)
    return slot
  })

  const hold = (slot: () => Slot, held: boolean) =>
    Effect.sync(() => {
      slot().frozen = held
      for (const { wire } of linesOf(slot())) wire.hold(held)
    })

  /** Keeps two connected for as long as both run. */
  const link = (a: Slot, b: Slot): Effect.Effect<void> =>
    Effect.gen(function* () {
      const [one, other] = [a.machine(), b.machine()]
      const name = nameOf(a, b)
      const apart = () => cuts.has(name) || a.frozen || b.frozen
      const same = () => a.current?.machine === one && b.current?.machine === other
      while (same()) {
        if (apart()) {
          const seen = version
          yield* changed.until(() => (version > seen ? true : null))
          continue
        }
        yield* Effect.scoped(
          Effect.gen(function* () {
            const wire = yield* openWire([one.pact.ledger.identity.noiseSeed, other.pact.ledger.identity.noiseSeed])
            if (wire === null || apart() || !same()) return
            const line: Line = { wire, ends: [a, b] }
            lines.set(name, line)
            // Where one of them was killed, the next line may stand already.
            yield* Effect.addFinalizer(() => Effect.sync(() => lines.get(name) === line && lines.delete(name)))
            const serve = (machine: Machine, end: 0 | 1) =>
              Effect.scoped(Effect.flatMap(connectionOf(wire.ends[end]), machine.serve))
            yield* Effect.all([serve(one, 0), serve(other, 1)], { concurrency: 2 })
          })
        )
        yield* Effect.sleep(redial)
      }
    })

  const setCuts = (names: Iterable<string>) =>
    Effect.sync(() => {
      cuts.clear()
      for (const name of names) {
        cuts.add(name)
        lines.get(name)?.wire.cut()
      }
      moved()
    })
  const pairs = () => slots.flatMap((a, i) => slots.slice(i + 1).map((b) => [a, b] as const))

  const dump = () =>
    [
      ...slots.map(
        ({ current, frozen, name }) => `${current?.machine.dump() ?? `${name} is stopped`}${frozen ? ", frozen" : ""}`
      ),
      `wires: ${[...lines.keys()].join(", ")}`,
      `cut: ${[...cuts].join(", ")}`
    ].join("\n")

  const until: Mesh["until"] = (what, probe) =>
    Effect.gen(function* () {
      while (true) {
        const seen = version
        if (yield* probe) return
        yield* changed.until(() => (version > seen ? true : null))
      }
    }).pipe(
      Effect.timeoutOrElse({
        duration: deadline,
        orElse: () => Effect.die(new Error(`${what}: not within ${deadline}\n${dump()}`))
      })
    )

  const settle: Mesh["settle"] = (confirmed = true) =>
    Effect.gen(function* () {
      let hash = ""
      yield* until(
        "all views equal",
        Effect.gen(function* () {
          const all = slots.flatMap(({ current }) => current?.machine ?? [])
          const hashes = yield* Effect.all(all.map(logHash))
          hash = hashes[0]!
          return (
            hashes.every((other) => other === hash) &&
            all.every(({ pact: { read } }) => read.length === Number(hash.split(" ")[0])) &&
            (!confirmed || all.every(({ pact: { read } }) => read.confirmed === read.entries))
          )
        })
      )
      return hash
    })

  const mesh: Mesh = {
    nodes: slots,
    join: (name, admit = true) =>
      add(
        name,
        Effect.suspend(() => joiner(name, [], slots[0]!.machine(), admit)).pipe(Effect.provideContext(context))
      ),
    cut: (a, b) => setCuts([...cuts, nameOf(a, b)]),
    part: (...groups) =>
      setCuts(
        pairs().flatMap(([a, b]) =>
          groups.some((group) => group.includes(a) && group.includes(b)) ? [] : nameOf(a, b)
        )
      ),
    heal: setCuts([]),
    settle,
    until
  }
  yield* add("m0", creator([]).pipe(Effect.provideContext(context)))
  for (let i = 1; i < size; i++) yield* mesh.join(`m${i}`, i < indexers ? "indexer" : true)
  const told = () => slots.every(({ current }) => hasTold(current!.machine))
  yield* until("all names told", Effect.sync(told))
  yield* settle()
  return mesh
})

const raise = (message: string): never => {
  throw new Error(message)
}

const skewed = (clock: Clock.Clock, offset: () => number): Clock.Clock =>
  Object.assign(Object.create(clock) as Clock.Clock, {
    currentTimeMillisUnsafe: () => clock.currentTimeMillisUnsafe() + offset(),
    currentTimeMillis: Effect.map(clock.currentTimeMillis, (now) => now + offset())
  })
