import * as NodeStdio from "@effect/platform-node/NodeStdio"
import { Console, Effect, Layer, Path, Terminal } from "effect"
import { ChildProcessSpawner } from "effect/process"
import { readOnlyFiles } from "./read-only-files.ts"

/** What stands in for a service until it is needed, so that its modules of Node are loaded by those who need it. */
const unused = (what: string) => Effect.die(new Error(`${what} is used without being loaded`))

/** What every command runs in. */
export const environment = Layer.mergeAll(
  readOnlyFiles,
  Path.layer,
  NodeStdio.layer,
  Layer.succeed(
    Terminal.Terminal,
    Terminal.make({
      columns: Effect.succeed(80),
      rows: Effect.succeed(24),
      size: unused("the terminal"),
      readInput: unused("the terminal"),
      readLine: unused("the terminal"),
      display: (text) => Console.log(text)
    })
  ),
  Layer.succeed(
    ChildProcessSpawner.ChildProcessSpawner,
    ChildProcessSpawner.make(() => unused("the spawner"))
  )
)
