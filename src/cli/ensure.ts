import { Effect } from "effect"
import type { DaemonAddress } from "../home/discovery.ts"
import { locationsOf } from "../home/locations.ts"
import { resolveSettings, type SettingSources } from "../home/settings.ts"
import { Cli } from "./cli.ts"
import { daemonSettings, flagArgs } from "./daemon-flags.ts"
import { runningOrNull } from "./running.ts"

/** A running daemon, and whether it was started for this. */
export interface Ensured {
  readonly address: DaemonAddress
  readonly started: boolean
}

type Flags = NonNullable<SettingSources["flags"]>

/** All flags for a new daemon. What is wrong in them is told at once. It looks again, with what daemon.json holds. */
export const checkFlags = Effect.fnUntraced(function* (flags: Flags) {
  const { home: _home, pact: _pact, ...global } = (yield* Cli).flags
  const given = { ...global, ...flags }
  yield* Effect.forEach(daemonSettings, (name) => resolveSettings([name], { flags: given }), { discard: true })
  return given
})

/** The daemon of this home, started if none runs. `flags` are for a new one. */
export const ensureDaemon = Effect.fnUntraced(function* (flags: Flags = {}) {
  const cli = yield* Cli
  const given = yield* checkFlags(flags)
  // What is to be repaired is repaired by this very start.
  const found = yield* runningOrNull(cli.home, ({ path }) =>
    cli.say(cli.talkStyle.yellow(`${path} is damaged. It is kept aside.`))
  )
  if (found !== null) {
    if (flagArgs(flags).length > 0)
      yield* cli.say(`It keeps the settings it was started with. For other ones: ${cli.command("restart")}`)
    return { address: found, started: false } satisfies Ensured
  }
  yield* cli.say(cli.talkStyle.dim("Starting the daemon ..."))
  const { launch } = yield* Effect.promise(() => import("./launch.ts"))
  const ensured: Ensured = yield* launch(cli.home, flagArgs(given))
  return ensured
})

/** What a program needs to know of a daemon. */
export const daemonJson = ({ address, started }: Ensured) => ({
  started,
  pid: address.pid,
  url: urlOf(address),
  dashboard: dashboardOf(address),
  home: address.home,
  log: locationsOf(address.home).log
})

/** The same for people. */
export const daemonText = ({ address, started }: Ensured, { command }: Pick<Cli["Service"], "command">): string =>
  [
    started ? `The daemon runs (pid ${address.pid}).` : `The daemon runs already (pid ${address.pid}).`,
    `  API   ${urlOf(address)}`,
    ...(address.dashboardPort === null
      ? []
      : [`  Web   ${dashboardOf(address)} (opens with: ${command("dashboard")})`]),
    `  Home  ${address.home}`,
    `  Log   ${locationsOf(address.home).log}`
  ].join("\n")

/** Where the dashboard is, null where there is none. It opens to those who come with a link. */
export const dashboardOf = ({ dashboardPort }: DaemonAddress): string | null =>
  dashboardPort === null ? null : `http://127.0.0.1:${dashboardPort}`

export const urlOf = ({ port }: DaemonAddress): string => `http://127.0.0.1:${port}`
