import { Effect } from "effect"
import { tempDir } from "../../kit/temp.ts"
import { forkChild } from "../kit/child.ts"
import { type Daemon, startDaemon } from "../kit/daemon.ts"
import { corpus } from "../kit/entries.ts"
import { atMost, type Figure, shown } from "../kit/figures.ts"
import { fill } from "../kit/fill.ts"
import type { Latencies, Turns } from "../kit/load.ts"
import type { Serve, Serving } from "../kit/same-bytes.ts"
import type { Part } from "../part.ts"

const small = 1000
const large = 100_000
const turns = 400

/** Every read at 1,000 and at 100,000 entries in turns, and the list against a server that sends the same bytes. */
export const reads: Part = {
  about: `reads at ${shown(large)} entries against ${shown(small)}, and against node:http`,
  run: Effect.gen(function* () {
    const daemon = yield* startDaemon(yield* tempDir("openpact-bench"), { pact: false })
    for (const [alias, count] of sizes) yield* Effect.scoped(fill(daemon, alias, corpus(count)))
    const load = yield* forkChild<Turns, Latencies>(new URL("../kit/load.ts", import.meta.url))
    const time = (targets: Turns["targets"]) =>
      Effect.andThen(load.ask({ kind: "turns", targets, turns: 50 }), load.ask({ kind: "turns", targets, turns }))

    const queries = yield* Effect.forEach(sizes, ([alias]) => queriesOf(daemon, alias))
    const figures: Array<Figure> = []
    for (const name of Object.keys(queries[0]!)) {
      const targets = queries.map((of) => ({ port: daemon.port, request: daemon.request("GET", of[name]!) }))
      const [at1k, at100k] = yield* time(targets)
      const more = ` (${ms(at1k!.p50)} to ${ms(at100k!.p50)} ms, p95 ${ms(at100k!.p95)} ms)`
      figures.push(atMost(`${name}, 100,000 entries of 1,000`, at100k!.p50 / at1k!.p50, 1.5, "x", more))
      if (name === frequentWord) figures.push(atMost(`${name}, 100,000 entries, p95`, at100k!.p95, 10, " ms"))
    }

    const list = queries[1]!["list page of 50"]!
    const plain = yield* forkChild<Serve, Serving>(new URL("../kit/same-bytes.ts", import.meta.url))
    const body = JSON.stringify(yield* daemon.call("GET", list))
    const { port } = yield* plain.ask({ body })
    const request = daemon.request("GET", list)
    const [node, ours] = yield* time([
      { port, request },
      { port: daemon.port, request }
    ])
    const more = ` (${ms(node!.p50)} to ${ms(ours!.p50)} ms, ${shown(ours!.bytes)} bytes)`
    return [...figures, atMost("list page of 50, of node:http", ours!.p50 / node!.p50, 1.5, "x", more)]
  })
}

const sizes: ReadonlyArray<readonly [alias: string, count: number]> = [
  ["small", small],
  ["large", large]
]
const frequentWord = "search, a word of every second entry"
const ms = (value: number) => value.toFixed(3)

interface Page {
  readonly entries: ReadonlyArray<{ readonly id: string }>
  readonly cursor: string
}

const queriesOf = (daemon: Daemon, alias: string) =>
  Effect.gen(function* () {
    const pact = `/v1/pacts/${alias}`
    const { entries } = yield* daemon.call<Page>("GET", `${pact}/knowledge?topic=topic-rare`)
    const { cursor } = yield* daemon.call<Page>("GET", `${pact}/changes?from=head`)
    const queries: Readonly<Record<string, string>> = {
      "GET by id": `${pact}/entries/${entries[0]!.id}`,
      "list page of 50": `${pact}/knowledge?limit=50`,
      "topic filter, rare (10)": `${pact}/knowledge?topic=topic-rare`,
      "topic filter, frequent": `${pact}/knowledge?topic=topic-often`,
      "topic filter, absent": `${pact}/knowledge?topic=topic-none`,
      "changes with nothing new": `${pact}/changes?since=${cursor}`,
      "search, a rare word (10)": `${pact}/search?q=zanzibar`,
      [frequentWord]: `${pact}/search?q=omnipresent`
    }
    return queries
  })
