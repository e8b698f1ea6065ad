import { describe, expect } from "@effect/vitest"
import { Effect } from "effect"
import { spawn } from "node:child_process"
import { existsSync, readFileSync } from "node:fs"
import { createServer, type IncomingMessage, request, type ServerResponse } from "node:http"
import type { AddressInfo } from "node:net"
import { join } from "node:path"
import { text } from "node:stream/consumers"
import { sdkDist } from "../../kit/build.ts"
import { type Daemon, startDaemon } from "../../kit/daemon.ts"
import { within } from "../../kit/deadline.ts"
import { live } from "../../kit/live.ts"
import { tempDir } from "../../kit/temp.ts"

const chromium = "/usr/bin/chromium"

/** What the page does with the client, as a program of its own. */
const page = (token: string) => `<!doctype html><script type="module">
import { createClient, UnknownPactError } from "/sdk.mjs"
const say = (result) => fetch("/done", { method: "POST", body: JSON.stringify(result) })
try {
  const client = createClient({ token: "${token}" })
  const pact = client.pact("work")
  const stop = new AbortController()
  const events = []
  try {
    for await (const { event, data } of client.events.stream({ pact: "work", types: "entry-applied", signal: stop.signal })) {
      events.push(event)
      if (event === "hello") await pact.knowledge.record({ topic: "t", content: "From a browser" })
      else stop.abort()
    }
  } catch (error) { events.push(error.name) }
  for (const content of ["b", "c"]) await pact.knowledge.record({ topic: "t", content })
  const contents = []
  for await (const { payload } of pact.knowledge.list({ order: "asc", limit: 2 })) contents.push(payload.content)
  const refused = await client.pact("nobody").status().catch((error) => error)
  await say({ events, contents, refused: [refused instanceof UnknownPactError, refused.code] })
} catch (error) { await say({ failed: String(error) }) }
</script>`

/** Serves the page and hands the API on, as one origin. Answers its port and what the page says. */
const served = Effect.fnUntraced(function* (daemon: Daemon) {
  let done: (text: string) => void = () => {}
  const said = new Promise<string>((resolve) => (done = resolve))
  const handOn = (from: IncomingMessage, to: ServerResponse) => {
    const { authorization, "content-type": type, "last-event-id": last } = from.headers
    const headers = Object.entries({ authorization, "content-type": type, "last-event-id": last })
    const given = Object.fromEntries(headers.filter(([, value]) => value !== undefined))
    const options = { port: daemon.port, host: "127.0.0.1", method: from.method, path: from.url, headers: given }
    const onward = request(options, (answer) => {
      to.writeHead(answer.statusCode!, answer.headers)
      answer.pipe(to)
    })
    to.once("close", () => onward.destroy())
    onward.once("error", () => to.destroy())
    from.pipe(onward)
  }
  const server = createServer((from, to) => {
    if (from.url === "/done") void text(from).then((body) => (to.end(), done(body)))
    else if (from.url === "/sdk.mjs") {
      to.setHeader("content-type", "text/javascript").end(readFileSync(join(sdkDist(), "browser.mjs")))
    } else if (from.url!.startsWith("/v1/")) handOn(from, to)
    else to.setHeader("content-type", "text/html").end(page(daemon.token))
  })
  yield* Effect.acquireRelease(
    Effect.callback<void>((resume) => void server.listen(0, "127.0.0.1", () => resume(Effect.void))),
    () =>
      Effect.callback<void>((resume) => {
        server.closeAllConnections()
        server.close(() => resume(Effect.void))
      })
  )
  return { port: (server.address() as AddressInfo).port, said: Effect.promise(() => said) }
})

/** Opens a page in a Chromium of its own, which ends with the Scope. Answers what it wrote. */
const opened = Effect.fnUntraced(function* (url: string) {
  const profile = yield* tempDir("openpact-chromium")
  const quiet = ["--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--no-first-run"]
  const offline = ["--disable-background-networking", "--disable-component-update", "--disable-sync"]
  let output = ""
  yield* Effect.acquireRelease(
    Effect.sync(() => {
      const child = spawn(chromium, [...quiet, ...offline, `--user-data-dir=${profile}`, url], {
        env: { PATH: process.env["PATH"], HOME: profile },
        stdio: ["ignore", "ignore", "pipe"]
      })
      child.stderr.on("data", (chunk: Buffer) => (output += chunk.toString()))
      return child
    }),
    (child) =>
      Effect.callback<void>((resume) => {
        if (child.exitCode !== null || child.signalCode !== null) return resume(Effect.void)
        child.once("exit", () => resume(Effect.void))
        child.kill("SIGKILL")
      })
  )
  return () => output.slice(-2000)
})

describe.skipIf(!existsSync(chromium))("the browser's entry", () => {
  live(
    "reads, writes, walks and listens in Chromium",
    () =>
      Effect.gen(function* () {
        const daemon = yield* startDaemon(join(yield* tempDir(), "home"))
        yield* daemon.send("POST", "/v1/pacts", { name: "Work", confirm: true })
        const { port, said } = yield* served(daemon)
        const output = yield* opened(`http://127.0.0.1:${port}/`)
        const result = yield* said.pipe(within("the page's word", "60 seconds", output))
        expect(JSON.parse(result)).toEqual({
          events: ["hello", "entry-applied", "AbortError"],
          contents: ["From a browser", "b", "c"],
          refused: [true, "UNKNOWN_PACT"]
        })
      }),
    100_000
  )
})
