import { Effect } from "effect"
import { Cli } from "../cli.ts"
import { dashboardOf, urlOf } from "../ensure.ts"
import { isRemoved, statusText } from "../status-text.ts"
import { verb } from "../verb.ts"

export const status = () =>
  verb(
    "status",
    {
      description: "Show the daemon and the current pact, or the one that --pact names.",
      examples: [
        ["openpact status", "The current pact"],
        ["openpact status --pact obsidian-accord --json", "Another one, for a program"]
      ]
    },
    {},
    Effect.fn("status")(function* () {
      const { answer, command, home, say, setting, style, talkStyle } = yield* Cli
      const { statusOf } = yield* Effect.promise(() => import("../../sdk/status.ts"))
      const { address, daemon, pact } = yield* statusOf(home, yield* setting("pact"))
      yield* answer(
        { daemon: { ...daemon, pid: address.pid, url: urlOf(address), dashboard: dashboardOf(address) }, pact },
        () => statusText(address, daemon, pact, style)
      )
      if (pact === null)
        yield* say(
          `There is no pact yet. Make one: ${command("init")}. Or take part in one of others: ${command("join <link>")}`
        )
      else if (isRemoved(pact)) yield* say(talkStyle.yellow(wasRemoved))
      else if (pact.removal_told_by !== undefined) yield* say(talkStyle.yellow(mayBeRemoved))
    }, Effect.scoped)
  )

const mayBeRemoved =
  "Where that is so, nobody gets what is written here. Ask the creator. To come back, ask for a new invite, remove the " +
  "pact here, and join."
const wasRemoved =
  "This machine was removed from the pact and gets nothing new. To come back, ask the creator for a new invite, remove " +
  "the pact here, and join."
