import { Effect } from "effect"
import { tempDir } from "../../kit/temp.ts"
import { forkChild } from "../kit/child.ts"
import { type Daemon, startDaemon } from "../kit/daemon.ts"
import { bodies } from "../kit/entries.ts"
import { atMost, type Figure, plain } from "../kit/figures.ts"
import { fill } from "../kit/fill.ts"
import type { Latencies, Target, Turns } from "../kit/load.ts"
import type { Part } from "../part.ts"

const small = 200
const large = 20_000
const turns = 300
const warm = 50
/** More pages than the daemon keeps answers of. */
const different = 48

/** Lists of tasks at 200 and at 20,000, and the steps of a task against a plain write, in turns. */
export const tasks: Part = {
  about: "lists of tasks at 20,000 against 200, steps of a task against a plain write",
  run: Effect.gen(function* () {
    const daemon = yield* startDaemon(yield* tempDir("openpact-bench"), { pact: false })
    const sizes = [
      ["small", small],
      ["large", large]
    ] as const
    for (const [alias, count] of sizes) {
      const titles = Array.from({ length: count }, (_, i) => ({
        title: `Task ${i}`,
        description: "To be done. ".repeat(10)
      }))
      yield* Effect.scoped(fill(daemon, alias, titles, "tasks"))
      // Some of them are held by somebody.
      const held = yield* idsOf(daemon, alias, Math.min(count / 2, 1000))
      yield* Effect.forEach(
        held,
        (id) => daemon.call("PUT", `/v1/pacts/${alias}/tasks/${id}/claim`, { worker: "other" }),
        {
          concurrency: 64
        }
      )
    }
    const load = yield* forkChild<Turns, Latencies>(new URL("../kit/load.ts", import.meta.url))
    const time = (targets: ReadonlyArray<Target>, turns: number) => load.ask({ kind: "turns", targets, turns })

    const figures: Array<Figure> = []
    for (const [name, filter] of [
      ["GET /tasks", "order=desc"],
      ["GET /tasks, open", "status=open"],
      ["GET /tasks, claimed", "status=claimed"]
    ] as const) {
      const targets = yield* Effect.forEach(sizes, ([alias]) => pages(daemon, `/v1/pacts/${alias}/tasks?${filter}`))
      yield* time(targets, warm)
      const [few, many] = yield* time(targets, turns)
      figures.push(
        atMost(
          `${name}, page of 50, ${large} tasks of ${small}`,
          many!.p50 / few!.p50,
          1.5,
          "x",
          ` (${ms(few!.p50)} to ${ms(many!.p50)} ms)`
        )
      )
    }

    const ids = yield* idsOf(daemon, "large", 1000, "&status=open")
    const posts = bodies(ids.length, 5).map((body) => daemon.request("POST", "/v1/pacts/large/knowledge", body))
    const steps = ["claim", "renew", "complete"].map((step) =>
      ids.map((id) => daemon.request("PUT", `/v1/pacts/large/tasks/${id}/${step}`, {}))
    )
    const part = (from: number, to: number): ReadonlyArray<Target> =>
      [posts, ...steps].map((requests) => ({ port: daemon.port, requests: requests.slice(from, to) }))
    yield* time(part(0, warm), warm)
    const [post, ...each] = yield* time(part(warm, warm + turns), turns)
    figures.push(plain(`POST at ${large} tasks, one client`, `${ms(post!.p50)} ms`))
    for (const [i, name] of ["claim", "renew", "complete"].entries())
      figures.push(
        atMost(
          `${name} at ${large} tasks, of a plain POST`,
          each[i]!.p50 / post!.p50,
          2,
          "x",
          ` (${ms(each[i]!.p50)} ms)`
        )
      )
    return figures
  })
}

const ms = (value: number) => value.toFixed(3)

interface Page {
  readonly entries: ReadonlyArray<{ readonly id: string }>
  readonly cursor: string | null
}

const idsOf = (daemon: Daemon, alias: string, count: number, filter = "") =>
  Effect.map(daemon.call<Page>("GET", `/v1/pacts/${alias}/tasks?order=asc&limit=${count}${filter}`), ({ entries }) =>
    entries.map(({ id }) => id)
  )

/** Pages of 50 that begin at different tasks, as many as a short list has. */
const pages = Effect.fnUntraced(function* (daemon: Daemon, list: string) {
  const requests = [daemon.request("GET", `${list}&limit=50`)]
  let cursor: string | null = null
  while (requests.length < different) {
    const page: Page = yield* daemon.call<Page>("GET", `${list}&limit=3${cursor === null ? "" : `&cursor=${cursor}`}`)
    cursor = page.cursor
    if (cursor === null) break
    const whole = yield* daemon.call<Page>("GET", `${list}&limit=50&cursor=${cursor}`)
    if (whole.entries.length < 50) break
    requests.push(daemon.request("GET", `${list}&limit=50&cursor=${cursor}`))
  }
  return { port: daemon.port, requests }
})
