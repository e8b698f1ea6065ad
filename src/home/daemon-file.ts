import { Context, Effect, FileSystem, Layer, Option, SynchronizedRef } from "effect"
import type { StorageFull } from "../domain/errors.ts"
import { adoptFolders } from "./adopt.ts"
import { daemonJson, type DaemonState, stopped } from "./daemon-state.ts"
import { HomeError } from "./errors.ts"
import { removeTemps, setAside } from "./files.ts"
import { Locations } from "./locations.ts"
import { HomeLock } from "./lock.ts"
import { markOf } from "./process.ts"
import { newSecret } from "./secret.ts"

type WriteError = HomeError | StorageFull

/**
 * The one writer of daemon.json: the daemon that holds the lock of the home. A change is on the disk, synced, before
 * its effect succeeds, and one that can't be written is not made. Changes run one after the other.
 */
export class DaemonFile extends Context.Service<
  DaemonFile,
  {
    readonly read: Effect.Effect<DaemonState>
    readonly update: (change: (state: DaemonState) => DaemonState) => Effect.Effect<DaemonState, WriteError>
    /** The same for a change that may fail or answers something. */
    readonly modify: <A, E, R>(
      change: (state: DaemonState) => Effect.Effect<readonly [answer: A, next: DaemonState], E, R>
    ) => Effect.Effect<A, E | WriteError, R>
    /** Tells clients where to find this daemon, until the scope closes. */
    readonly announce: (ports: {
      readonly port: number
      readonly dashboardPort?: number
    }) => Effect.Effect<void, WriteError>
    /** What was found wrong at the start and what was done about it, for people. */
    readonly notices: ReadonlyArray<string>
  }
>()("openpact/home/DaemonFile") {
  static readonly layer = Layer.effect(
    DaemonFile,
    Effect.gen(function* () {
      yield* HomeLock
      const fs = yield* FileSystem.FileSystem
      const { daemonFile: path, home, pact } = yield* Locations
      yield* removeTemps(home)
      const opened = yield* open(path)
      const adopted = yield* adoptFolders(opened.state)
      yield* Effect.forEach(adopted.state.pacts, ({ dataDir }) => removeTemps(pact(dataDir).folder))

      const write = (state: DaemonState) =>
        daemonJson.write(path, state, opened.rest).pipe(Effect.provideService(FileSystem.FileSystem, fs))
      const ref = yield* SynchronizedRef.make<DaemonState>(adopted.state)
      const modify: DaemonFile["Service"]["modify"] = (change) =>
        Effect.uninterruptibleMask((restore) =>
          SynchronizedRef.modifyEffect(ref, (state) => Effect.tap(restore(change(state)), ([, next]) => write(next)))
        )
      const update: DaemonFile["Service"]["update"] = (change) =>
        modify((state) => Effect.sync(() => change(state)).pipe(Effect.map((next) => [next, next])))

      yield* Effect.acquireRelease(update(started), () => Effect.ignore(update(stopped)))
      return DaemonFile.of({
        read: SynchronizedRef.get(ref),
        update,
        modify,
        announce: (ports) => Effect.asVoid(update((state) => ({ ...state, ...ports }))),
        notices: [...opened.notices, ...adopted.notices]
      })
    })
  )
}

interface Opened {
  readonly state: DaemonState
  readonly rest: Readonly<Record<string, unknown>>
  readonly notices: ReadonlyArray<string>
}

const open = Effect.fnUntraced(function* (path: string) {
  const content = yield* daemonJson.read(path).pipe(
    Effect.catchIf(
      (error) => error.problem === "invalid",
      (error) =>
        Effect.map(
          setAside(path),
          (aside) => `${error.message} It is kept as ${aside}. A new one with a new API token was made.`
        )
    )
  )
  if (typeof content === "string") return { ...fresh(), notices: [content] }
  if (Option.isNone(content)) return fresh()
  const { exposed, rest, stranger, value } = content.value
  if (stranger !== null) {
    return yield* new HomeError({
      problem: "foreign",
      path,
      message: `${path} belongs to another user (id ${stranger}). Run openpact as that user.`
    })
  }
  const opened: Opened = { state: stopped(value), rest, notices: [] }
  if (!exposed) return opened
  return {
    ...opened,
    state: { ...opened.state, apiToken: newSecret() },
    notices: [`${path} was open to other users. It is 0600 now and has a new API token.`]
  }
})

const fresh = (): Opened => ({
  state: { version: 1, apiToken: newSecret(), pacts: [], currentAlias: null },
  rest: {},
  notices: []
})

const started = (state: DaemonState): DaemonState => {
  const { boot, pid, start } = markOf(process.pid)
  return { ...stopped(state), pid, processStart: start, bootId: boot, startedAt: Date.now() }
}
