import { Context, Effect, Layer, Redacted } from "effect"
import { mkdirSync } from "node:fs"
import { join } from "node:path"
import { daemonLayer } from "../../src/daemon/Daemon.ts"
import { DaemonFile } from "../../src/home/daemon-file.ts"
import { HttpServer } from "../../src/http/HttpServer.ts"
import { Pacts } from "../../src/pacts/Pacts.ts"
import type { Pact } from "../../src/pacts/Pact.ts"
import { apiAt } from "./api.ts"
import { within } from "./deadline.ts"
import { linkLedgers } from "./ledgers.ts"
import { joinHome } from "./machines.ts"
import { tempDir } from "./temp.ts"

// Tests ask more in a minute than people do.
process.env["OPENPACT_RATE_LIMIT"] = "1000000000"
process.env["OPENPACT_DASHBOARD_PORT"] = "0"
// And nothing of theirs leaves this machine.
process.env["OPENPACT_BOOTSTRAP"] = "none"

/** A whole daemon in this process, on a home that is there and a port of its own. It stops with the Scope. */
const serveHome = Effect.fnUntraced(function* (home: string) {
  const layer = daemonLayer({ version: "0.0.0", home, terminal: false, flags: { port: "0", durability: "os" } })
  const context = yield* Layer.build(layer)
  const pacts = Context.get(context, Pacts)
  const { apiToken } = yield* Context.get(context, DaemonFile).read
  const { port } = Context.get(context, HttpServer)
  const api = yield* Effect.acquireRelease(
    Effect.sync(() => apiAt(port, Redacted.value(apiToken), () => home)),
    (api) => Effect.sync(api.close)
  )
  type Json = { readonly [key: string]: unknown }
  /** Asks below the pact, and answers the status and the JSON of the body. */
  const ask = (method: string, path: string, body?: object, headers?: Readonly<Record<string, string>>) =>
    Effect.map(Effect.orDie(api.call(method, `/v1/pacts/default${path}`, body, headers)), ({ status, text }) => ({
      status,
      body: JSON.parse(text) as Json
    }))
  /** The same where nothing but success will do. */
  const must = (method: string, path: string, body?: object, headers?: Readonly<Record<string, string>>) =>
    Effect.flatMap(ask(method, path, body, headers), (answer) =>
      answer.status === 200
        ? Effect.succeed(answer.body)
        : Effect.die(new Error(`${method} ${path}: ${answer.status} ${JSON.stringify(answer.body)}`))
    )
  return { home, api: { ...api, dump: () => home }, pacts, ask, must }
})

const newHome = Effect.map(tempDir("openpact-served"), (dir) => {
  const home = join(dir, "home")
  mkdirSync(home, { mode: 0o700 })
  return home
})

/** A daemon with one pact of its own. */
export const serveOne = Effect.gen(function* () {
  const served = yield* serveHome(yield* newHome)
  yield* served.pacts.create({ name: "Work" })
  return { ...served, pact: yield* served.pacts.find("default") }
})
export type Served = Effect.Success<typeof serveOne>

/** Another daemon, which is a member of that pact. The two are linked in memory, past the network. */
export const serveMember = Effect.fnUntraced(function* (host: Served) {
  const home = yield* newHome
  yield* joinHome(home, "work", host.pact)
  const served = yield* serveHome(home)
  const opened: Effect.Effect<Pact> = Effect.catch(served.pacts.find("default"), () =>
    Effect.andThen(
      Effect.yieldNow,
      Effect.suspend(() => opened)
    )
  )
  const pact = yield* opened
  yield* linkLedgers(host.pact.ledger, pact.ledger)
  yield* pact
    .until(() => (pact.read.member(pact.memberKey)?.active === true ? true : null))
    .pipe(within("the admission of a member", "20 seconds", () => home))
  return { ...served, pact } as Served
})
