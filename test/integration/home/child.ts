import * as NodeFileSystem from "@effect/platform-node/NodeFileSystem"
import { Effect, Exit, FileSystem, Layer, Scope } from "effect"
import { createInterface } from "node:readline"
import { daemonOn } from "./kit.ts"

// A process that tests start: `hold` tries to become the daemon of a home whenever it is told `go`, `stick` stops for
// ever between writing a new daemon.json and renaming it.
const [mode, home = ""] = process.argv.slice(2)
const say = (line: unknown) => console.log(JSON.stringify(line))

const tryToHold = Effect.gen(function* () {
  const scope = yield* Scope.make()
  const exit = yield* Effect.exit(Layer.buildWithScope(daemonOn(home), scope))
  if (Exit.isSuccess(exit)) return { held: process.pid }
  yield* Scope.close(scope, Exit.void)
  return { error: String(exit.cause) }
})

const sticking = Layer.effect(
  FileSystem.FileSystem,
  Effect.map(FileSystem.FileSystem, (fs) => ({
    ...fs,
    rename: () =>
      Effect.andThen(
        Effect.sync(() => say("written")),
        Effect.never
      )
  }))
).pipe(Layer.provide(NodeFileSystem.layer))

if (mode === "hold") {
  say("ready")
  createInterface(process.stdin).on("line", () => void Effect.runPromise(tryToHold).then(say))
} else {
  setInterval(() => {}, 60_000)
  void Effect.runPromise(Effect.scoped(Layer.build(Layer.fresh(daemonOn(home, sticking)))))
}
