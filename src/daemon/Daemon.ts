import { NodeFileSystem } from "@effect/platform-node"
import { Effect, Layer } from "effect"
import { fileURLToPath } from "node:url"
import { eventFeed } from "../handlers/events.ts"
import { handlers } from "../handlers/handlers.ts"
import { DaemonFile } from "../home/daemon-file.ts"
import { Settings } from "../home/daemon-settings.ts"
import { Locations } from "../home/locations.ts"
import { HomeLock } from "../home/lock.ts"
import type { SettingSources } from "../home/settings.ts"
import { Dashboard } from "../http/Dashboard.ts"
import { EventHub } from "../http/EventHub.ts"
import { HttpServer } from "../http/HttpServer.ts"
import { Network } from "../network/Network.ts"
import { Pacts } from "../pacts/Pacts.ts"
import { Requests } from "../pacts/Requests.ts"
import { daemonLogging } from "./logging.ts"
import { mcpMount } from "./mcp-mount.ts"

export interface DaemonOptions {
  readonly version: string
  /** The home folder. */
  readonly home: string
  readonly flags?: SettingSources["flags"]
  /** True to show the log on stderr too. */
  readonly terminal: boolean
}

/**
 * The whole daemon. It is built from the bottom up and stops from the top down: first it can't be found any more, then
 * the server lets go of its clients and the network of its peers, then every pact commits what it took in and closes, and
 * the lock goes last.
 */
export const daemonLayer = ({ flags, home, terminal, version }: DaemonOptions) =>
  announce.pipe(
    Layer.provideMerge(server(version)),
    Layer.provideMerge(Dashboard.layer),
    Layer.provideMerge(eventFeed),
    Layer.provideMerge(EventHub.layer),
    Layer.provideMerge(network),
    Layer.provideMerge(pacts),
    Layer.provideMerge(Requests.layer),
    Layer.provideMerge(daemonLogging({ terminal })),
    Layer.provideMerge(Settings.layer({ ...(flags === undefined ? {} : { flags }), env: process.env })),
    Layer.provideMerge(DaemonFile.layer),
    Layer.provideMerge(HomeLock.layer),
    Layer.provideMerge(Locations.layer(home)),
    Layer.provideMerge(NodeFileSystem.layer)
  )

const pacts = Layer.unwrap(Effect.map(Settings, ({ durability, paranoid }) => Pacts.layer({ durability, paranoid })))

const network = Layer.unwrap(Effect.map(Settings, ({ bootstrap }) => Network.layer({ bootstrap })))

const server = (version: string) =>
  Layer.unwrap(
    Effect.gen(function* () {
      const { dashboardPort, durability, noDashboard, port, rateLimit } = yield* Settings
      const { home } = yield* Locations
      const { apiToken } = yield* (yield* DaemonFile).read
      const { once } = yield* Requests
      const mount = mcpMount({ version, token: apiToken })
      return HttpServer.layer(handlers({ version, home, durability }), {
        port,
        token: apiToken,
        rateLimit,
        once,
        mount,
        ...(noDashboard ? {} : { dashboard: { port: dashboardPort, folder: dashboardFolder } })
      })
    })
  )

/** Beside the bundle. A daemon that runs from its sources has none built. */
const dashboardFolder = fileURLToPath(new URL("./dashboard", import.meta.url))

/** Lets clients find the daemon, once it can be talked to. */
const announce = Layer.effectDiscard(
  Effect.gen(function* () {
    const file = yield* DaemonFile
    const { port } = yield* HttpServer
    yield* Effect.forEach(file.notices, (notice) => Effect.logWarning(notice))
    const dashboardPort = (yield* Dashboard).port()
    yield* file.announce({ port, ...(dashboardPort === null ? {} : { dashboardPort }) })
    yield* Effect.logInfo(`The daemon listens on http://127.0.0.1:${port}`)
    yield* Effect.addFinalizer(() => Effect.logInfo("The daemon stops."))
  })
)
