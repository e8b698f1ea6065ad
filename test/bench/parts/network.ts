import { NodeFileSystem } from "@effect/platform-node"
import { Effect, Exit, Fiber, Scope } from "effect"
import { nodeFlags } from "../../../src/cli/node-flags.ts"
import { connectTo, type Daemon, launchDaemon, startDaemon } from "../../kit/daemon.ts"
import { type Events, openEvents } from "../../kit/events.ts"
import { openHome } from "../../kit/home.ts"
import { joinHome, twoHomes } from "../../kit/machines.ts"
import { tempDir } from "../../kit/temp.ts"
import { type Bootstrap, testnet } from "../../kit/testnet.ts"
import type { BareKeys, BareRequest } from "../kit/bare-peer.ts"
import { forkChild } from "../kit/child.ts"
import { bodies } from "../kit/entries.ts"
import { atLeast, atMost, type Figure, median, plain, quantile, shown } from "../kit/figures.ts"

import type { Part } from "../part.ts"

const rounds = 5
/** Writes a round, one after the other. */
const writes = 40
/** How many newcomers there are, one after the other. */
const joins = 3
const joined = Number(process.env["OPENPACT_BENCH_JOIN"] ?? 100_000)

const optionsFor = (boot: Bootstrap) => ({
  env: { OPENPACT_BOOTSTRAP: boot.map(({ host, port }) => `${host}:${port}`).join(",") },
  node: nodeFlags
})
const openBare = forkChild<BareRequest, BareKeys | null>(new URL("../kit/bare-peer.ts", import.meta.url))

/** Two daemons on one private network, and two bare peers on the same. */
export const network: Part = {
  about: "two peers over a private network, against bare Autobase over the same",
  run: Effect.gen(function* () {
    const boot = yield* testnet
    return [...(yield* latency(boot)), ...(yield* catchUp(boot))]
  }).pipe(Effect.orDie, Effect.provide(NodeFileSystem.layer))
}

/** From a POST on one to the event on the other, and from a POST to its confirmation. */
const latency = Effect.fnUntraced(function* (boot: Bootstrap) {
  const { first, second } = yield* twoHomes
  const ada = yield* startDaemon(first, optionsFor(boot))
  const bob = yield* startDaemon(second, optionsFor(boot))
  const [here, there] = [yield* openEvents(ada), yield* openEvents(bob)]
  const [one, other] = [yield* openBare, yield* openBare]
  const at = boot[0]!
  const keys = yield* one.ask({ kind: "open", ...at, keys: null })
  yield* one.ask({ kind: "append" })
  yield* other.ask({ kind: "open", ...at, keys })
  yield* other.ask({ kind: "until", frames: 1 })
  let frames = 1
  const bareWrite = Effect.gen(function* () {
    const start = performance.now()
    const seen = yield* Effect.forkChild(other.ask({ kind: "until", frames: ++frames }), { startImmediately: true })
    yield* one.ask({ kind: "append" })
    yield* Fiber.join(seen)
    return performance.now() - start
  })
  const figures = { bare: [] as Array<number>, ours: [] as Array<number>, back: [] as Array<number> }
  const confirmed: Array<number> = []
  for (let round = -1; round < rounds; round++) {
    const bare = yield* Effect.replicateEffect(bareWrite, writes)
    const ours = yield* Effect.replicateEffect(oneWrite(ada, there), writes)
    const back = yield* Effect.replicateEffect(oneWrite(bob, here), writes)
    const waited = yield* Effect.replicateEffect(confirmedWrite(bob), writes / 4)
    // The first round warms up.
    if (round < 0) continue
    confirmed.push(...waited)
    for (const [name, times] of [["bare", bare] as const, ["ours", ours] as const, ["back", back] as const])
      figures[name].push(median(times))
  }
  const ratio = median(figures.ours.map((time, i) => time / figures.bare[i]!))
  confirmed.sort((a, b) => a - b)
  return [
    atMost(
      "POST on one peer to the event on the other, p50, of bare Autobase",
      ratio,
      1.5,
      "x",
      ` (${shown(median(figures.ours))} ms of ${shown(median(figures.bare))} ms)`
    ),
    plain("the same, from a member to the creator", `${shown(median(figures.back))} ms`),
    atMost("a member's write confirmed, one indexer, p50", quantile(confirmed, 0.5), 300, " ms"),
    plain("the same, p95", `${shown(quantile(confirmed, 0.95))} ms`)
  ]
})

let count = 0
const post = (daemon: Daemon, query = "") =>
  daemon.send<{ readonly id: string }>("POST", `/v1/pacts/accord/knowledge${query}`, {
    topic: "t",
    content: `entry ${count++} ${"some words of an agent ".repeat(7)}`
  })

const oneWrite = (from: Daemon, at: Events) =>
  Effect.gen(function* () {
    const start = performance.now()
    const before = at.frames.length
    const content = `"content":"entry ${count} `
    const seen = yield* Effect.forkChild(
      at.until("the event", (frames) =>
        frames
          .slice(before)
          .some(({ data, event }) => event === "entry-applied" && JSON.stringify(data).includes(content))
          ? performance.now()
          : null
      ),
      { startImmediately: true }
    )
    yield* post(from)
    return (yield* Fiber.join(seen)) - start
  })

const confirmedWrite = (daemon: Daemon) =>
  Effect.gen(function* () {
    const start = performance.now()
    yield* post(daemon, "?wait=confirmed")
    return performance.now() - start
  })

/** How long machines that come anew take until they have all, read model included, against bare ones. */
const catchUp = Effect.fnUntraced(function* (boot: Bootstrap) {
  const first = yield* tempDir("openpact-bench")
  const newcomers = yield* Effect.replicateEffect(tempDir("openpact-bench"), joins)
  const filling = yield* Scope.fork(yield* Effect.scope)
  yield* Effect.gen(function* () {
    const { pacts } = yield* openHome(first, { paranoid: false })
    yield* pacts.create({ name: "Accord" })
    const pact = yield* pacts.find("accord")
    yield* Effect.forEach(bodies(joined, 9), (payload) => pact.write({ type: "knowledge", payload }), {
      concurrency: 256,
      discard: true
    }).pipe(Effect.orDie)
    yield* Effect.forEach(newcomers, (home) => joinHome(home, "accord", pact), { discard: true })
  }).pipe(Scope.provide(filling))
  yield* Scope.close(filling, Exit.void)

  const ada = yield* startDaemon(first, optionsFor(boot))
  const { entries } = yield* ada.get<Status>("/v1/pacts/accord/status")
  const one = yield* openBare
  const at = boot[0]!
  yield* one.ask({ kind: "open", ...at, keys: null })
  yield* one.ask({ kind: "fill", entries: joined })
  const keys = (yield* one.ask({ kind: "open", ...at, keys: null }))!

  const ourFetch = (home: string) =>
    Effect.gen(function* () {
      const bob = yield* connectTo(yield* launchDaemon(home, optionsFor(boot)))
      // Nobody listens to its events: what a reader of all of them costs is the reader's.
      const status = Effect.map(bob.call("GET", "/v1/pacts/accord/status"), ({ status, text }) =>
        status === 200 ? (JSON.parse(text) as Status) : null
      )
      yield* Effect.repeat(Effect.delay(status, "50 millis"), {
        while: (now) => now === null || now.entries < entries || !now.synced || now.confirmed_lag > 0
      })
    })
  const bareFetch = Effect.gen(function* () {
    const other = yield* openBare
    yield* other.ask({ kind: "open", ...at, keys })
    yield* other.ask({ kind: "until", frames: keys.frames })
  })
  const times: Array<{ readonly ours: number; readonly bare: number }> = []
  for (const home of newcomers)
    times.push({ bare: yield* secondsOf(bareFetch), ours: yield* secondsOf(ourFetch(home)) })
  const ratio = median(times.map(({ bare, ours }) => bare / ours))
  const figures: ReadonlyArray<Figure> = [
    atLeast(
      `a newcomer to ${shown(joined)} entries holds them all, of bare Autobase's rate`,
      ratio,
      0.5,
      "x",
      ` (${shown(median(times.map(({ ours }) => ours)))} s, bare ${shown(median(times.map(({ bare }) => bare)))} s)`
    )
  ]
  return figures
})

/** How long it takes, until all that it needed is about to be closed. */
const secondsOf = <E, R>(work: Effect.Effect<void, E, R | Scope.Scope>) =>
  Effect.scoped(
    Effect.gen(function* () {
      const start = performance.now()
      yield* work
      return (performance.now() - start) / 1000
    })
  )

interface Status {
  readonly entries: number
  readonly synced: boolean
  readonly confirmed_lag: number
}
