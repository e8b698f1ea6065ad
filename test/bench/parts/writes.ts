import { Effect } from "effect"
import { tempDir } from "../../kit/temp.ts"
import type { Called, Callers } from "../kit/autobase.ts"
import { forkChild } from "../kit/child.ts"
import { startDaemon } from "../kit/daemon.ts"
import { bodies } from "../kit/entries.ts"
import { atLeast, type Figure, median, plain, shown } from "../kit/figures.ts"
import type { Closed, Rate } from "../kit/load.ts"
import type { Serving } from "../kit/same-bytes.ts"
import type { Part } from "../part.ts"

const clientCounts = [1, 16, 32, 256]
const rounds = 7
const ms = 1000

/**
 * Durable writes over HTTP against bare Autobase, side by side: each round measures both at every number of clients, and
 * what a server reaches that does nothing with the same requests but to send their bodies back.
 */
export const writes: Part = {
  about: "durable writes over HTTP against bare Autobase",
  run: Effect.gen(function* () {
    const daemon = yield* startDaemon(yield* tempDir("openpact-bench"), { pact: false })
    yield* daemon.call("POST", "/v1/pacts", { name: "Bench", confirm: true })
    const load = yield* forkChild<Closed, Rate>(new URL("../kit/load.ts", import.meta.url))
    const bare = yield* forkChild<Callers, Called>(new URL("../kit/autobase.ts", import.meta.url))
    const echo = yield* (yield* forkChild<object, Serving>(new URL("../kit/echo.ts", import.meta.url))).ask({})
    const requests = bodies(4096, 3).map((body) => daemon.request("POST", "/v1/pacts/bench/knowledge", body))

    const runs = new Map(clientCounts.map((clients) => [clients, [] as Array<Run>]))
    for (let round = -1; round < rounds; round++) {
      for (const clients of clientCounts) {
        const base = yield* bare.ask({ clients, ms })
        const ours = yield* load.ask({ kind: "closed", port: daemon.port, clients, requests, ms })
        const http = yield* load.ask({ kind: "closed", port: echo.port, clients, requests, ms })
        // The first round warms up.
        if (round < 0) continue
        runs.get(clients)!.push({
          bare: base.entries / base.seconds,
          ours: ours.count / ours.seconds,
          echo: http.count / http.seconds,
          p50: ours.p50,
          p99: ours.p99
        })
      }
    }
    return [...runs].flatMap(([clients, of]): ReadonlyArray<Figure> => {
      const rate = median(of.map(({ ours }) => ours))
      const clientsName = `${clients} client${clients === 1 ? "" : "s"}`
      const more = ` (${shown(rate)}/s of ${shown(median(of.map(({ bare }) => bare)))}/s, p50 ${shown(median(of.map(({ p50 }) => p50)))} ms, p99 ${shown(median(of.map(({ p99 }) => p99)))} ms)`
      const figures = [
        atLeast(
          `writes, ${clientsName}, of bare Autobase`,
          median(of.map(({ bare, ours }) => ours / bare)),
          0.5,
          "x",
          more
        ),
        plain(
          `a node:http server that sends bodies back, ${clientsName}, of bare Autobase`,
          `${shown(median(of.map(({ bare, echo }) => echo / bare)))}x (${shown(median(of.map(({ echo }) => echo)))}/s)`
        )
      ]
      return clients === 32 ? [...figures, atLeast("writes, 32 clients", rate, 3000, "/s")] : figures
    })
  })
}

interface Run {
  readonly bare: number
  readonly ours: number
  readonly echo: number
  readonly p50: number
  readonly p99: number
}
