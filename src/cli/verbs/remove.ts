import { Effect } from "effect"
import { Argument, Prompt } from "effect/cli"
import { ask } from "../ask.ts"
import { Cli } from "../cli.ts"
import { CliFailure, exits } from "../failure.ts"
import { switchFlag } from "../flags.ts"
import { session } from "../session.ts"
import { verb } from "../verb.ts"

export const remove = () =>
  verb(
    "remove",
    {
      description: "Leave a pact and delete its data on this machine. This can't be undone.",
      examples: [
        ["openpact remove obsidian-accord", "Asks for the alias once more"],
        ["openpact remove obsidian-accord --yes", "For scripts"]
      ]
    },
    {
      alias: Argument.String("alias").pipe(Argument.withDescription("The alias of a pact, see openpact list.")),
      yes: switchFlag("yes", "Don't ask.")
    },
    Effect.fn("remove")(function* ({ alias, yes }) {
      const { answer, interactive } = yield* Cli
      const { client } = yield* session
      if (!yes) {
        if (!interactive) return yield* unsure(alias, "Nobody is here to confirm it.")
        const message = `This deletes the data of ${alias} on this machine. Type ${alias} to go on`
        if ((yield* ask(Prompt.String({ message }))) !== alias) return yield* unsure(alias, "That is not its alias.")
      }
      const { removed } = yield* client.pacts.remove({ params: { pactId: alias }, payload: { confirm: alias } })
      yield* answer({ ok: true, removed }, () => `${removed.alias} is gone from this machine.`)
    }, Effect.scoped)
  )

const unsure = (alias: string, why: string) =>
  new CliFailure({
    code: "NOT_CONFIRMED",
    message: `Nothing was removed. ${why}`,
    next: `openpact remove ${alias} --yes`,
    exit: exits.usage
  })
