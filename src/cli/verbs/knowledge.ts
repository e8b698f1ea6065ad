import { Effect } from "effect"
import { answerEntries } from "../answers.ts"
import { limitFlag, textFlag } from "../flags.ts"
import { walk } from "../pages.ts"
import { session } from "../session.ts"
import { verb } from "../verb.ts"

export const knowledge = () =>
  verb(
    "knowledge",
    {
      description: "Read what is known, the newest first.",
      examples: [
        ["openpact knowledge --topic sales", "What is known about a topic"],
        ["openpact knowledge --limit 1000 --json", "For a program, one entry a line"]
      ]
    },
    {
      topic: textFlag("topic", "TOPIC", "Only this topic."),
      limit: limitFlag(50, 100_000)
    },
    Effect.fn("knowledge")(function* ({ limit, topic }) {
      const { client, params } = yield* session
      const { found, more } = yield* walk(limit, (page) =>
        client.knowledge.list({ params, query: topic === undefined ? page : { ...page, topic } })
      )
      const none = topic === undefined ? "Nothing is recorded yet." : "Nothing is recorded on this topic."
      yield* answerEntries(found, { more, none })
    }, Effect.scoped)
  )
