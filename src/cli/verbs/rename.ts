import { Effect } from "effect"
import { Argument } from "effect/cli"
import { Cli } from "../cli.ts"
import { session } from "../session.ts"
import { verb } from "../verb.ts"

export const rename = () =>
  verb(
    "rename",
    {
      description: "Give a pact another alias on this machine. Nobody else notices.",
      examples: [["openpact rename obsidian-accord work", "A shorter one"]]
    },
    {
      old: Argument.String("old").pipe(Argument.withDescription("The alias of a pact, or its id.")),
      new: Argument.String("new").pipe(Argument.withDescription("1 to 64 lower-case letters, digits and dashes."))
    },
    Effect.fn("rename")(function* ({ new: alias, old }) {
      const { answer } = yield* Cli
      const { client } = yield* session
      const renamed = yield* client.pacts.alias({ params: { pactId: old }, payload: { alias } })
      yield* answer(renamed, () => `${old} is ${renamed.alias} now.`)
    }, Effect.scoped)
  )
