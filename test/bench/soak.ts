import { NodeRuntime, NodeServices } from "@effect/platform-node"
import { Effect, Fiber } from "effect"
import { readFileSync } from "node:fs"
import { nodeFlags } from "../../src/cli/node-flags.ts"
import { type Daemon, startDaemon } from "../kit/daemon.ts"
import { lostEntries, only, Record, writeMany } from "../kit/load.ts"
import { twoHomes } from "../kit/machines.ts"
import { testnet } from "../kit/testnet.ts"
import { median, shown } from "./kit/figures.ts"

/**
 * `npm run soak -- 30` lets two daemons write for 30 minutes, 5 unless given. The second is stopped, killed or frozen
 * every half minute and comes back. In the end no answered write may be missing, and memory must have stayed flat.
 */
const minutes = Number(process.argv[2] ?? 5)
/** How long each of the clients of a daemon waits after an answer, and how many there are. */
const pause = "100 millis"
const clients = 4
/** How much more memory the last third of the run may take than the middle one. */
const mostGrowth = 1.15

const rss = ({ pid }: Daemon): number =>
  Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, "utf8"))![1]) / 1024

const program = Effect.gen(function* () {
  const boot = yield* testnet
  const env = { OPENPACT_BOOTSTRAP: boot.map(({ host, port }) => `${host}:${port}`).join(",") }
  // As `openpact start` runs it.
  const options = { env, node: nodeFlags }
  const { first, second } = yield* twoHomes
  const ada = yield* startDaemon(first, options)
  const record = new Record()
  const until = performance.now() + minutes * 60_000
  let written = 0
  const load = (daemon: Daemon, name: string, done: () => boolean) =>
    Effect.forEach(
      Array.from({ length: clients }),
      () =>
        Effect.gen(function* () {
          while (!done() && !daemon.hasExited()) {
            let wrote = false
            const content = () => `${name} ${written++} ${"some words of an agent ".repeat(8)}`
            yield* writeMany(daemon, record, {
              pact: "accord",
              writers: 1,
              content,
              refused: only(),
              done: () => wrote || ((wrote = true), false)
            })
            yield* Effect.sleep(pause)
          }
        }),
      { concurrency: clients, discard: true }
    )

  const samples: Array<number> = []
  const watch = Effect.gen(function* () {
    while (true) {
      yield* Effect.sleep("10 seconds")
      samples.push(rss(ada))
    }
  })
  const tell = Effect.gen(function* () {
    while (true) {
      yield* Effect.sleep("1 minute")
      console.error(`${record.answered.size} writes, ${shown(rss(ada))} MB`)
    }
  })
  yield* Effect.forkScoped(watch)
  yield* Effect.forkScoped(tell)
  const busy = yield* Effect.forkChild(load(ada, "ada", () => performance.now() > until))
  let returns = 0
  while (performance.now() < until) {
    yield* Effect.scoped(
      Effect.gen(function* () {
        const bob = yield* startDaemon(second, options)
        let over = false
        const writing = yield* Effect.forkChild(load(bob, `bob ${returns}`, () => over))
        yield* Effect.sleep("25 seconds")
        if (returns % 3 === 0) {
          bob.signal("SIGSTOP")
          yield* Effect.sleep("5 seconds")
          bob.signal("SIGCONT")
          yield* Effect.sleep("5 seconds")
        }
        if (returns % 3 === 1) yield* bob.kill
        over = true
        yield* Fiber.join(writing)
        yield* bob.stop
        returns++
      })
    )
  }
  yield* Fiber.join(busy)
  const bob = yield* startDaemon(second, options)
  const status = (daemon: Daemon) =>
    daemon.get<{ readonly entries: number; readonly confirmed_lag: number }>("/v1/pacts/accord/status")
  const alike = Effect.map(
    Effect.all([status(ada), status(bob)]),
    ([a, b]) => a.entries === b.entries && a.confirmed_lag + b.confirmed_lag === 0
  )
  while (!(yield* alike)) yield* Effect.sleep("200 millis")
  const lost = (yield* lostEntries(ada, "accord", record)).length + (yield* lostEntries(bob, "accord", record)).length

  const third = Math.floor(samples.length / 3)
  const [early, middle, late] = [0, 1, 2].map((part) => median(samples.slice(part * third, (part + 1) * third)))
  const growth = late! / middle!
  console.log(`minutes        ${minutes}`)
  console.log(`writes         ${record.answered.size}, missing ${lost}`)
  console.log(`returns        ${returns}`)
  console.log(
    `memory, MB     ${shown(early!)}, ${shown(middle!)}, ${shown(late!)} (thirds of the run), growth ${shown(growth)}`
  )
  return lost === 0 && growth <= mostGrowth
})

NodeRuntime.runMain(
  Effect.scoped(program).pipe(
    Effect.provide(NodeServices.layer),
    Effect.flatMap((good) => (good ? Effect.void : Effect.die("entries were lost, or memory grew")))
  )
)
