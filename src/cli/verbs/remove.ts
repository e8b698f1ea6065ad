import { Effect } from "effect"
import { Argument } from "effect/cli"
import type { Client } from "../../sdk/connect.ts"
import { Cli } from "../cli.ts"
import { CliFailure, exits } from "../failure.ts"
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
    Effect.fn("remove")(function* ({ alias: name, yes }) {
      const { answer } = yield* Cli
      const { client } = yield* session
      const { agents, alias, role } = yield* findPact(client, name)
      const orphaned = role === "creator" && agents > 1 ? orphans : ""
      yield* typed({
        yes,
        about: `This deletes the data of ${alias} on this machine.${orphaned}`,
        word: alias,
        what: "its alias",
        nothing: "Nothing was removed.",
        next: `openpact remove ${alias} --yes`
      })
      const gone = yield* client.pacts.remove({ params: { pactId: alias }, payload: { confirm: alias } })
      yield* answer(gone, () => `${gone.removed.alias} is gone from this machine.`)
    }, Effect.scoped)
  )

const orphans = " You made it, so nobody can let in or remove anybody after that."

/** A pact of this home by its alias or its id, whatever state it is in. */
const findPact = Effect.fnUntraced(function* (client: Client, name: string) {
  const { pacts } = yield* client.pacts.list()
  const found = pacts.find(({ alias, pact_id }) => alias === name || pact_id === name)
  if (found !== undefined) return found
  return yield* new CliFailure({
    code: "UNKNOWN_PACT",
    message: `There is no pact ${name.slice(0, 100)} here.`,
    next: "openpact list",
    exit: exits.notFound
  })
})
