import { Effect } from "effect"
import { Argument } from "effect/cli"
import { Cli } from "../cli.ts"
import { session } from "../session.ts"
import { verb } from "../verb.ts"

export const switchPact = () =>
  verb(
    "switch",
    {
      description: "Make a pact the current one: the one that commands and `default` mean.",
      examples: [["openpact switch obsidian-accord", "From now on this one"]]
    },
    { alias: Argument.String("alias").pipe(Argument.withDescription("The alias of a pact, see openpact list.")) },
    Effect.fn("switch")(function* ({ alias }) {
      const { answer } = yield* Cli
      const { client } = yield* session
      const switched = yield* client.pacts.switch({ payload: { alias, confirm: alias } })
      yield* answer(switched, () => `The current pact is ${switched.current} now.`)
    }, Effect.scoped)
  )
