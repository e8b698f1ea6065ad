import { Effect, type Scope } from "effect"
import { type ChildProcess, spawn } from "node:child_process"
import { mkdirSync, readFileSync, watch } from "node:fs"
import { dirname, join } from "node:path"
import { type Api, apiAt } from "./api.ts"
import { bin, root } from "./build.ts"
import { within } from "./deadline.ts"
import { openEvents } from "./events.ts"

/** Any free port, no network and no limit of requests, unless `env` says otherwise. */
export interface LaunchOptions {
  readonly args?: ReadonlyArray<string>
  readonly env?: Readonly<Record<string, string>>
  /** Flags of Node. */
  readonly node?: ReadonlyArray<string>
}

export interface Exited {
  readonly code: number | null
  readonly signal: NodeJS.Signals | null
}

/** A daemon as a process of its own. It is killed when the Scope closes, if it still runs. */
export interface DaemonProcess {
  readonly home: string
  readonly pid: number
  /** All that it wrote to stdout and stderr. */
  readonly output: () => string
  /** Waits until its output holds this text. */
  readonly heard: (text: string) => Effect.Effect<void>
  /** What can be told of it, for the message of a failure. */
  readonly dump: () => string
  readonly signal: (name: NodeJS.Signals) => void
  /** How it ended, once it has, which must be soon. */
  readonly exited: Effect.Effect<Exited>
  readonly hasExited: () => boolean
  /** Ends it with `kill -9`, and waits until it is gone. */
  readonly kill: Effect.Effect<Exited>
  /** Asks it to stop, and waits until it is gone. */
  readonly stop: Effect.Effect<Exited>
}

/** One that can be talked to. */
export interface Daemon extends DaemonProcess, Api {}

/** Starts `openpact start --foreground` and waits for nothing. */
export const launchDaemon = (
  home: string,
  options: LaunchOptions = {}
): Effect.Effect<DaemonProcess, never, Scope.Scope> =>
  Effect.acquireRelease(
    Effect.sync(() => processOf(home, spawnDaemon(home, options))),
    ({ kill }) => kill
  )

/** Starts a daemon and waits until it can be talked to and each of its pacts is open or has failed. */
export const startDaemon = Effect.fnUntraced(function* (home: string, options?: LaunchOptions) {
  const daemon = yield* connectTo(yield* launchDaemon(home, options))
  yield* settledPacts(daemon)
  return daemon
})

/** Starts a daemon that is going to be killed before it does this, once it is armed. See die-at.ts. */
export const doomedDaemon = Effect.fnUntraced(function* (home: string, step: string) {
  const NODE_OPTIONS = `--no-warnings --import ${join(root, "test/kit/die-at.ts")}`
  const daemon = yield* startDaemon(home, { env: { NODE_OPTIONS, OPENPACT_TEST_DIE_AT: step } })
  const arm = Effect.suspend(() => {
    daemon.signal("SIGUSR2")
    return daemon.heard("armed")
  })
  return { ...daemon, arm }
})

/** Waits until a daemon says in daemon.json where it listens. */
export const connectTo = (launched: DaemonProcess): Effect.Effect<Daemon, never, Scope.Scope> =>
  Effect.gen(function* () {
    const { port, token } = yield* announced(launched).pipe(within("daemon.json", "30 seconds", launched.dump))
    const api = yield* Effect.acquireRelease(
      Effect.sync(() => apiAt(port, token, launched.dump)),
      (api) => Effect.sync(api.close)
    )
    return { ...launched, ...api }
  })

export interface PactRow {
  readonly alias: string
  readonly pact_id: string
  readonly pact_name: string | null
  readonly role: string | null
  readonly entries: number
  readonly is_current: boolean
  readonly failed?: string
  readonly joining?: true
  readonly waiting_for?: string
  readonly error?: { readonly code: string; readonly message: string }
}

export const pactRows = (api: Api): Effect.Effect<ReadonlyArray<PactRow>> =>
  Effect.map(api.get<{ readonly pacts: ReadonlyArray<PactRow> }>("/v1/pacts"), ({ pacts }) => pacts)

/** The pacts of a daemon, once they satisfy. Looks again whenever the daemon says that something changed. */
export const pactsUntil = (daemon: Daemon, what: string, probe: (rows: ReadonlyArray<PactRow>) => boolean) =>
  Effect.scoped(
    Effect.gen(function* () {
      const events = yield* openEvents(daemon)
      let seen = 0
      while (true) {
        const rows = yield* pactRows(daemon)
        if (probe(rows)) return rows
        yield* events.until(`${what}, not ${JSON.stringify(rows)}`, (frames) => frames.length > seen || null)
        seen = events.frames.length
      }
    })
  )

/** One that is being joined may stay so for long, but one that is admitted is fetched first. */
export const settledPacts = (daemon: Daemon) =>
  pactsUntil(daemon, "every pact open or failed", (rows) =>
    rows.every(
      ({ failed, joining, role, waiting_for }) =>
        role !== null || failed !== undefined || (joining === true && waiting_for !== "history")
    )
  )

const spawnDaemon = (home: string, { args = [], env, node = [] }: LaunchOptions): ChildProcess => {
  // It must be there to be watched.
  mkdirSync(home, { recursive: true, mode: 0o700 })
  return spawn(process.execPath, [...node, bin(), "start", "--foreground", ...args], {
    cwd: home,
    env: {
      PATH: process.env["PATH"],
      HOME: dirname(home),
      NODE_COMPILE_CACHE: join(root, "node_modules/.cache/openpact/code"),
      OPENPACT_HOME: home,
      OPENPACT_PORT: "0",
      OPENPACT_DASHBOARD_PORT: "0",
      OPENPACT_RATE_LIMIT: "1000000000",
      OPENPACT_BOOTSTRAP: "none",
      ...env
    },
    stdio: ["ignore", "pipe", "pipe"]
  })
}

const processOf = (home: string, child: ChildProcess): DaemonProcess => {
  let output = ""
  let ended: Exited | null = null
  const waiting = new Set<(exited: Exited) => void>()
  const listening = new Set<() => void>()
  const onData = (chunk: Buffer) => {
    output += chunk.toString()
    for (const listen of listening) listen()
  }
  for (const stream of [child.stdout, child.stderr]) stream?.on("data", onData)
  child.once("close", (code, signal) => {
    ended = { code, signal }
    for (const wake of waiting) wake(ended)
  })
  const dump = () =>
    [
      `pid ${child.pid}, ${ended === null ? "running" : `ended with ${ended.signal ?? ended.code}`}, home ${home}`,
      `--- output\n${output.slice(-4000)}`,
      `--- logs/daemon.log\n${read(join(home, "logs", "daemon.log")).slice(-4000)}`
    ].join("\n")
  const gone = Effect.callback<Exited>((resume) => {
    const wake = (exited: Exited) => resume(Effect.succeed(exited))
    if (ended !== null) return wake(ended)
    waiting.add(wake)
    return Effect.sync(() => waiting.delete(wake))
  })
  const heard = (text: string) =>
    Effect.callback<void>((resume) => {
      const listen = () => void (output.includes(text) && resume(Effect.void))
      listening.add(listen)
      listen()
      return Effect.sync(() => listening.delete(listen))
    }).pipe(within(text, "30 seconds", dump))
  const exited = within("the end of a daemon", "30 seconds", dump)(gone)
  const signal = (name: NodeJS.Signals) => void (ended === null && child.kill(name))
  const end = (name: NodeJS.Signals) =>
    Effect.andThen(
      Effect.sync(() => signal(name)),
      exited
    )
  return {
    home,
    pid: child.pid ?? 0,
    output: () => output,
    heard,
    dump,
    signal,
    exited,
    hasExited: () => ended !== null,
    kill: end("SIGKILL"),
    stop: end("SIGTERM")
  }
}

/** What daemon.json says, once this very process wrote it. */
const announced = ({ dump, exited, home, pid }: DaemonProcess) =>
  Effect.raceFirst(
    Effect.callback<{ readonly port: number; readonly token: string }>((resume) => {
      const look = () => {
        const state = parse(read(join(home, "daemon.json")))
        if (state?.pid !== pid || state.port === undefined) return
        watcher.close()
        resume(Effect.succeed({ port: state.port, token: state.apiToken }))
      }
      const watcher = watch(home, look)
      look()
      return Effect.sync(() => watcher.close())
    }),
    Effect.flatMap(exited, () => Effect.die(new Error(`the daemon ended before it could be talked to\n${dump()}`)))
  )

const parse = (text: string): { readonly pid?: number; readonly port?: number; readonly apiToken: string } | null => {
  try {
    return JSON.parse(text)
  } catch {
    return null
  }
}

const read = (path: string): string => {
  try {
    return readFileSync(path, "utf8")
  } catch {
    return ""
  }
}
