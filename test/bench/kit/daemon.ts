import { Effect, type Scope } from "effect"
import { type ChildProcess, spawn } from "node:child_process"
import { readFileSync } from "node:fs"
import { request } from "node:http"
import { join } from "node:path"
import { nodeFlags } from "../../../src/cli/node-flags.ts"
import { ended } from "./child.ts"

/** The command as it is shipped. `OPENPACT_BENCH_ENTRY` names another file, to measure the sources. */
export const entry = process.env["OPENPACT_BENCH_ENTRY"] ?? join(import.meta.dirname, "../../../dist/openpact.mjs")

/** A daemon of a home, as its own process, run as `openpact start` runs it. It is stopped when the Scope closes. */
export interface Daemon {
  readonly pid: number
  readonly port: number
  /** From the start of the process to the first 200 of `/v1/readyz`, ms. */
  readonly ready: number
  /** The text of a request, as a client sends it. */
  readonly request: (method: string, path: string, body?: object) => string
  /** Sends one request and answers its JSON. */
  readonly call: <Answer>(method: string, path: string, body?: object) => Effect.Effect<Answer>
  /** Resident memory, MB. */
  readonly rss: Effect.Effect<number>
  readonly stop: Effect.Effect<void>
}

/** A home without pacts is never ready, so `pact: false` waits for the first ping. */
export const startDaemon = (
  home: string,
  { pact = true }: { readonly pact?: boolean } = {}
): Effect.Effect<Daemon, never, Scope.Scope> =>
  Effect.gen(function* () {
    const start = performance.now()
    const child = yield* Effect.acquireRelease(
      Effect.sync(() => launch(home)),
      (child) => stop(child)
    )
    const { port, token } = yield* Effect.promise(() => found(home, child))
    yield* Effect.promise(() => answers(port, pact ? "/v1/readyz" : "/v1/ping", child))
    const ready = performance.now() - start
    const textOf = (method: string, path: string, body?: object) => {
      const json = body === undefined ? "" : JSON.stringify(body)
      const more =
        body === undefined ? "" : `content-type: application/json\r\ncontent-length: ${Buffer.byteLength(json)}\r\n`
      return `${method} ${path} HTTP/1.1\r\nhost: 127.0.0.1:${port}\r\nauthorization: Bearer ${token}\r\n${more}\r\n${json}`
    }
    return {
      pid: child.pid!,
      port,
      ready,
      request: textOf,
      call: (method, path, body) => Effect.promise(() => callJson(port, token, method, path, body)),
      rss: Effect.sync(() => {
        const status = readFileSync(`/proc/${child.pid}/status`, "utf8")
        return Number(/VmRSS:\s+(\d+)/.exec(status)![1]) / 1024
      }),
      stop: stop(child)
    }
  })

const launch = (home: string): ChildProcess =>
  spawn(process.execPath, [...nodeFlags, entry, "start", "--foreground", ...flags, "--home", home], {
    stdio: ["ignore", "ignore", "inherit"]
  })

/** No limit, and no word on the terminal. */
const flags = ["--port", "0", "--rate-limit", "1000000000", "--log-level", "warn"]

const stop = (child: ChildProcess) => Effect.promise(() => ended(child, () => child.kill("SIGTERM")))

/** What daemon.json says, once this very process wrote it. */
const found = async (home: string, child: ChildProcess): Promise<{ readonly port: number; readonly token: string }> => {
  for (;;) {
    const { apiToken, pid, port } = readState(join(home, "daemon.json"))
    if (pid === child.pid && port !== undefined) return { port, token: apiToken }
    await alive(child)
  }
}

const readState = (file: string): { readonly apiToken: string; readonly pid?: number; readonly port?: number } => {
  try {
    return JSON.parse(readFileSync(file, "utf8"))
  } catch {
    return { apiToken: "" }
  }
}

const answers = async (port: number, path: string, child: ChildProcess): Promise<void> => {
  while ((await statusOf(port, path)) !== 200) await alive(child)
}

const statusOf = (port: number, path: string): Promise<number> =>
  new Promise((resolve) => {
    const sent = request({ port, path, host: "127.0.0.1" }, (response) => {
      response.resume()
      resolve(response.statusCode!)
    })
    sent.once("error", () => resolve(0))
    sent.end()
  })

/** Looks again after a moment. A measuring program may poll: what it waits for is another process. */
const alive = (child: ChildProcess): Promise<void> => {
  if (child.exitCode !== null) throw new Error(`the daemon ended with ${child.exitCode}`)
  return new Promise((resolve) => setTimeout(resolve, 2))
}

const callJson = <Answer>(port: number, token: string, method: string, path: string, body?: object): Promise<Answer> =>
  fetch(`http://127.0.0.1:${port}${path}`, {
    method,
    headers: {
      authorization: `Bearer ${token}`,
      ...(body === undefined ? {} : { "content-type": "application/json" })
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) })
  }).then(async (response) => {
    const text = await response.text()
    if (!response.ok) throw new Error(`${method} ${path}: ${text}`)
    return JSON.parse(text) as Answer
  })
