import { Effect, Schema } from "effect"
import { Argument } from "effect/cli"
import { EntryId } from "../../domain/ids.ts"
import { Priority } from "../../domain/payloads.ts"
import { answerWritten } from "../answers.ts"
import { CliFailure, exits } from "../failure.ts"
import { choiceFlag, textFlag } from "../flags.ts"
import { warnRemoved } from "../removal.ts"
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
    Effect.fn("message")(
      function* ({ priority, refs, replyTo, text }) {
        const { client, params } = yield* session
        const content = yield* contentOf(text)
        // One of another shape is refused with the message itself.
        if (isEntryId(replyTo)) yield* answerable(replyTo)
        const payload = {
          content,
          ...(priority === undefined ? {} : { priority }),
          ...(replyTo === undefined ? {} : { reply_to: replyTo }),
          ...(refs.length === 0 ? {} : { refs })
        }
        yield* answerWritten(yield* client.messages.send({ params, query: {}, payload }))
      },
      warnRemoved,
      Effect.scoped
    )
  )

const isEntryId = Schema.is(EntryId)

/** The pact takes answers to what has yet to come. From a person such an id is most likely mistyped. */
const answerable = Effect.fnUntraced(function* (id: string) {
  const { client, params } = yield* session
  const entry = yield* client.entries
    .entry({ params: { ...params, id } })
    .pipe(Effect.catchTag("NOT_FOUND", () => Effect.succeed(null)))
  if (entry !== null && "payload" in entry) return
  return yield* new CliFailure({
    code: "NOT_FOUND",
    message: `This machine has no entry ${id} to answer: it is mistyped, or has not come here yet. Nothing was sent.`,
    next: "openpact messages",
    exit: exits.notFound
  })
})
