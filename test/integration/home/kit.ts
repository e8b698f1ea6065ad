import * as NodeFileSystem from "@effect/platform-node/NodeFileSystem"
import { Effect, FileSystem, Layer, type Scope } from "effect"
import { type ChildProcess, spawn } from "node:child_process"
import { join } from "node:path"
import { createInterface } from "node:readline"
import { DaemonFile } from "../../../src/home/daemon-file.ts"
import { Locations } from "../../../src/home/locations.ts"
import { HomeLock } from "../../../src/home/lock.ts"

/** A folder that does not exist yet, in one that goes with the scope. */
export const newHome = Effect.gen(function* () {
  const fs = yield* FileSystem.FileSystem
  return join(yield* fs.makeTempDirectoryScoped({ prefix: "openpact-home-" }), "home")
}).pipe(Effect.provide(NodeFileSystem.layer))

/** What a daemon has of its home. Never shared between two uses: each is a start of its own. */
export const daemonOn = (home: string, fs: Layer.Layer<FileSystem.FileSystem> = NodeFileSystem.layer) =>
  Layer.fresh(DaemonFile.layer).pipe(
    Layer.provideMerge(Layer.fresh(HomeLock.layer)),
    Layer.provideMerge(Locations.layer(home)),
    Layer.provideMerge(fs)
  )

/** A daemon of this home while `use` runs. */
export const withDaemon = <A, E>(
  home: string,
  use: Effect.Effect<A, E, DaemonFile | HomeLock | Locations | FileSystem.FileSystem>,
  fs?: Layer.Layer<FileSystem.FileSystem>
) => use.pipe(Effect.provide(daemonOn(home, fs)), Effect.scoped)

export interface Child {
  readonly pid: number
  readonly say: (line: string) => void
  /** The next line of its stdout. Fails when it ends before, with what it wrote to stderr. */
  readonly next: Effect.Effect<string, Error>
  /** SIGKILL, and gone when this ends. */
  readonly kill: Effect.Effect<void>
}

/** Runs child.ts. It is killed when the scope closes. */
export const startChild = (...args: ReadonlyArray<string>): Effect.Effect<Child, never, Scope.Scope> =>
  Effect.acquireRelease(
    Effect.sync(() => childOf(spawn(process.execPath, [join(import.meta.dirname, "child.ts"), ...args]))),
    (child) => child.kill
  )

const childOf = (child: ChildProcess): Child => {
  const lines: Array<string> = []
  const wakers = new Set<() => void>()
  let errors = ""
  let ended = false
  const wake = () => wakers.forEach((waker) => waker())
  createInterface(child.stdout!).on("line", (line) => (lines.push(line), wake()))
  child.stderr!.on("data", (chunk) => (errors += String(chunk)))
  child.on("close", () => ((ended = true), wake()))
  const next = Effect.callback<string, Error>((resume) => {
    const look = () => {
      const line = lines.shift()
      if (line !== undefined) resume(Effect.succeed(line))
      else if (ended) resume(Effect.fail(new Error(`the child ended: ${errors}`)))
      else return
      wakers.delete(look)
    }
    wakers.add(look)
    look()
    return Effect.sync(() => wakers.delete(look))
  }).pipe(
    Effect.timeoutOrElse({
      duration: "60 seconds",
      orElse: () => Effect.fail(new Error(`the child is silent: ${errors}`))
    })
  )
  const gone = Effect.callback<void>((resume) => {
    if (ended) return resume(Effect.void)
    child.once("close", () => resume(Effect.void))
    child.kill("SIGKILL")
  })
  return { pid: child.pid!, say: (line) => child.stdin!.write(`${line}\n`), next, kill: gone }
}
