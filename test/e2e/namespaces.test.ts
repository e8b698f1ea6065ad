import { Effect, type Scope } from "effect"
import { execFileSync, spawn } from "node:child_process"
import { join } from "node:path"
import { describe, expect } from "vitest"
import { bin, root } from "../kit/build.ts"
import { within } from "../kit/deadline.ts"
import { live } from "../kit/live.ts"
import { twoHomes } from "../kit/machines.ts"

/** Three hosts on one network: a hub with the nodes of a private DHT, and two machines. None of it is seen outside. */
const hosts = { hub: "10.77.0.1", ada: "10.77.0.2", bob: "10.77.0.3" } as const
type Host = keyof typeof hosts
const port = 49_737

const spaceOf = (host: Host): string => `openpact-${process.pid}-${host}`
const ip = (...args: ReadonlyArray<string>): void => void execFileSync("ip", args, { stdio: "pipe" })
const inSpace = (host: Host, ...args: ReadonlyArray<string>): void => ip("-n", spaceOf(host), ...args)

/** Why network namespaces can't be made here, or null. */
const why = ((): string | null => {
  if (process.platform !== "linux") return "network namespaces are Linux's"
  try {
    ip("netns", "add", spaceOf("hub"))
    try {
      inSpace("hub", "link", "add", "probe0", "type", "bridge")
    } finally {
      ip("netns", "del", spaceOf("hub"))
    }
    return null
  } catch (error) {
    return `network namespaces can't be made: ${error instanceof Error ? error.message.split("\n").at(-1) : error}`
  }
})()

/** Makes the hosts, each with an address of its own on the hub's bridge. */
const network = Effect.gen(function* () {
  for (const host of Object.keys(hosts) as ReadonlyArray<Host>) {
    yield* Effect.acquireRelease(
      Effect.sync(() => ip("netns", "add", spaceOf(host))),
      () => Effect.sync(() => ip("netns", "del", spaceOf(host)))
    )
    inSpace(host, "link", "set", "lo", "up")
  }
  inSpace("hub", "link", "add", "bridge0", "type", "bridge")
  inSpace("hub", "addr", "add", `${hosts.hub}/24`, "dev", "bridge0")
  inSpace("hub", "link", "set", "bridge0", "up")
  for (const host of ["ada", "bob"] as const) {
    inSpace("hub", "link", "add", `to-${host}`, "type", "veth", "peer", "name", "net0", "netns", spaceOf(host))
    inSpace("hub", "link", "set", `to-${host}`, "master", "bridge0", "up")
    inSpace(host, "addr", "add", `${hosts[host]}/24`, "dev", "net0")
    inSpace(host, "link", "set", "net0", "up")
    inSpace(host, "route", "add", "default", "via", hosts.hub)
  }
})

/** A program on a host, and all it has said. It is killed when the scope closes. */
const run = Effect.fnUntraced(function* (
  host: Host,
  args: ReadonlyArray<string>,
  env: Readonly<Record<string, string>>
) {
  let said = ""
  const heard = new Set<() => void>()
  const child = yield* Effect.acquireRelease(
    Effect.sync(() => {
      // `ip netns exec` becomes the program, so that a signal reaches it.
      const child = spawn("ip", ["netns", "exec", spaceOf(host), process.execPath, ...args], {
        env: { PATH: process.env["PATH"], ...env },
        stdio: ["ignore", "pipe", "pipe"]
      })
      for (const stream of [child.stdout, child.stderr])
        stream.on("data", (chunk: Buffer) => {
          said += chunk.toString()
          for (const look of heard) look()
        })
      return child
    }),
    (child) =>
      Effect.callback<void>((resume) => {
        if (child.exitCode !== null || child.signalCode !== null) return resume(Effect.void)
        child.once("close", () => resume(Effect.void))
        child.kill("SIGKILL")
      })
  )
  const says = (text: string) =>
    Effect.callback<void>((resume) => {
      const look = () => void (said.includes(text) && resume(Effect.void))
      heard.add(look)
      look()
      return Effect.sync(() => heard.delete(look))
    }).pipe(within(`"${text}" from ${host}`, "60 seconds", () => said.slice(-4000)))
  const ended = Effect.callback<string>((resume) => {
    child.once("close", () => resume(Effect.succeed(said)))
  }).pipe(within(`the end of ${args.join(" ")}`, "30 seconds", () => said))
  return { says, ended }
})

/** A daemon on a host, and the command on its home. */
const machine = Effect.fnUntraced(function* (host: Host, home: string): Effect.fn.Return<Machine, never, Scope.Scope> {
  const env = { OPENPACT_HOME: home, OPENPACT_PORT: "0", OPENPACT_BOOTSTRAP: `${hosts.hub}:${port}` }
  const daemon = yield* run(host, [bin(), "start", "--foreground"], env)
  yield* daemon.says("The daemon listens on")
  const follow = yield* run(host, [bin(), "log", "--follow"], env)
  return {
    sees: follow.says,
    record: (text) =>
      Effect.scoped(
        Effect.gen(function* () {
          const { ended } = yield* run(host, [bin(), "record", "--topic", "t", text], env)
          expect(yield* ended).toContain("Written.")
        })
      )
  }
})
interface Machine {
  readonly sees: (text: string) => Effect.Effect<void>
  readonly record: (text: string) => Effect.Effect<void>
}

if (why !== null) console.warn(`skipped: ${why}`)

describe.skipIf(why !== null)(`two daemons on two addresses${why === null ? "" : `, skipped: ${why}`}`, () => {
  live(
    "meet over the network, and again after an interface was gone",
    () =>
      Effect.gen(function* () {
        yield* network
        const nodes = yield* run("hub", [join(root, "test/kit/bootstrap.ts"), hosts.hub, String(port)], {})
        yield* nodes.says("ready")
        const { first, second } = yield* twoHomes
        const ada = yield* machine("ada", first)
        const bob = yield* machine("bob", second)
        yield* ada.record("from ada to bob")
        yield* bob.sees("from ada to bob")
        yield* bob.record("from bob to ada")
        yield* ada.sees("from bob to ada")
        inSpace("bob", "link", "set", "net0", "down")
        yield* ada.record("while the cable was out")
        yield* bob.record("written at the other end of it")
        inSpace("bob", "link", "set", "net0", "up")
        inSpace("bob", "route", "add", "default", "via", hosts.hub)
        yield* bob.sees("while the cable was out")
        yield* ada.sees("written at the other end of it")
      }),
    180_000
  )
})
