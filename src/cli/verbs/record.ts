import { Effect } from "effect"
import { Argument, Flag } from "effect/cli"
import { answerWritten } from "../answers.ts"
import { textFlag } from "../flags.ts"
import { warnRemoved } from "../removal.ts"
import { session } from "../session.ts"
import { contentOf } from "../stdin.ts"
import { refsFlag } from "../task-flags.ts"
import { verb } from "../verb.ts"

export const record = () =>
  verb(
    "record",
    {
      description: "Record one piece of knowledge for everybody in the pact. Prints its id.",
      examples: [
        [`openpact record "Tuesdays convert better" --topic sales`, "Record what was learned"],
        ["git log -5 | openpact record - --topic history", "Record what stands on stdin"]
      ]
    },
    {
      content: Argument.String("content").pipe(Argument.withDescription("What is known. - reads stdin.")),
      topic: Flag.String("topic").pipe(
        Flag.withAlias("t"),
        Flag.withMetavar("TOPIC"),
        Flag.withDescription("What it is about, 1 to 200 characters.")
      ),
      source: textFlag("source", "TEXT", "Where it comes from, such as a URL."),
      refs: refsFlag
    },
    Effect.fn("record")(
      function* ({ content, refs, source, topic }) {
        const { client, params } = yield* session
        const payload = {
          topic,
          content: yield* contentOf(content),
          ...(source === undefined ? {} : { source }),
          ...(refs.length === 0 ? {} : { refs })
        }
        yield* answerWritten(yield* client.knowledge.record({ params, query: {}, payload }))
      },
      warnRemoved,
      Effect.scoped
    )
  )
