import { NodeRuntime, NodeServices } from "@effect/platform-node"
import { Effect, Fiber } from "effect"
import { existsSync, readFileSync } from "node:fs"
import { join } from "node:path"
import { nodeFlags } from "../../src/cli/node-flags.ts"
import { type Daemon, startDaemon } from "../kit/daemon.ts"
import { lostEntries, only, Record, writeMany } from "../kit/load.ts"
import { twoHomes } from "../kit/machines.ts"
import { tempDir } from "../kit/temp.ts"
import { testnet } from "../kit/testnet.ts"
import { median, shown } from "./kit/figures.ts"
import type { MemoryLine } from "./kit/memory-log.ts"

/**
 * `npm run soak -- 30` lets two daemons write for 30 minutes, 5 unless given. The second is stopped, killed or frozen
 * every half minute and comes back. In the end no answered write may be missing, and memory must have stayed flat: that
 * of the daemon that runs through, and what the other one has after each half minute.
 */
const minutes = Number(process.argv[2] ?? 5)
/** How long each of the clients of a daemon waits after an answer, and how many there are. */
const pause = "100 millis"
const clients = 4
/** How much more memory the last third of the run may take than the first, after the part in which caches fill. */
const mostGrowth = 1.15
const warmUp = 1 / 6

const linesOf = (file: string): ReadonlyArray<MemoryLine> =>
  existsSync(file)
    ? readFileSync(file, "utf8")
        .split("\n")
        .filter((line) => line !== "")
        .map((line) => JSON.parse(line) as MemoryLine)
    : []
const textOf = (line: MemoryLine | undefined): string =>
  line === undefined ? "not measured yet" : `${line.rss} MB, heap ${line.heap}, external ${line.external}`
/** The medians of thirds after the warm-up, and how much more the last is than the first. */
const thirds = (all: ReadonlyArray<number>) => {
  const values = all.slice(Math.floor(all.length * warmUp))
  const size = Math.floor(values.length / 3)
  const parts = [0, 1, 2].map((part) => median(values.slice(part * size, (part + 1) * size)))
  return { parts, growth: parts[2]! / parts[0]! }
}

const program = Effect.gen(function* () {
  const boot = yield* testnet
  const logs = yield* tempDir("openpact-soak")
  const [adaLog, bobLog] = [join(logs, "ada"), join(logs, "bob")]
  const optionsFor = (log: string) => ({
    env: { OPENPACT_BOOTSTRAP: boot.map(({ host, port }) => `${host}:${port}`).join(","), SOAK_MEMORY: log },
    // As `openpact start` runs it.
    node: [...nodeFlags, `--import=${new URL("./kit/memory-log.ts", import.meta.url).href}`]
  })
  const { first, second } = yield* twoHomes
  const ada = yield* startDaemon(first, optionsFor(adaLog))
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

  const tell = Effect.gen(function* () {
    while (true) {
      yield* Effect.sleep("1 minute")
      console.error(
        `${record.answered.size} writes, ada ${textOf(linesOf(adaLog).at(-1))}, bob ${textOf(linesOf(bobLog).at(-1))}`
      )
    }
  })
  yield* Effect.forkScoped(tell)
  const busy = yield* Effect.forkChild(load(ada, "ada", () => performance.now() > until))
  let returns = 0
  const bobs: Array<MemoryLine> = []
  while (performance.now() < until) {
    yield* Effect.scoped(
      Effect.gen(function* () {
        const bob = yield* startDaemon(second, optionsFor(bobLog))
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
        bobs.push(...linesOf(bobLog).slice(-1))
        yield* Fiber.join(writing)
        yield* bob.stop
        returns++
      })
    )
  }
  yield* Fiber.join(busy)
  const bob = yield* startDaemon(second, optionsFor(bobLog))
  const status = (daemon: Daemon) =>
    daemon.get<{ readonly entries: number; readonly confirmed_lag: number }>("/v1/pacts/accord/status")
  const alike = Effect.map(
    Effect.all([status(ada), status(bob)]),
    ([a, b]) => a.entries === b.entries && a.confirmed_lag + b.confirmed_lag === 0
  )
  while (!(yield* alike)) yield* Effect.sleep("200 millis")
  const lost = (yield* lostEntries(ada, "accord", record)).length + (yield* lostEntries(bob, "accord", record)).length

  const samples = linesOf(adaLog)
  const [rss, heap, other] = [
    samples.map(({ rss }) => rss),
    samples.map(({ heap }) => heap),
    bobs.map(({ rss }) => rss)
  ]
  const row = (name: string, values: ReadonlyArray<number>) => {
    const { growth, parts } = thirds(values)
    console.log(`${name} ${parts.map(shown).join(", ")} (thirds after the warm-up), growth ${shown(growth)}`)
    return growth
  }
  console.log(`minutes   ${minutes}`)
  console.log(`writes    ${record.answered.size}, missing ${lost}`)
  console.log(`returns   ${returns}`)
  const growth = row("ada, MB  ", rss)
  row("heap, MB ", heap)
  row("bob, MB  ", other)
  console.log(
    `each half minute, MB: ${samples
      .filter((_, i) => i % 3 === 2)
      .map(textOf)
      .join("; ")}`
  )
  return lost === 0 && growth <= mostGrowth
})

NodeRuntime.runMain(
  Effect.scoped(program).pipe(
    Effect.provide(NodeServices.layer),
    Effect.flatMap((good) => (good ? Effect.void : Effect.die("entries were lost, or memory grew")))
  )
)
