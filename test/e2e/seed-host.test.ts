import { describe, expect, it } from "@effect/vitest"
import { Effect } from "effect"
import { execFileSync, spawnSync } from "node:child_process"
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { parse } from "yaml"
import { settingTable } from "../../src/home/setting-table.ts"
import { root } from "../kit/build.ts"
import { makeCommand } from "../kit/command.ts"
import { type Daemon, startDaemon } from "../kit/daemon.ts"
import { within } from "../kit/deadline.ts"
import { live } from "../kit/live.ts"
import { tempDir } from "../kit/temp.ts"
import { testnet } from "../kit/testnet.ts"

const folder = join(root, "examples/seed-host")
const files = readdirSync(folder)
const read = (name: string) => readFileSync(join(folder, name), "utf8")
const probeFile = "/opt/openpact/probe.mjs"

/** The instructions of the image that ships, by their names. */
const image = (() => {
  const last = read("Dockerfile")
    .split(/^(?=FROM )/m)
    .at(-1)!
  const all = [...last.matchAll(/^([A-Z]+) (.*)$/gm)].map(([, name, rest]) => ({ name: name!, rest: rest! }))
  const one = (name: string) => all.find((instruction) => instruction.name === name)!.rest
  return { all, one, list: (name: string): ReadonlyArray<string> => JSON.parse(/\[.*\]/.exec(one(name))![0]) }
})()
const imageEnv: Readonly<Record<string, string>> = Object.fromEntries(
  image
    .one("ENV")
    .split(" ")
    .map((pair) => pair.split("=") as [string, string])
)

const found = (program: string): boolean => {
  try {
    execFileSync("sh", ["-c", `command -v ${program}`], { stdio: "ignore" })
    return true
  } catch {
    return false
  }
}

describe("examples/seed-host", () => {
  it("names no setting that isn't one", () => {
    const known = new Set<string>(Object.values(settingTable).map(({ env }) => env))
    const named = files.flatMap((name) => [...read(name).matchAll(/\bOPENPACT_\w+/g)].map(([variable]) => variable))
    expect(named.length).toBeGreaterThan(10)
    expect(named.filter((variable) => !known.has(variable))).toEqual([])
  })

  live(
    "has only commands that the binary knows",
    () =>
      Effect.gen(function* () {
        const command = yield* makeCommand
        const said = files.flatMap((name) =>
          [...read(name).matchAll(/(?:`|exec |seed |bin\/|home )openpact ([a-z][^`<\n&]*)/g)].map(([, line]) => line!)
        )
        const lines = [...said, [...image.list("ENTRYPOINT"), ...image.list("CMD")].slice(1).join(" ")]
        expect(lines.length).toBeGreaterThan(8)
        for (const verb of new Set(lines.map((line) => line.split(" ")[0]!))) {
          const help = yield* Effect.promise(() => command.run([verb, "--help"]))
          expect(help.code, verb).toBe(0)
          for (const line of lines.filter((line) => line.split(" ")[0] === verb)) {
            for (const [flag] of line.matchAll(/--[a-z-]+/g)) expect(help.stdout, line).toContain(flag)
          }
        }
      }),
    60_000
  )

  it("makes an image that is nobody's root, with its home on a volume and a probe", () => {
    const names = image.all.map(({ name }) => name)
    expect(image.one("USER")).not.toMatch(/^(?:root|0)\b/)
    expect(names.indexOf("USER")).toBeLessThan(names.indexOf("ENTRYPOINT"))
    expect(image.one("VOLUME")).toBe(imageEnv["OPENPACT_HOME"])
    expect(image.list("HEALTHCHECK")).toEqual(["node", probeFile, "readyz"])
    const [own] = image.all.filter(({ name, rest }) => name === "COPY" && !rest.startsWith("--from"))
    const [from, to] = own!.rest.split(" ")
    expect(existsSync(join(root, from!)), from).toBe(true)
    expect(to).toBe(probeFile)
  })

  it("composes that image, and lets it write to its volume alone", () => {
    const { services, volumes } = parse(read("compose.yaml"))
    const { seed } = services
    expect(existsSync(join(folder, seed.build.context, seed.build.dockerfile))).toBe(true)
    expect(seed).toMatchObject({ read_only: true, cap_drop: ["ALL"], volumes: [`home:${image.one("VOLUME")}`] })
    expect(Object.keys(volumes)).toEqual(["home"])
    expect(seed).not.toHaveProperty("ports")
  })

  it.skipIf(!found("systemd-analyze"))("has units that systemd takes", () => {
    const dir = mkdtempSync(join(tmpdir(), "openpact-units-"))
    try {
      const units = files.filter((name) => /\.(?:service|timer)$/.test(name))
      // What they start is not on this machine.
      for (const name of units)
        writeFileSync(join(dir, name), read(name).replaceAll(/\/usr\/local\/bin\/\w+/g, "/bin/true"))
      const complaints = () => {
        const args = ["verify", ...units.map((name) => join(dir, name))]
        const { status, stderr } = spawnSync("systemd-analyze", args, { encoding: "utf8" })
        return { status, ours: stderr.split("\n").filter((line) => line.includes("openpact")) }
      }
      expect(complaints()).toEqual({ status: 0, ours: [] })
      writeFileSync(join(dir, units[0]!), "[Service]\nExecStart=/bin/true\nRestrt=always\n")
      expect(complaints().ours).not.toEqual([])
    } finally {
      rmSync(dir, { recursive: true })
    }
  })

  it.skipIf(!found("python3"))("has property lists that launchd can read", () => {
    const code = "import json, plistlib, sys; print(json.dumps(plistlib.load(open(sys.argv[1], 'rb'))))"
    const list = (name: string) =>
      JSON.parse(execFileSync("python3", ["-c", code, join(folder, name)], { encoding: "utf8" }))
    const [seed, probe] = [list("dev.openpact.seed.plist"), list("dev.openpact.probe.plist")]
    expect(seed).toMatchObject({ Label: "dev.openpact.seed", KeepAlive: true, RunAtLoad: true, Umask: 0o077 })
    expect(probe).toMatchObject({ Label: "dev.openpact.probe", StartInterval: 60 })
    expect(probe.ProgramArguments[2]).toContain(`/${seed.Label}"`)
    for (const { ProgramArguments } of [seed, probe]) {
      execFileSync("sh", ["-n", ...ProgramArguments.slice(1)])
    }
  })

  live(
    "is well once it was let in, and hands on what it holds when everybody else is off",
    () =>
      Effect.gen(function* () {
        const [boot] = yield* testnet
        const network = { OPENPACT_BOOTSTRAP: `${boot!.host}:${boot!.port}` }
        const command = yield* makeCommand
        const home = yield* tempDir()
        const probe = (args: ReadonlyArray<string>) =>
          Effect.promise(() => command.run(args, { bin: join(folder, "probe.mjs"), env: { OPENPACT_HOME: home } }))
        /** Lets a daemon in, as the page says. */
        const letIn = Effect.fnUntraced(function* (daemon: Daemon, name: string) {
          const invite = { confirm: true }
          const { token } = yield* ada.send<{ readonly token: string }>("POST", "/v1/pacts/work/invites", invite)
          const env = { OPENPACT_HOME: daemon.home }
          const ran = yield* Effect.promise(() => command.run(["join", token, "--display-name", name], { env }))
          expect(ran.code, ran.stderr).toBe(0)
        })

        const ada = yield* startDaemon(yield* tempDir(), { env: network })
        yield* ada.send("POST", "/v1/pacts", { name: "Work", confirm: true })

        // What the kit starts is what the image does.
        expect([...image.list("ENTRYPOINT"), ...image.list("CMD")]).toEqual(["openpact", "start", "--foreground"])
        expect((yield* probe(["healthz"])).code).toBe(1)
        const seed = yield* startDaemon(home, { env: { ...imageEnv, OPENPACT_HOME: home, ...network } })
        expect(yield* probe(["healthz", "--wait", "10"])).toMatchObject({ code: 0, stderr: "" })
        const health = image.list("HEALTHCHECK").slice(2)
        expect((yield* probe(health)).code).toBe(1)
        yield* letIn(seed, "Seed")
        expect(yield* probe(health)).toMatchObject({ code: 0, stderr: "" })

        const bobHome = yield* tempDir()
        const bob = yield* startDaemon(bobHome, { env: network })
        yield* letIn(bob, "Bob")
        yield* bob.stop
        const said = { topic: "t", content: "While Bob was off" }
        const { id } = yield* ada.send<{ readonly id: string }>("POST", "/v1/pacts/work/knowledge", said)
        yield* arrives(seed, id)
        yield* ada.stop
        yield* arrives(yield* startDaemon(bobHome, { env: network }), id)
      }),
    120_000
  )
})

interface Feed {
  readonly entries: ReadonlyArray<{ readonly id: string }>
  readonly cursor: string
}

/** Waits until an entry is there. */
const arrives = (daemon: Daemon, id: string) =>
  Effect.gen(function* () {
    let feed = yield* daemon.get<Feed>("/v1/pacts/work/changes")
    while (!feed.entries.some((entry) => entry.id === id)) {
      feed = yield* daemon.get<Feed>(`/v1/pacts/work/changes?since=${encodeURIComponent(feed.cursor)}&wait=20`)
    }
  }).pipe(within(`${id} at ${daemon.home}`, "40 seconds", daemon.dump))
