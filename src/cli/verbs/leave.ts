import { Effect } from "effect"
import { Cli } from "../cli.ts"
import { CliFailure, exits } from "../failure.ts"
import { switchFlag } from "../flags.ts"
import { session } from "../session.ts"
import { typed } from "../typed.ts"
import { verb } from "../verb.ts"

export const leave = () =>
  verb(
    "leave",
    {
      description: "Leave the current pact, or the one that --pact names: tells the others, and deletes its data here.",
      examples: [
        ["openpact leave", "Asks for the alias first"],
        ["openpact leave --pact obsidian-accord --yes", "For scripts"]
      ]
    },
    { yes: switchFlag("yes", "Don't ask.") },
    Effect.fn("leave")(function* ({ yes }) {
      const { answer, say } = yield* Cli
      const { client, params } = yield* session
      const { pact_id: pactId, role } = yield* client.pact.status({ params })
      const { pacts } = yield* client.pacts.list()
      const alias = pacts.find(({ pact_id }) => pact_id === pactId)?.alias ?? pactId
      if (role === "creator") {
        return yield* new CliFailure({
          code: "LAST_INDEXER",
          message: `You made the pact ${alias}, so you can't leave it: nobody else could let in or remove anybody. To delete it here all the same: openpact remove ${alias}`,
          next: `openpact remove ${alias}`,
          exit: exits.conflict
        })
      }
      yield* typed({
        yes,
        about: `This leaves the pact and deletes its data on this machine.`,
        word: alias,
        what: "its alias",
        nothing: "Nothing was changed.",
        next: `openpact leave --pact ${alias} --yes`
      })
      const left = yield* client.pacts.remove({ params: { pactId }, payload: { confirm: pactId } })
      yield* answer(left, () => `You left ${left.removed.alias}. It is gone from this machine.`)
      if (role !== null && !left.announced)
        yield* say("None of the others could be told now. They see you as a member until the creator removes you.")
    }, Effect.scoped)
  )
