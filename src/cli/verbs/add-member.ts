import { Effect } from "effect"
import { Argument } from "effect/cli"
import { sayMajority } from "../agents.ts"
import { Cli } from "../cli.ts"
import { switchFlag } from "../flags.ts"
import { session } from "../session.ts"
import { verb } from "../verb.ts"

export const addMember = () =>
  verb(
    "add-member",
    {
      description: "Admit a machine by its key, without an invite. Creator only.",
      examples: [["openpact add-member 1a2b...", "By the key that openpact status shows there"]]
    },
    {
      key: Argument.String("key").pipe(Argument.withDescription("The member key, 64 hex digits.")),
      indexer: switchFlag("indexer", "As an indexer: it helps to confirm, and can let in who has an invite.")
    },
    Effect.fn("add-member")(function* ({ indexer, key }) {
      const { answer } = yield* Cli
      const { client, params } = yield* session
      const payload = { key, confirm: true, ...(indexer ? { indexer } : {}) }
      const added = yield* client.members.add({ params, query: {}, payload })
      yield* answer(added, () => `${added.agent_id} is ${added.role === "indexer" ? "an indexer" : "a member"} now.`)
      if (indexer) yield* sayMajority(client, params)
    }, Effect.scoped)
  )
