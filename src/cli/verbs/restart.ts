import { Effect } from "effect"
import { Cli } from "../cli.ts"
import { daemonFlags } from "../daemon-flags.ts"
import { checkFlags, daemonJson, daemonText, ensureDaemon } from "../ensure.ts"
import { sayNotices } from "../notices.ts"
import { runningPid, stopDaemon } from "../running.ts"
import { sdk } from "../session.ts"
import { verb } from "../verb.ts"

export const restart = () =>
  verb(
    "restart",
    {
      description: "Stop the daemon if it runs, and start it.",
      examples: [
        ["openpact restart", "After an update, or a change of settings in daemon.json"],
        ["openpact restart --port 7700", "On another port"]
      ]
    },
    daemonFlags(),
    Effect.fn("restart")(function* (flags) {
      const cli = yield* Cli
      // Before it stops what runs well.
      yield* checkFlags(flags)
      const old = yield* runningPid(cli.home)
      if (old !== null) yield* stopDaemon(old)
      const daemon = yield* ensureDaemon(flags)
      yield* cli.answer(daemonJson(daemon), () => daemonText(daemon, cli))
      const { clientAt } = yield* sdk
      yield* sayNotices(yield* clientAt(daemon.address))
    }, Effect.scoped)
  )
