import { Effect } from "effect"
import { answerEntries } from "../answers.ts"
import { limitFlag, textFlag } from "../flags.ts"
import { walk } from "../pages.ts"
import { session } from "../session.ts"
import { verb } from "../verb.ts"

export const messages = () =>
  verb(
    "messages",
    {
      description: "Read the messages of the pact, the newest last.",
      examples: [
        ["openpact messages", "The last ones"],
        ["openpact messages --thread 1a2b3c4d-512", "A message and the answers to it"]
      ]
    },
    {
      thread: textFlag("thread", "ID", "Only this message and what answers it."),
      limit: limitFlag(50, 100_000)
    },
    Effect.fn("messages")(function* ({ limit, thread }) {
      const { client, params } = yield* session
      const { found, more } = yield* walk(limit, (page) =>
        client.messages.list({ params, query: thread === undefined ? page : { ...page, thread } })
      )
      yield* answerEntries(found.toReversed(), { more, none: "No messages." })
    }, Effect.scoped)
  )
