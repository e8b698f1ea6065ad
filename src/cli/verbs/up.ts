import { Effect } from "effect"
import { Cli, quoted } from "../cli.ts"
import { daemonJson, daemonText, ensureDaemon } from "../ensure.ts"
import { createPact, newPactFlags } from "../new-pact.ts"
import { sayNext } from "../next-steps.ts"
import { sayNotices } from "../notices.ts"
import { sdk } from "../session.ts"
import { line } from "../text.ts"
import { verb } from "../verb.ts"

export const up = () =>
  verb(
    "up",
    {
      description: "Start here: starts the daemon, and makes a first pact if there is none.",
      examples: [
        ["openpact up", "Everything that a newcomer needs"],
        [`openpact up --name "Obsidian Accord" --no-interactive`, "For scripts"]
      ]
    },
    newPactFlags(),
    Effect.fn("up")(function* (flags) {
      const cli = yield* Cli
      const { answer, command, say, talkStyle } = cli
      const daemon = yield* ensureDaemon()
      const { clientOf } = yield* sdk
      const client = yield* clientOf(daemon.address)
      const pacts = yield* sayNotices(client)
      const made = pacts.length === 0 ? yield* createPact(client, flags) : null
      const current = made ?? pacts.find(({ is_current }) => is_current) ?? null
      yield* answer({ ...daemonJson(daemon), created: made !== null, pact: current }, () =>
        [
          daemonText(daemon, cli),
          ...(current === null
            ? []
            : [`  Pact  ${line(current.pact_name ?? "")} (${current.alias}${made === null ? "" : ", new"})`])
        ].join("\n")
      )
      if (made === null && typeof flags.name === "string") {
        const wanted = command(`init --name ${quoted(line(flags.name))}`)
        yield* say(talkStyle.yellow(`There is a pact already, so none was made. For another one: ${wanted}`))
      }
      yield* sayNext(daemon.address)
    }, Effect.scoped)
  )
