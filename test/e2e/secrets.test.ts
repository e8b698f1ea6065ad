import { Effect } from "effect"
import { readdirSync, readFileSync, statSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { describe, expect } from "vitest"
import { makeCommand } from "../kit/command.ts"
import { type Daemon, startDaemon } from "../kit/daemon.ts"
import { openEvents } from "../kit/events.ts"
import { live } from "../kit/live.ts"

/** A session with all that goes right and wrong in one: what it says, to everybody. */
const session = Effect.fnUntraced(function* (daemon: Daemon, run: (...args: Array<string>) => Effect.Effect<string>) {
  const said: Array<string> = []
  const hear = (text: string) => void said.push(text)
  const call = (method: string, path: string, body?: object, headers?: Readonly<Record<string, string | undefined>>) =>
    Effect.map(Effect.orDie(daemon.call(method, path, body, headers)), ({ text }) => hear(text))
  /** An answer may repeat what its caller sent. The log may not. */
  const tell = (method: string, path: string, body?: object) => Effect.orDie(daemon.call(method, path, body))

  yield* call("POST", "/v1/pacts", { name: "Work", confirm: true })
  yield* call("POST", "/v1/pacts/work/knowledge", { topic: "t", content: "c" })
  for (const path of [
    "status",
    "pacts",
    "metrics",
    "pacts/work/status",
    "pacts/work/agents",
    "pacts/work/log",
    "nowhere"
  ])
    yield* call("GET", `/v1/${path}`)
  // Every way to give a token that is wrong, the right one among them.
  const { token } = daemon
  for (const authorization of [
    undefined,
    "",
    token,
    `Basic ${token}`,
    `Bearer ${token}0`,
    `Bearer ${token.slice(1)}`,
    "Bearer x"
  ])
    yield* call("GET", "/v1/status", undefined, { authorization })
  yield* call("GET", `/v1/status?token=${token}`, undefined, { authorization: undefined })
  yield* tell("GET", `/v1/pacts/${token}/status`)
  yield* tell("GET", `/v1/${token}`)
  yield* tell("GET", `/v1/events?pact=${token}`)
  yield* tell("POST", "/v1/pacts/work/knowledge", { topic: 1, content: token })
  yield* tell("POST", "/v1/pacts/work/messages", { [token]: token })
  yield* call("GET", "/v1/status", undefined, { host: "evil.example" })
  yield* call("GET", "/v1/status", undefined, { origin: "http://evil.example" })
  yield* call("POST", "/v1/pacts", { name: "Work", alias: "work", confirm: true })
  yield* call("DELETE", "/v1/pacts/work", { confirm: "no" })
  yield* call("GET", "/v1/pacts/work/log?cursor=nonsense")
  const events = yield* openEvents(daemon)
  yield* call("PUT", "/v1/pacts/work/info", { purpose: "to keep quiet" })
  yield* events.until("an event", (frames) => frames.length > 1 || null)
  hear(events.text())
  for (const args of [
    ["status"],
    ["status", "--json"],
    ["list", "--json"],
    ["token"],
    ["record", "said", "--topic", "t"],
    ["log", "--json"],
    ["search", "said"],
    ["show", "aaaaaaaa-1"],
    ["--pact", "nobody", "log"],
    ["start", "--port", "70000"],
    ["restart"],
    ["stop"]
  ])
    hear(yield* run(...args))
  return said
})

const filesBelow = (home: string) =>
  readdirSync(home, { recursive: true, encoding: "utf8" }).map((name) => join(home, name))

describe("the secrets of a home", () => {
  live(
    "neither the token nor a pact's key is in any log, output, event or answer, even at the level of trace",
    () =>
      Effect.gen(function* () {
        const { home, run } = yield* makeCommand
        const openpact = (...args: Array<string>) =>
          Effect.map(
            Effect.promise(() => run(args, { env: { OPENPACT_LOG_LEVEL: "trace" } })),
            ({ stderr, stdout }) => stdout + stderr
          )
        const daemon = yield* startDaemon(home, { env: { OPENPACT_LOG_LEVEL: "trace" } })
        const said = yield* session(daemon, openpact)

        // A pact that can't be opened is where a key could slip into a message.
        const config = join(home, "pacts", "work", "config.json")
        const text = readFileSync(config, "utf8")
        const key: string = JSON.parse(text).encryption_key
        for (const broken of [
          text.replace(key, key.toUpperCase()),
          text.replace(key, `${key}00`),
          text.replace(`"${key}"`, `${key}`)
        ]) {
          writeFileSync(config, broken)
          said.push(yield* openpact("up", "--no-interactive"), yield* openpact("list"), yield* openpact("stop"))
        }
        const file = join(home, "daemon.json")
        writeFileSync(file, readFileSync(file, "utf8").replace(daemon.token, `${daemon.token}0`))
        said.push(yield* openpact("status"), yield* openpact("start"), yield* openpact("stop"))

        const logs = readdirSync(join(home, "logs")).map((name) => readFileSync(join(home, "logs", name), "utf8"))
        expect(logs.join("")).toContain("The daemon listens")
        const all = [...said, ...logs, daemon.output()].join("\n")
        for (const [what, secret] of [
          ["the token", daemon.token],
          ["the key", key]
        ] as const) {
          const at = all.toLowerCase().indexOf(secret.slice(0, 32))
          expect(at, `${what}: ${all.slice(Math.max(0, at - 300), at + 100)}`).toBe(-1)
        }
        expect(yield* openpact("token")).not.toContain(daemon.token)
      }),
    90_000
  )

  live("every file is for this user alone, whatever the umask is", () =>
    Effect.gen(function* () {
      yield* Effect.acquireRelease(
        Effect.sync(() => process.umask(0)),
        (before) => Effect.sync(() => process.umask(before))
      )
      const { home, run } = yield* makeCommand
      yield* Effect.promise(() => run(["up", "--no-interactive"]))
      yield* Effect.promise(() => run(["record", "said", "--topic", "t"]))
      const modes = () =>
        filesBelow(home)
          .map((path) => [path, statSync(path)] as const)
          .map(([path, stat]) => `${path} ${stat.isDirectory() ? "folder" : "file"} ${(stat.mode & 0o777).toString(8)}`)
          .filter((line) => !/ file 600$| folder 700$/.test(line))
      expect(modes()).toEqual([])
      expect(filesBelow(home).length).toBeGreaterThan(15)
      yield* Effect.promise(() => run(["stop"]))
      expect(modes()).toEqual([])
    })
  )
})
