import { Effect } from "effect"
import { Argument } from "effect/cli"
import { findAgent, sayMajority } from "../agents.ts"
import { Cli } from "../cli.ts"
import { session } from "../session.ts"
import { verb } from "../verb.ts"

export const promote = () =>
  verb(
    "promote",
    {
      description:
        "Make a member an indexer: it helps to confirm, and can let in who has an invite. Creator only. " +
        "Confirming takes more than half of the indexers: of two it takes both, of three any two. So have three, on " +
        "machines that are mostly on.",
      examples: [["openpact promote anon-maple-1a2b3c4d", "By the agent id that openpact agents shows"]]
    },
    { who: Argument.String("who").pipe(Argument.withDescription("A member key or an agent id, see openpact agents.")) },
    Effect.fn("promote")(function* ({ who }) {
      const { answer, say } = yield* Cli
      const { client, params } = yield* session
      const { remote_key: key, role } = yield* findAgent(client, params, who)
      const promoted = yield* client.members.promote({ params, query: {}, payload: { key, confirm: true } })
      yield* answer(
        promoted,
        () => `${promoted.agent_id} is ${promoted.role === "indexer" ? "an indexer" : "the creator"} now.`
      )
      if (role !== "member") yield* say("It was one before.")
      yield* sayMajority(client, params)
    }, Effect.scoped)
  )
