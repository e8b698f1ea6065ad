import { Effect } from "effect"
import { Argument } from "effect/cli"
import { Cli } from "../cli.ts"
import { switchFlag } from "../flags.ts"
import { session } from "../session.ts"
import { typed } from "../typed.ts"
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
      const { answer } = yield* Cli
      const { client } = yield* session
      yield* typed({
        yes,
        about: `This deletes the data of ${alias} on this machine.`,
        word: alias,
        what: "its alias",
        nothing: "Nothing was removed.",
        next: `openpact remove ${alias} --yes`
      })
      const gone = yield* client.pacts.remove({ params: { pactId: alias }, payload: { confirm: alias } })
      yield* answer(gone, () => `${gone.removed.alias} is gone from this machine.`)
    }, Effect.scoped)
  )
