import { Effect, type FileSystem, Schedule } from "effect"
import { type DaemonAddress, discover } from "../home/discovery.ts"
import type { HomeError } from "../home/errors.ts"
import { isAlive, markOf } from "../home/process.ts"
import { locationsOf } from "../home/locations.ts"
import { CliFailure, exits } from "./failure.ts"

/** How often is looked whether a daemon has come or gone. */
const glance = Schedule.spaced("20 millis")

/** The daemon of a home. One that is just starting is waited for. */
export const running = (home: string) =>
  discover(home).pipe(
    Effect.retry({
      schedule: glance,
      times: 500,
      while: (error) => error._tag === "NoDaemon" && error.reason === "starting"
    })
  )

/** The same, or null where none runs. A damaged daemon.json counts as none: the next daemon sets it aside. */
export const runningOrNull = (
  home: string,
  damaged: (error: HomeError) => Effect.Effect<void> = () => Effect.void
): Effect.Effect<DaemonAddress | null, HomeError, FileSystem.FileSystem> =>
  running(home).pipe(
    Effect.catchTag("NoDaemon", () => Effect.succeed(null)),
    Effect.catchTag("HomeError", (error) =>
      error.problem === "invalid" ? Effect.as(damaged(error), null) : Effect.fail(error)
    )
  )

/**
 * The process of the daemon of a home, or null where none runs. One whose daemon.json was damaged meanwhile can't be talked to,
 * and has the lock open all the same.
 */
export const runningPid = (home: string) =>
  running(home).pipe(
    Effect.map(({ pid }): number | null => pid),
    Effect.catchTag("NoDaemon", () => Effect.succeed(null)),
    Effect.catchTag("HomeError", (error) =>
      error.problem === "invalid"
        ? Effect.map(
            Effect.promise(() => import("./holders.ts")),
            ({ openerOf }) => openerOf(locationsOf(home).lock)
          )
        : Effect.fail(error)
    )
  )

/** Asks a daemon to stop and waits until its process is gone. */
export const stopDaemon = Effect.fnUntraced(function* (pid: number) {
  // Discovery knew this very process a moment ago. From here on its pid alone would not do.
  const mark = markOf(pid)
  yield* Effect.try({ try: () => process.kill(pid, "SIGTERM"), catch: refused(pid) }).pipe(
    Effect.catchIf(
      () => !isAlive(mark),
      () => Effect.void
    )
  )
  yield* Effect.sync(() => isAlive(mark)).pipe(
    Effect.repeat({ schedule: glance, while: (alive) => alive }),
    Effect.timeoutOrElse({
      duration: patience,
      orElse: () =>
        new CliFailure({
          code: "STILL_RUNNING",
          message: `The daemon (pid ${pid}) was asked to stop and still runs after ${patience}.`,
          next: `kill -9 ${pid}`,
          exit: exits.timedOut
        })
    })
  )
})

const patience = "20 seconds"

const refused = (pid: number) => (error: unknown) =>
  new CliFailure({
    code: "NOT_STOPPED",
    message: `The daemon (pid ${pid}) can't be asked to stop: ${error instanceof Error ? error.message : String(error)}`,
    next: `kill ${pid}`,
    exit: exits.refused
  })
