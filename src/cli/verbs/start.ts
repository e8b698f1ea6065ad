import { Effect } from "effect"
import { Flag } from "effect/cli"
import { Cli } from "../cli.ts"
import { daemonFlags } from "../daemon-flags.ts"
import { daemonJson, daemonText, ensureDaemon } from "../ensure.ts"
import { switchFlag } from "../flags.ts"
import { sayNotices } from "../notices.ts"
import { sdk } from "../session.ts"
import { verb } from "../verb.ts"

export const start = () =>
  verb(
    "start",
    {
      description: "Start the daemon of this home. It goes on when the terminal is closed.",
      examples: [
        ["openpact start", "In the background"],
        ["openpact start --foreground", "For a supervisor such as systemd, until SIGTERM or Ctrl-C"],
        ["openpact start --port 0", "On any free port"]
      ]
    },
    {
      foreground: switchFlag("foreground", "Stay, and show on the terminal what happens."),
      detached: switchFlag("detached", "How a daemon in the background is started.").pipe(Flag.withHidden),
      ...daemonFlags()
    },
    Effect.fn("start")(function* ({ detached, foreground, ...flags }) {
      if (foreground) {
        const { serve } = yield* Effect.promise(() => import("../serve.ts"))
        return yield* serve(flags, { terminal: !detached })
      }
      const cli = yield* Cli
      const daemon = yield* ensureDaemon(flags)
      yield* cli.answer(daemonJson(daemon), () => daemonText(daemon, cli))
      const { clientAt } = yield* sdk
      yield* sayNotices(yield* clientAt(daemon.address))
    }, Effect.scoped)
  )
