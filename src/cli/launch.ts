import * as NodeFileSystem from "@effect/platform-node/NodeFileSystem"
import { Effect, FileSystem, Option, Schedule } from "effect"
import { type ChildProcess, spawn } from "node:child_process"
import { closeSync, constants, openSync } from "node:fs"
import { join } from "node:path"
import { discover } from "../home/discovery.ts"
import { prepareHome } from "../home/home-folder.ts"
import { Locations, locationsOf } from "../home/locations.ts"
import { clientAt } from "../sdk/connect.ts"
import { CliFailure, exits } from "./failure.ts"
import { failureIn } from "./launch-failure.ts"
import { nodeFlags } from "./node-flags.ts"
import { runningOrNull } from "./running.ts"

/** How long a daemon may take until its first pact is open. */
const patience = "60 seconds"
const glance = Schedule.spaced("20 millis")

/**
 * Starts a daemon as a process of its own and waits until it is ready: it answers, and its first pact is open if it has
 * one. What it says goes to logs/daemon.out, since its log may not even be open yet when it fails.
 */
export const launch = Effect.fn("launch")(function* (home: string, args: ReadonlyArray<string>) {
  const fs = yield* FileSystem.FileSystem
  const { log, logs } = locationsOf(home)
  yield* prepareHome.pipe(Effect.provide(Locations.layer(home)))
  yield* Effect.ignore(fs.makeDirectory(logs, { mode: 0o700 }))
  const out = join(logs, "daemon.out")

  const child = yield* Effect.sync(() => spawnDaemon(home, out, args))
  const ended = exitOf(child)
  const slow = new CliFailure({
    code: "NOT_READY",
    message: `The daemon (pid ${child.pid}) was started and is not ready after ${patience}. It goes on. Its log: ${log}`,
    next: "openpact status",
    exit: exits.timedOut
  })
  const outcome = yield* readyAs(home, child.pid ?? 0).pipe(
    Effect.timeoutOrElse({ duration: patience, orElse: () => slow }),
    Effect.raceFirst(ended)
  )
  if (typeof outcome === "object") {
    child.unref()
    return { address: outcome, started: true }
  }
  // Another start may have been faster: then this one's daemon found the home taken, and all is well once that one runs.
  const failure = yield* Effect.flip(failureIn(out, log, outcome))
  const other = yield* runningOrNull(home).pipe(
    Effect.flatMap((found) => (found === null ? failure : Effect.succeed(found))),
    Effect.retry({ schedule: glance, times: failure.code === "HOME_BUSY" ? 500 : 10 })
  )
  return { address: other, started: false }
}, Effect.provide(NodeFileSystem.layer))

const spawnDaemon = (home: string, out: string, args: ReadonlyArray<string>): ChildProcess => {
  const { O_APPEND, O_CREAT, O_TRUNC, O_WRONLY } = constants
  const file = openSync(out, O_WRONLY | O_CREAT | O_TRUNC | O_APPEND, 0o600)
  try {
    const bin = process.argv[1] ?? ""
    return spawn(
      process.execPath,
      [...nodeFlags, bin, "start", "--foreground", "--detached", "--json", `--home=${home}`, ...args],
      {
        cwd: home,
        detached: true,
        stdio: ["ignore", file, file],
        windowsHide: true
      }
    )
  } finally {
    closeSync(file)
  }
}

/** How a daemon ended that should run: its exit code or signal. */
const exitOf = (child: ChildProcess): Effect.Effect<string> =>
  Effect.callback((resume) => {
    child.once("error", (error) => resume(Effect.succeed(error.message)))
    child.once("exit", (code, signal) => resume(Effect.succeed(signal ?? `exit code ${code}`)))
  })

const readyAs = (home: string, pid: number) =>
  Effect.gen(function* () {
    const address = yield* discover(home)
    if (address.pid !== pid) return yield* Effect.fail("another")
    const client = yield* clientAt(address)
    yield* client.probes.healthz()
    const ready = yield* Effect.option(client.probes.readyz())
    if (Option.isSome(ready)) return address
    const { pacts } = yield* client.pacts.list()
    return pacts.every(({ failed, joining }) => failed !== undefined || joining === true)
      ? address
      : yield* Effect.fail("opening")
  }).pipe(Effect.scoped, Effect.retry(glance), Effect.orDie)
