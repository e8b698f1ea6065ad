import { Effect } from "effect"
import { runBootstrap } from "../../src/hyper/bootstrap.ts"

// The nodes of a private network as a process of their own: node test/kit/bootstrap.ts <host> <port>
const [host = "127.0.0.1", port = "0"] = process.argv.slice(2)

Effect.runFork(
  Effect.scoped(
    Effect.gen(function* () {
      yield* runBootstrap({ host, port: Number(port) })
      console.log("ready")
      yield* Effect.never
    })
  )
)
