import { Effect } from "effect"
import { Cli } from "../cli.ts"
import { CliFailure, exits } from "../failure.ts"
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
      const address = yield* running(home).pipe(
        Effect.catchTag("NoDaemon", ({ reason }) =>
          Effect.fail(
            new CliFailure({
              code: "NO_DAEMON",
              message:
                reason === "died"
                  ? `The daemon on ${home} ended without a stop, and none runs now.`
                  : `No daemon runs on ${home}, so there is nothing to stop.`,
              next: null,
              exit: exits.noDaemon
            })
          )
        )
      )
      yield* stopDaemon(address.pid)
      yield* answer({ stopped: true, pid: address.pid }, () => `The daemon (pid ${address.pid}) is stopped.`)
    })
  )
