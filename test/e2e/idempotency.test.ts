import { Deferred, Effect } from "effect"
import { join } from "node:path"
import { expect } from "vitest"
import type { Answered, Api, Gone } from "../kit/api.ts"
import { type Daemon, pactRows, startDaemon } from "../kit/daemon.ts"
import { within } from "../kit/deadline.ts"
import { live } from "../kit/live.ts"
import { Count, walkLog } from "../kit/load.ts"
import { randomFrom } from "../kit/random.ts"
import { tempDir } from "../kit/temp.ts"

const seed = Number(process.env["OPENPACT_E2E_SEED"] ?? Date.now() % 1_000_000)
const path = "/v1/pacts/work/knowledge"

const post = (api: Api, content: string) =>
  api.call("POST", path, { topic: "t", content }, { "idempotency-key": `key of ${content.slice(0, 60)}` })

/** The ids of the entries with this content. */
const idsOf = (daemon: Daemon) =>
  Effect.map(walkLog(daemon, "work", "asc"), (log) => {
    const ids = new Map<string, Array<string>>()
    for (const { id, payload, type } of log)
      if (type === "knowledge") ids.set(payload.content!, [...(ids.get(payload.content!) ?? []), id])
    return ids
  })

interface Keyed {
  /** Sends request number `n`. */
  readonly send: (daemon: Daemon, n: number) => Effect.Effect<Answered, Gone>
  /** Looks whether what was answered is there, and how many such things there are. */
  readonly count: (daemon: Daemon, n: number, answer: Json) => Effect.Effect<number>
}
type Json = { readonly [key: string]: unknown }

/**
 * Kills a daemon before the steps of a request, each time a later one, and sends that request again to the next daemon.
 * `at` is the step of the n-th time.
 */
const killAtSteps = Effect.fnUntraced(function* ({ count, send }: Keyed, at: (n: number) => number = (n) => n) {
  const home = join(yield* tempDir("openpact-key"), "home")
  const NODE_OPTIONS = `--no-warnings --import ${join(import.meta.dirname, "../kit/die-at.ts")}`
  const steps: Array<string> = []
  const retry = Effect.fnUntraced(function* (daemon: Daemon, n: number) {
    const first = yield* Effect.orDie(send(daemon, n))
    expect(first.status, `${first.text}\n${steps.join("\n")}`).toBe(200)
    expect((yield* Effect.orDie(send(daemon, n))).text).toBe(first.text)
    expect(yield* count(daemon, n, JSON.parse(first.text)), steps.join("\n")).toBe(n)
  })
  const survives = Effect.fnUntraced(function* (n: number) {
    const daemon = yield* startDaemon(home, { env: { NODE_OPTIONS, OPENPACT_TEST_DIE_AT: String(at(n)) } })
    if (n === 1) yield* daemon.send("POST", "/v1/pacts", { name: "Work", confirm: true })
    else yield* retry(daemon, n - 1)
    daemon.signal("SIGUSR2")
    yield* daemon.heard("armed")
    const answer = yield* Effect.option(send(daemon, n))
    if (answer._tag === "Some") {
      expect(answer.value.status, answer.value.text).toBe(200)
      return true
    }
    yield* daemon.exited
    steps.push(/dies before (.*)/.exec(daemon.output())?.[1] ?? daemon.dump())
    return false
  }, Effect.scoped)
  let n = 1
  while (!(yield* survives(n))) expect(n++, steps.join("\n")).toBeLessThan(100)
  yield* retry(yield* startDaemon(home), n)
  return steps
})

live(
  "kill -9 before every single step of a keyed write: its retry is answered, and it stands in the log once",
  () =>
    Effect.gen(function* () {
      const steps = yield* killAtSteps({
        send: (daemon, n) => post(daemon, `content ${n}`),
        count: (daemon, n, { id }) =>
          Effect.map(idsOf(daemon), (ids) => {
            expect(ids.get(`content ${n}`)).toEqual([id])
            return ids.size
          })
      })
      // The steps that matter were all among them.
      for (const part of ["a commit of SQLite", "a sync", "a batch of RocksDB", "a change in SQLite", "an answer"])
        expect(steps, steps.join("\n")).toContain(part)
    }),
  120_000
)

live(
  `kill -9 before a step of making a pact with a key: its retry is answered, and it is made once (seed ${seed})`,
  () => {
    const first = 1 + randomFrom(seed).below(10)
    return killAtSteps(
      {
        send: (daemon, n) =>
          daemon.call("POST", "/v1/pacts", { name: `Pact ${n}`, confirm: true }, { "idempotency-key": `pact ${n}` }),
        count: (daemon, n, { pact_id }) =>
          Effect.map(pactRows(daemon), (rows) => {
            expect(rows.filter(({ pact_name }) => pact_name === `Pact ${n}`).map((row) => row.pact_id)).toEqual([
              pact_id
            ])
            return rows.length - 1
          })
      },
      (n) => first + (n - 1) * 10
    )
  },
  120_000
)

live(
  `kill -9 under 16 writers that retry until they are answered: each write stands in the log once (seed ${seed})`,
  () =>
    Effect.gen(function* () {
      const random = randomFrom(seed)
      const home = join(yield* tempDir("openpact-keys"), "home")
      const kills = 4
      const answered = new Map<string, string>()
      const count = new Count()
      let current = yield* Deferred.make<Daemon>()
      const known = { done: false }

      const write = (content: string): Effect.Effect<void> =>
        Effect.gen(function* () {
          const answer = yield* post(yield* Deferred.await(current), content)
          // The pact may not be open yet, or be closing.
          if (answer.status !== 200) {
            expect(answer.status, answer.text).toBe(409)
            return yield* Effect.fail(answer)
          }
          answered.set(content, (JSON.parse(answer.text) as { readonly id: string }).id)
          count.add()
        }).pipe(Effect.retry({ while: () => Effect.as(Effect.yieldNow, true) }), Effect.orDie)
      const writer = Effect.fnUntraced(function* (name: number) {
        for (let n = 0; !known.done; n++) yield* write(`${name} ${n} ${"x".repeat(random.below(300))}`)
      })

      yield* Effect.all(
        [
          Effect.forEach(
            Array.from({ length: 16 }, (_, i) => i),
            writer,
            { concurrency: "unbounded" }
          ),
          Effect.gen(function* () {
            for (let kill = 0; kill < kills; kill++) {
              yield* Effect.scoped(
                Effect.gen(function* () {
                  const daemon = yield* startDaemon(home)
                  if (kill === 0) yield* daemon.send("POST", "/v1/pacts", { name: "Work", confirm: true })
                  const some = count.after(1 + random.below(400))
                  yield* Deferred.succeed(current, daemon)
                  yield* some.pipe(within("answers", "30 seconds", daemon.dump))
                  current = yield* Deferred.make<Daemon>()
                  yield* daemon.kill
                })
              )
            }
            known.done = true
            yield* Deferred.succeed(current, yield* startDaemon(home))
          })
        ],
        { concurrency: "unbounded" }
      )
      const ids = yield* idsOf(yield* Deferred.await(current))
      expect(ids).toEqual(new Map([...answered].map(([content, id]) => [content, [id]])))
      expect(answered.size).toBeGreaterThan(16 * kills)
    }),
  120_000
)
