import { Effect } from "effect"
import { Argument } from "effect/cli"
import { Cli } from "../cli.ts"
import { hookEvents } from "../config/names.ts"
import { verb } from "../verb.ts"

export const hook = () =>
  verb(
    "hook",
    {
      description: "What Claude Code runs at its own events. Says what is new, and nothing where no daemon is.",
      examples: [["openpact hook UserPromptSubmit", "What is new since the last turn in this project"]]
    },
    {
      event: Argument.Literals("event", hookEvents).pipe(
        Argument.withDescription(`The event, whose JSON comes on stdin: ${hookEvents.join(", ")}.`)
      )
    },
    Effect.fn("hook")(function* ({ event }) {
      const { home, setting } = yield* Cli
      const pact = yield* setting("pact")
      const { hook } = yield* Effect.promise(() => import("../hook.ts"))
      yield* Effect.promise(() => hook([event, "--home", home, "--pact", pact]))
    })
  )
