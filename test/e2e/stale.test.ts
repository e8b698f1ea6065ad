import { Effect } from "effect"
import { join } from "node:path"
import { expect } from "vitest"
import { type Daemon, startDaemon } from "../kit/daemon.ts"
import { live } from "../kit/live.ts"
import { tempDir } from "../kit/temp.ts"

interface TaskJson {
  readonly id: string
  readonly status: string
  readonly worker: string | null
  readonly claim: string | null
  readonly fence: number
  readonly claim_expires_at: number | null
  readonly claimed_at: number | null
}

const daemonWithPact = Effect.gen(function* () {
  const daemon = yield* startDaemon(join(yield* tempDir("openpact-stale"), "home"))
  yield* daemon.send("POST", "/v1/pacts", { name: "Work", confirm: true })
  const must = (method: "POST" | "PUT", path: string, body: object) =>
    daemon.send<TaskJson>(method, `/v1/pacts/work/tasks${path}`, body)
  return { daemon, must }
})
const refusal = (daemon: Daemon, path: string, body: object) =>
  Effect.map(
    Effect.orDie(daemon.call("PUT", `/v1/pacts/work/tasks/${path}`, body)),
    ({ status, text }) => `${status} ${(JSON.parse(text) as { readonly error?: string }).error}`
  )
const blocks = (daemon: Daemon) =>
  Effect.map(daemon.get<{ readonly entries: number }>("/v1/pacts/work/status"), ({ entries }) => entries)

live(
  "1,000 stale completions are 1,000 rejections, and leave no trace",
  () =>
    Effect.gen(function* () {
      const { daemon, must } = yield* daemonWithPact
      // Ten tasks, each claimed and given back, and claimed again by somebody else, under whom it stays.
      const stale: Array<readonly [id: string, claim: string, worker: string]> = []
      const live = new Map<string, string>()
      const prepare = Effect.fnUntraced(function* (i: number) {
        const { id } = yield* must("POST", "", { title: `Task ${i}` })
        for (let n = 0; n < 9; n++) {
          const worker = `w${n % 3}`
          const { claim } = yield* must("PUT", `/${id}/claim`, { worker })
          yield* must("PUT", `/${id}/release`, { worker, claim: claim! })
          stale.push([id, claim!, worker])
        }
        live.set(id, (yield* must("PUT", `/${id}/claim`, { worker: "holder" })).claim!)
        // Never given at all.
        stale.push([id, "ffffffff-256", "w0"])
      })
      yield* Effect.forEach(
        Array.from({ length: 10 }, (_, i) => i),
        prepare,
        { concurrency: 10 }
      )
      const before = yield* blocks(daemon)
      // Each claim once under its own worker and nine times in the holder's name.
      const attempts = stale.flatMap(([id, claim, worker]) =>
        [worker, ...Array.from({ length: 9 }, () => "holder")].map((by) => ({
          id,
          body: { claim, worker: by, result: 1 }
        }))
      )
      expect(attempts.length).toBe(1000)
      const answers = yield* Effect.forEach(attempts, ({ body, id }) => refusal(daemon, `${id}/complete`, body), {
        concurrency: 16
      })
      expect(answers.filter((answer) => answer === "409 STALE_CLAIM").length).toBe(1000)
      expect(yield* blocks(daemon)).toBe(before)
      for (const [id, claim] of live) {
        const task = yield* daemon.get<TaskJson>(`/v1/pacts/work/tasks/${id}`)
        expect(task).toMatchObject({ status: "claimed", worker: "holder", claim, fence: 10 })
      }
    }),
  60_000
)

live("the task of a worker that died is to be had when the ttl after its last sign of life is over", () =>
  Effect.gen(function* () {
    const { daemon, must } = yield* daemonWithPact
    const ttl = 3000
    const { id } = yield* must("POST", "", { title: "Task" })
    const first = yield* must("PUT", `/${id}/claim?wait=confirmed`, { worker: "a", ttl })
    const asked = Date.now()
    const renewed = yield* must("PUT", `/${id}/renew`, { worker: "a", claim: first.claim! })
    const until = renewed.claim_expires_at!
    // From here on nothing is heard of it. Its lease ends a ttl after the renewal, and not a moment later.
    expect(until).toBeGreaterThanOrEqual(asked + ttl)
    expect(until).toBeLessThanOrEqual(Date.now() + ttl)
    // The end of the lease is what is waited for. There is no event for what the clock alone brings about.
    yield* Effect.sleep(Math.max(0, until - Date.now()))
    const second = yield* must("PUT", `/${id}/claim?wait=confirmed`, { worker: "b", ttl: 60_000 })
    expect(second).toMatchObject({ status: "claimed", worker: "b", fence: 2 })
    expect(second.claimed_at).toBeGreaterThanOrEqual(until)
    // It was only slow, and comes back.
    const late = { worker: "a", claim: first.claim! }
    for (const step of ["complete", "renew", "release"])
      expect(yield* refusal(daemon, `${id}/${step}`, late)).toBe("409 STALE_CLAIM")
    expect(yield* must("PUT", `/${id}/complete`, { worker: "b", claim: second.claim! })).toMatchObject({
      status: "complete",
      fence: 2
    })
  })
)
