import { Context, Effect, Layer, Option, Result } from "effect"
import { writeFileSync } from "node:fs"
import { DatabaseSync } from "node:sqlite"
import { daemonJson, processOf } from "./daemon-state.ts"
import { HomeBusy, HomeError } from "./errors.ts"
import { prepareHome } from "./home-folder.ts"
import { Locations } from "./locations.ts"
import { isAlive } from "./process.ts"

/**
 * One daemon per home. Whoever has this service holds the home until its scope closes.
 *
 * The file `lock` is an empty SQLite database under an exclusive transaction: the system itself holds the lock and
 * drops it when the process ends, however it ends, so a dead holder blocks nobody and there is nothing to take over.
 * Never open that file in the daemon by other means, since closing it again drops the lock (POSIX).
 */
export class HomeLock extends Context.Service<HomeLock, { readonly home: string }>()("openpact/home/HomeLock") {
  static readonly layer = Layer.effect(
    HomeLock,
    Effect.gen(function* () {
      const { daemonFile, home, lock } = yield* Locations
      yield* prepareHome
      const database = yield* Effect.acquireRelease(hold(lock), (database) => Effect.sync(() => database?.close()))
      const { damaged, holder } = yield* liveHolder(daemonFile)
      // A live holder without its lock: somebody deleted the file under it.
      if (database === null || holder !== null) return yield* busy(home, holder, damaged)
      return HomeLock.of({ home })
    })
  )
}

interface Holder {
  readonly pid: number
  readonly since: number
}

const busy = (home: string, holder: Holder | null, damaged: boolean) =>
  new HomeBusy({
    home,
    pid: holder?.pid ?? null,
    since: holder?.since ?? null,
    message:
      holder !== null
        ? `A daemon runs on ${home} already: pid ${holder.pid}, since ${new Date(holder.since).toISOString()}.`
        : damaged
          ? `A daemon runs on ${home}, and its daemon.json was damaged meanwhile. Stop it and start it anew: openpact restart`
          : `Another daemon is just starting or stopping on ${home}. Try again in a moment.`
  })

/** Another process that daemon.json names and that certainly lives, and whether the file can't tell. */
const liveHolder = Effect.fnUntraced(function* (daemonFile: string) {
  const content = yield* Effect.result(daemonJson.read(daemonFile))
  if (Result.isFailure(content)) return { holder: null, damaged: content.failure.problem === "invalid" }
  const state = Option.getOrNull(content.success)?.value
  const mark = state === undefined ? null : processOf(state)
  const certain = mark !== null && mark.start !== null && mark.pid !== process.pid && isAlive(mark)
  return { holder: certain ? { pid: mark.pid, since: state?.startedAt ?? 0 } : null, damaged: false }
})

/** Null when another process, or another scope of this one, holds it. */
const hold = (path: string): Effect.Effect<DatabaseSync | null, HomeError> =>
  Effect.try({
    try: () => {
      if (process.platform !== "win32") createPrivate(path)
      const database = new DatabaseSync(path)
      try {
        database.exec("PRAGMA journal_mode = MEMORY; BEGIN EXCLUSIVE")
        return database
      } catch (error) {
        database.close()
        if (error instanceof Error && "errcode" in error && error.errcode === sqliteBusy) return null
        throw error
      }
    },
    catch: (error) =>
      new HomeError({
        problem: "invalid",
        path,
        message:
          `${path} can't be locked: ${error instanceof Error ? error.message : String(error)}. ` +
          `If no daemon runs on this home, delete that file and try again.`
      })
  })

const sqliteBusy = 5

/** SQLite would make it readable by others. A file that is there is left alone and never opened. */
const createPrivate = (path: string): void => {
  try {
    writeFileSync(path, "", { flag: "wx", mode: 0o600 })
  } catch (error) {
    if (!(error instanceof Error && "code" in error && error.code === "EEXIST")) throw error
  }
}
