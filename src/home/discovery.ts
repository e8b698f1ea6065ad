import { Effect, Option, type Redacted } from "effect"
import { daemonJson, processOf } from "./daemon-state.ts"
import { HomeError, NoDaemon } from "./errors.ts"
import { locationsOf } from "./locations.ts"
import { isAlive } from "./process.ts"

/** Where a running daemon is found, and the token that opens it. */
export interface DaemonAddress {
  readonly home: string
  readonly pid: number
  readonly port: number
  readonly dashboardPort: number | null
  readonly token: Redacted.Redacted<string>
  /** When it started, in ms. */
  readonly since: number
}

/**
 * Finds the daemon of a home by its daemon.json. The token is given out only while that very process lives, so that it
 * is never sent to a stranger who took the port, and only from a file that nobody else can read or write.
 */
export const discover = Effect.fnUntraced(function* (home: string) {
  const { daemonFile: path, home: root } = locationsOf(home)
  const missing = (reason: NoDaemon["reason"], what: string) =>
    new NoDaemon({ reason, home: root, message: `The daemon ${what}. Start it: openpact start` })

  const content = yield* daemonJson.read(path).pipe(
    Effect.mapError((error) =>
      error.problem === "invalid"
        ? new HomeError({
            ...error,
            message: `${error.message} Repair it: openpact restart (it keeps the damaged file aside)`
          })
        : error
    )
  )
  if (Option.isNone(content)) return yield* missing("absent", "isn't running")
  const { exposed, stranger, value: state } = content.value
  if (stranger !== null) {
    return yield* new HomeError({
      problem: "foreign",
      path,
      message: `${path} belongs to another user (id ${stranger}). Run openpact as that user, or name your own home with --home.`
    })
  }
  if (exposed) {
    return yield* new HomeError({
      problem: "exposed",
      path,
      message: `${path} holds the API token and other users can read or change it. Close it: chmod 600 '${path}'`
    })
  }
  const holder = processOf(state)
  if (holder === null) return yield* missing("stopped", "isn't running")
  if (!isAlive(holder)) return yield* missing("died", `isn't running: it ended without a stop (pid ${holder.pid})`)
  if (state.port === undefined) {
    return yield* new NoDaemon({
      reason: "starting",
      home: root,
      message: "The daemon is starting. Try again in a moment."
    })
  }
  const address: DaemonAddress = {
    home: root,
    pid: holder.pid,
    port: state.port,
    dashboardPort: state.dashboardPort ?? null,
    token: state.apiToken,
    since: state.startedAt ?? 0
  }
  return address
})
