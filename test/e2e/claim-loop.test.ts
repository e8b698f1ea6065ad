import { describe, expect } from "@effect/vitest"
import { Effect, Fiber } from "effect"
import { spawn } from "node:child_process"
import { join } from "node:path"
import { root } from "../kit/build.ts"
import { startDaemon } from "../kit/daemon.ts"
import { within } from "../kit/deadline.ts"
import { live } from "../kit/live.ts"
import { tempDir } from "../kit/temp.ts"

interface Done {
  readonly id: string
  readonly worker: string
  readonly done: true | string
}

/** Runs the example to its end, and answers what it says. */
const worker = (home: string, label: string) =>
  Effect.callback<{ readonly code: number | null; readonly done: ReadonlyArray<Done>; readonly talk: string }>(
    (resume) => {
      const child = spawn(process.execPath, [join(root, "examples/claim-loop/worker.mjs"), label, "--drain"], {
        env: { PATH: process.env["PATH"], OPENPACT_HOME: home },
        stdio: ["ignore", "pipe", "pipe"]
      })
      let out = ""
      let talk = ""
      child.stdout.on("data", (chunk: Buffer) => (out += chunk.toString()))
      child.stderr.on("data", (chunk: Buffer) => (talk += chunk.toString()))
      child.once("close", (code) => {
        const done = out
          .split("\n")
          .filter(Boolean)
          .map((row) => JSON.parse(row) as Done)
        resume(Effect.succeed({ code, done, talk }))
      })
      return Effect.sync(() => child.kill("SIGKILL"))
    }
  )

describe("examples/claim-loop", () => {
  live(
    "five workers do all tasks, each once, while the daemon is killed and comes back",
    () =>
      Effect.gen(function* () {
        const home = join(yield* tempDir(), "home")
        const first = yield* startDaemon(home)
        yield* first.send("POST", "/v1/pacts", { name: "Work", confirm: true })
        const tasks = Array.from({ length: 100 }, (_, i) => i)
        yield* Effect.forEach(tasks, (i) => first.send("POST", "/v1/pacts/work/tasks", { title: `Task ${i}` }), {
          concurrency: 20
        })
        const workers = yield* Effect.forkChild(
          Effect.forEach(["a", "b", "c", "d", "e"], (label) => worker(home, label), { concurrency: 5 })
        )
        const complete = (limit: number) =>
          first.get<{ readonly entries: ReadonlyArray<object> }>(`/v1/pacts/work/tasks?status=complete&limit=${limit}`)
        yield* Effect.repeat(complete(20), { while: ({ entries }) => entries.length < 20 }).pipe(
          within("twenty tasks", "20 seconds", first.dump)
        )
        yield* first.kill
        const second = yield* startDaemon(home)
        const ended = yield* Fiber.join(workers).pipe(within("all tasks", "60 seconds", second.dump))
        for (const { code, talk } of ended) expect(code, talk).toBe(0)
        const { entries } = yield* second.get<{
          readonly entries: ReadonlyArray<{ readonly id: string; readonly result: { readonly by: string } }>
        }>("/v1/pacts/work/tasks?status=complete&limit=1000")
        expect(entries.length).toBe(100)
        // An answer that was lost with the daemon was a completion all the same, and its retry says so.
        const said = ended.flatMap(({ done }) => done)
        expect(said.map(({ id }) => id).toSorted()).toEqual(entries.map(({ id }) => id).toSorted())
        for (const { done } of said) expect([true, "TASK_ALREADY_COMPLETE"]).toContain(done)
      }),
    100_000
  )
})
