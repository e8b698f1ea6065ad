import { Effect } from "effect"
import { Cli } from "../cli.ts"
import { running, stopDaemon } from "../running.ts"
import { verb } from "../verb.ts"

export const stop = () =>
  verb(
    "stop",
    {
      description: "Stop the daemon of this home and wait until it is gone.",
      examples: [["openpact stop", "Writes that were answered are safe"]]
    },
    {},
    Effect.fn("stop")(function* () {
      const { answer, home } = yield* Cli
      const address = yield* running(home)
      yield* stopDaemon(address)
      yield* answer({ stopped: true, pid: address.pid }, () => `The daemon (pid ${address.pid}) is stopped.`)
    })
  )
