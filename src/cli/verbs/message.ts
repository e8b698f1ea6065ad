import { Effect } from "effect"
import { Argument } from "effect/cli"
import { Priority } from "../../domain/payloads.ts"
import { answerWritten } from "../answers.ts"
import { choiceFlag, textFlag } from "../flags.ts"
import { session } from "../session.ts"
import { contentOf } from "../stdin.ts"
import { refsFlag } from "../task-flags.ts"
import { verb } from "../verb.ts"

export const message = () =>
  verb(
    "message",
    {
      description: "Send a message to everybody in the pact. Prints its id.",
      examples: [
        [`openpact message "Deploy starts at noon" --priority high`, "Say something"],
        [`openpact message "Done" --reply-to 1a2b3c4d-512`, "Answer a message"]
      ]
    },
    {
      text: Argument.String("text").pipe(Argument.withDescription("What to say. - reads stdin.")),
      priority: choiceFlag("priority", Priority.literals, "How much it matters."),
      replyTo: textFlag("reply-to", "ID", "The message that it answers."),
      refs: refsFlag
    },
    Effect.fn("message")(function* ({ priority, refs, replyTo, text }) {
      const { client, params } = yield* session
      const payload = {
        content: yield* contentOf(text),
        ...(priority === undefined ? {} : { priority }),
        ...(replyTo === undefined ? {} : { reply_to: replyTo }),
        ...(refs.length === 0 ? {} : { refs })
      }
      yield* answerWritten(yield* client.messages.send({ params, query: {}, payload }))
    }, Effect.scoped)
  )
