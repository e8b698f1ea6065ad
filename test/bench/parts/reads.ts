import { Effect } from "effect"
import { tempDir } from "../../kit/temp.ts"
import { forkChild } from "../kit/child.ts"
import { type Daemon, startDaemon } from "../kit/daemon.ts"
import { corpus } from "../kit/entries.ts"
import { atMost, type Figure, plain, shown } from "../kit/figures.ts"
import { fill } from "../kit/fill.ts"
import type { Latencies, Target, Turns } from "../kit/load.ts"
import type { Serve, Serving } from "../kit/same-bytes.ts"
import type { Part } from "../part.ts"

const small = 1000
const large = 100_000
const turns = 400
/** The daemon keeps its newest answers. More different requests than it keeps in turn meet the read model each time. */
const different = 48

/** Every read at 1,000 and at 100,000 entries in turns, and the list against a server that sends the same bytes. */
export const reads: Part = {
  about: `reads at ${shown(large)} entries against ${shown(small)}, and against node:http`,
  run: Effect.gen(function* () {
    const daemon = yield* startDaemon(yield* tempDir("openpact-bench"), { pact: false })
    for (const [alias, count] of sizes) yield* Effect.scoped(fill(daemon, alias, corpus(count)))
    const load = yield* forkChild<Turns, Latencies>(new URL("../kit/load.ts", import.meta.url))
    const time = (targets: ReadonlyArray<Target>) =>
      Effect.andThen(load.ask({ kind: "turns", targets, turns: 50 }), load.ask({ kind: "turns", targets, turns }))

    const queries = yield* Effect.forEach(sizes, ([alias]) => queriesOf(daemon, alias))
    const figures: Array<Figure> = []
    for (const name of Object.keys(queries[0]!)) {
      const [at1k, at100k] = yield* time(queries.map((of) => target(daemon, of[name]!)))
      const more = ` (${ms(at1k!.p50)} to ${ms(at100k!.p50)} ms, p95 ${ms(at100k!.p95)} ms)`
      figures.push(atMost(`${name}, 100,000 entries of 1,000`, at100k!.p50 / at1k!.p50, 1.5, "x", more))
      if (name === frequentWord) figures.push(atMost(`${name}, 100,000 entries, p95`, at100k!.p95, 10, " ms"))
    }

    const list = "/v1/pacts/large/knowledge?limit=50"
    const server = yield* forkChild<Serve, Serving>(new URL("../kit/same-bytes.ts", import.meta.url))
    const { port } = yield* server.ask({ body: JSON.stringify(yield* daemon.call("GET", list)) })
    const polled = target(daemon, [list])
    const [node, again, first] = yield* time([{ ...polled, port }, polled, target(daemon, queries[1]![page]!)])
    const more = ` (${ms(node!.p50)} to ${ms(again!.p50)} ms, ${shown(again!.bytes)} bytes)`
    return [
      ...figures,
      atMost(`${page}, of node:http`, again!.p50 / node!.p50, 1.5, "x", more),
      plain(`${page}, not asked for before, of node:http`, `${shown(first!.p50 / node!.p50)}x (${ms(first!.p50)} ms)`)
    ]
  })
}

const sizes: ReadonlyArray<readonly [alias: string, count: number]> = [
  ["small", small],
  ["large", large]
]
const page = "list page of 50"
const frequentWord = "search, a word of every second entry"
const ms = (value: number) => value.toFixed(3)

const target = (daemon: Daemon, paths: ReadonlyArray<string>): Target => ({
  port: daemon.port,
  requests: paths.map((path) => daemon.request("GET", path))
})

interface Page {
  readonly entries: ReadonlyArray<{ readonly id: string }>
  readonly cursor: string
}

/** Different requests of each kind. */
const queriesOf = (daemon: Daemon, alias: string) =>
  Effect.gen(function* () {
    const pact = `/v1/pacts/${alias}`
    const { entries } = yield* daemon.call<Page>("GET", `${pact}/knowledge?limit=${different}`)
    const { cursor } = yield* daemon.call<Page>("GET", `${pact}/changes?from=head`)
    const limits = Array.from({ length: different }, (_, i) => 50 + i)
    /** Pages that begin at different entries. */
    const pages = Effect.fnUntraced(function* (list: string) {
      const cursors: Array<string> = []
      while (cursors.length < different) {
        const after = cursors.length === 0 ? "" : `&cursor=${cursors.at(-1)}`
        cursors.push((yield* daemon.call<Page>("GET", `${list}&limit=5${after}`)).cursor)
      }
      return cursors.map((cursor) => `${list}&limit=50&cursor=${cursor}`)
    })
    const queries: Readonly<Record<string, ReadonlyArray<string>>> = {
      "GET by id": entries.map(({ id }) => `${pact}/entries/${id}`),
      [page]: yield* pages(`${pact}/knowledge?order=desc`),
      "topic filter, rare (10)": limits.map((limit) => `${pact}/knowledge?topic=topic-rare&limit=${limit}`),
      "topic filter, frequent": yield* pages(`${pact}/knowledge?topic=topic-often`),
      "topic filter, absent": limits.map((limit) => `${pact}/knowledge?topic=topic-none&limit=${limit}`),
      "changes with nothing new": [`${pact}/changes?since=${cursor}`],
      "search, a rare word (10)": [`${pact}/search?q=zanzibar`],
      [frequentWord]: [`${pact}/search?q=omnipresent`]
    }
    return queries
  })
