import { expect } from "@effect/vitest"
import { Effect } from "effect"
import { spawn } from "node:child_process"
import { copyFileSync, existsSync, readFileSync } from "node:fs"
import { join } from "node:path"
import { root } from "../kit/build.ts"
import { makeCommand } from "../kit/command.ts"
import { type Daemon, startDaemon } from "../kit/daemon.ts"
import { within } from "../kit/deadline.ts"
import { live } from "../kit/live.ts"
import { installed } from "../kit/package.ts"
import { tempDir } from "../kit/temp.ts"

/** A program that runs with nothing but a home to go by. It is killed when the Scope closes. */
const start = (daemon: Daemon, program: string, args: ReadonlyArray<string>, cwd: string) =>
  Effect.acquireRelease(
    Effect.sync(() => {
      const env = { PATH: process.env["PATH"], HOME: cwd, OPENPACT_HOME: daemon.home }
      const child = spawn(program, args, { cwd, env, stdio: ["ignore", "pipe", "pipe"] })
      let out = ""
      let talk = ""
      const listening = new Set<() => void>()
      child.stdout.on("data", (chunk: Buffer) => {
        out += chunk.toString()
        for (const listen of listening) listen()
      })
      child.stderr.on("data", (chunk: Buffer) => (talk += chunk.toString()))
      const closed = new Promise<number | null>((resolve) => child.once("close", resolve))
      const dump = () => `${out}\n${talk}\n${daemon.dump()}`
      return {
        child,
        out: () => out,
        talk: () => talk,
        ended: within("the end of an example", "30 seconds", dump)(Effect.promise(() => closed)),
        /** Waits until it said so. */
        says: (text: string) =>
          Effect.callback<void>((resume) => {
            const look = () => void (out.includes(text) && resume(Effect.void))
            listening.add(look)
            look()
            return Effect.sync(() => listening.delete(look))
          }).pipe(within(text, "30 seconds", dump))
      }
    }),
    ({ child }) => Effect.sync(() => child.kill("SIGKILL"))
  )

const daemonWithPact = Effect.gen(function* () {
  const daemon = yield* startDaemon(join(yield* tempDir(), "home"))
  yield* daemon.send("POST", "/v1/pacts", { name: "Work", confirm: true })
  return daemon
})

interface List {
  readonly entries: ReadonlyArray<Readonly<Record<string, unknown>>>
}

live("examples/shell: curl looks around, records, and does a task", () =>
  Effect.gen(function* () {
    const daemon = yield* daemonWithPact
    yield* daemon.send("POST", "/v1/pacts/work/tasks", { title: "Look at the logs" })
    const shell = yield* start(daemon, "sh", [join(root, "examples/shell/agent.sh")], daemon.home)
    expect(yield* shell.ended, shell.talk()).toBe(0)
    const answers = shell.out().split("\n").filter(Boolean)
    expect(JSON.parse(answers[0]!)).toMatchObject({ pact_name: "Work" })
    expect(JSON.parse(answers[2]!)).toMatchObject({ entries: [{ payload: { topic: "shell" } }] })
    const { entries } = yield* daemon.get<List>("/v1/pacts/work/tasks?status=complete")
    expect(entries).toMatchObject([{ title: "Look at the logs", result: { by: "shell" } }])
  })
)

live(
  "examples/node-agents: one says hello, another watches and goes on where it was",
  () =>
    Effect.gen(function* () {
      const daemon = yield* daemonWithPact
      const { folder } = yield* installed
      const example = (name: string, ...args: ReadonlyArray<string>) => {
        copyFileSync(join(root, "examples/node-agents", name), join(folder, name))
        return start(daemon, process.execPath, [name, ...args], folder)
      }
      const hello = yield* example("hello.mjs")
      expect(yield* hello.ended, hello.talk()).toBe(0)
      expect(JSON.parse(hello.out())).toMatchObject({ pact: "Work", recorded: expect.any(String) })

      const watch = yield* example("watch.mjs", "place.json")
      yield* watch.says("Hello, I am new here")
      yield* daemon.send("POST", "/v1/pacts/work/messages", { content: "While it watches" })
      yield* watch.says("While it watches")
      watch.child.kill("SIGTERM")
      expect(yield* watch.ended, watch.talk()).toBe(0)
      yield* daemon.send("POST", "/v1/pacts/work/messages", { content: "While it was off" })
      const again = yield* example("watch.mjs", "place.json")
      yield* again.says("While it was off")
      expect(again.out()).not.toContain("Hello, I am new here")
    }),
  90_000
)

live(
  "examples/claude-code: every command of the page does what it says",
  () =>
    Effect.gen(function* () {
      const command = yield* makeCommand
      const folder = join(root, "examples/claude-code")
      const pages = ["README.md", "CLAUDE.md"].map((name) => readFileSync(join(folder, name), "utf8"))
      const blocks = pages.flatMap((page) => [...page.matchAll(/```sh\n([^]*?)```/g)].map(([, block]) => block!))
      const lines = blocks.flatMap((block) => block.split("\n").filter(Boolean))
      expect(lines.length).toBe(7)
      for (const line of lines) {
        const args = [...line.matchAll(/"([^"]*)"|(\S+)/g)].map(([, quoted, bare]) => quoted ?? bare!)
        expect(args.shift()).toBe("openpact")
        const ran = yield* Effect.promise(() => command.run(args))
        expect(ran.code, `${line}\n${ran.stderr}`).toBe(0)
      }
      for (const file of [".claude/settings.json", ".claude.json"]) {
        expect(existsSync(join(command.folder, file)), file).toBe(true)
      }
    }),
  60_000
)
