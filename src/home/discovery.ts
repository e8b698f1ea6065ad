import { Effect, Option, type Redacted } from "effect"
import { daemonJson, processOf } from "./daemon-state.ts"
import { HomeError, NoDaemon } from "./errors.ts"
import { absent, judge } from "./judge.ts"
import { locationsOf } from "./locations.ts"

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
  if (Option.isNone(content)) return yield* new NoDaemon({ ...absent, home: root })
  const { exposed, stranger, value: state } = content.value
  const judged = judge({ path, exposed, stranger, holder: processOf(state), port: state.port })
  if (judged.type === "unsafe") return yield* new HomeError({ ...judged, path })
  if (judged.type === "missing") return yield* new NoDaemon({ ...judged, home: root })
  const address: DaemonAddress = {
    home: root,
    pid: judged.holder.pid,
    port: judged.port,
    dashboardPort: state.dashboardPort ?? null,
    token: state.apiToken,
    since: state.startedAt ?? 0
  }
  return address
})
