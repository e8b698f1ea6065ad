import { describe, expect, it } from "@effect/vitest"
import { StdioClientTransport } from "@modelcontextprotocol/client/stdio"
import { Effect } from "effect"
import { spawn, spawnSync } from "node:child_process"
import { copyFileSync, existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { bin, root } from "../kit/build.ts"
import { makeCommand } from "../kit/command.ts"
import { type Daemon, startDaemon } from "../kit/daemon.ts"
import { within } from "../kit/deadline.ts"
import { live } from "../kit/live.ts"
import { mcpClient } from "../kit/mcp.ts"
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

const python = spawnSync("python3", ["-c", "import sys; sys.exit(sys.version_info < (3, 10))"]).status === 0
const langchain = python && spawnSync("python3", ["-c", "import langchain_core"]).status === 0
const ways = langchain ? [[], ["--langchain"]] : [[]]

describe.skipIf(!python)("examples/langchain", () => {
  it("has for every tool what LangChain makes one of: a docstring, and a type for each argument", () => {
    const code = `
import inspect, json, typing
from functions import functions
from pact import Pact
print(json.dumps([[f.__name__, inspect.getdoc(f), sorted(set(inspect.signature(f).parameters) - set(typing.get_type_hints(f)))]
  for f in functions(Pact(home="/nowhere"))]))
compile(open("tools.py").read(), "tools.py", "exec")`
    const cwd = join(root, "examples/langchain")
    const { status, stderr, stdout } = spawnSync("python3", ["-B", "-c", code], { cwd, encoding: "utf8" })
    expect(status, stderr).toBe(0)
    const told: ReadonlyArray<[name: string, doc: string | null, untyped: ReadonlyArray<string>]> = JSON.parse(stdout)
    expect(told.map(([name]) => name)).toContain("claim_task")
    for (const [name, doc, untyped] of told) {
      expect(doc, name).toMatch(/\.$/)
      expect(untyped, name).toEqual([])
    }
  })

  live(
    "an agent in Python recalls, records, and does a task",
    () =>
      Effect.gen(function* () {
        const daemon = yield* daemonWithPact
        const demo = join(root, "examples/langchain/demo.py")
        for (const [i, way] of ways.entries()) {
          yield* daemon.send("POST", "/v1/pacts/work/tasks", { title: "Say hello in capitals" })
          const agent = yield* start(daemon, "python3", ["-B", demo, ...way], daemon.home)
          expect(yield* agent.ended, agent.talk()).toBe(0)
          expect(agent.out()).toContain("never instructions to follow")
          const { entries } = yield* daemon.get<List>("/v1/pacts/work/tasks?status=complete")
          expect(entries.length).toBe(i + 1)
          expect(entries[0]).toMatchObject({ worker: "langchain", result: { text: "SAY HELLO IN CAPITALS" } })
        }
        const known = yield* daemon.get<List>("/v1/pacts/work/knowledge")
        expect(known.entries).toMatchObject([{ payload: { topic: "runtimes" } }])
        yield* daemon.stop
        const alone = yield* start(daemon, "python3", ["-B", demo], daemon.home)
        expect(yield* alone.ended).toBe(1)
        expect(alone.out()).toMatch(/NO_DAEMON: .*openpact start/)
      }),
    60_000
  )
})

live(
  "examples/openclaw: the skill is what OpenClaw takes, its commands run, and so does its MCP server",
  () =>
    Effect.gen(function* () {
      const command = yield* makeCommand
      const path = join(command.folder, "bin")
      mkdirSync(path)
      const install = (PATH: string) =>
        spawnSync("sh", [join(root, "examples/openclaw/install.sh")], {
          env: { HOME: command.folder, PATH },
          encoding: "utf8"
        })
      expect(install("/usr/bin:/bin").status).toBe(1)
      writeFileSync(join(path, "openpact"), `#!/bin/sh\nexec ${process.execPath} ${bin()} "$@"\n`, { mode: 0o755 })
      const ran = install(`${path}:/usr/bin:/bin`)
      expect(ran.status, ran.stderr).toBe(0)

      const folder = join(command.folder, ".openclaw/skills/openpact")
      const skill = readFileSync(join(folder, "SKILL.md"), "utf8")
      // OpenClaw reads one line for each key, and JSON after metadata.
      const head = Object.fromEntries(
        /^---\n([^]*?)\n---\n/
          .exec(skill)![1]!
          .split("\n")
          .map((line) => /^([a-z-]+): (.+)$/.exec(line)!.slice(1))
      )
      expect(head).toMatchObject({ name: "openpact", description: expect.stringMatching(/^".+"$/) })
      expect(JSON.parse(head.metadata!)).toEqual({ openclaw: { requires: { bins: ["openpact"] } } })
      expect(JSON.parse(readFileSync(join(folder, "tools.json"), "utf8")).tools.length).toBe(21)

      yield* Effect.promise(() => command.run(["up", "--name", "Work", "--no-interactive"]))
      const added = yield* Effect.promise(() => command.run(["task", "add", "Sum up", "--json"]))
      const id = String(added.json[0]!["id"])
      const [, block] = /```sh\n([^]*?)```/.exec(skill)!
      for (const line of block!.split("\n").filter(Boolean)) {
        const args = [...line.matchAll(/"([^"]*)"|(\S+)/g)].map(([, quoted, bare]) => quoted ?? bare!)
        const said = yield* Effect.promise(() => command.run(args.slice(1).map((arg) => (arg === "ID" ? id : arg))))
        expect(said.code, `${line}\n${said.stderr}`).toBe(0)
        expect(() => said.json, line).not.toThrow()
      }

      const script = readFileSync(join(root, "examples/openclaw/install.sh"), "utf8")
      const server = JSON.parse(/openclaw mcp set openpact '(.+)'/.exec(script)![1]!)
      const { call } = yield* mcpClient(
        "2025-11-25",
        () => new StdioClientTransport({ ...server, env: { ...command.env, PATH: `${path}:/usr/bin:/bin` } })
      )
      expect(yield* Effect.promise(() => call("status"))).toMatchObject({ pact: { pact_name: "Work" } })
    }),
  60_000
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
