import { Effect } from "effect"
import { Argument } from "effect/cli"
import { Cli } from "../cli.ts"
import { settingFlag, textFlag } from "../flags.ts"
import { warnRemoved } from "../removal.ts"
import { session } from "../session.ts"
import { refsFlag, waitFlag, waitQuery } from "../task-flags.ts"
import { contentOf } from "../stdin.ts"
import { answerStep } from "../task-text.ts"
import { verb } from "../verb.ts"

export const taskAdd = () =>
  verb(
    "add",
    {
      description: "Make a task. Prints its id.",
      examples: [
        [`openpact task add "Write the release notes" --ttl 2h`, "A claim of it lasts two hours, unless renewed"],
        [`openpact task add "Review" --description - < review.md`, "A long description from stdin"]
      ]
    },
    {
      title: Argument.String("title").pipe(Argument.withDescription("What is to be done, 1 to 200 characters.")),
      description: textFlag("description", "TEXT", "More of it. - reads stdin."),
      assignTo: textFlag("assign-to", "AGENT", "The only agent that may take it, see openpact status."),
      refs: refsFlag,
      ttl: settingFlag("ttl", "How long a claim of it lasts, unless the claim says. Without it, 24h."),
      wait: waitFlag
    },
    Effect.fn("task add")(
      function* ({ assignTo, description, refs, title, ttl, wait }) {
        const { setting } = yield* Cli
        const lease = yield* setting("ttl", { ttl })
        const { client, params } = yield* session
        const payload = {
          title,
          ...(description === undefined ? {} : { description: yield* contentOf(description) }),
          ...(assignTo === undefined ? {} : { assigned_to: assignTo }),
          ...(lease === undefined ? {} : { ttl: lease }),
          ...(refs.length === 0 ? {} : { refs })
        }
        yield* answerStep(yield* client.tasks.create({ params, query: waitQuery(wait), payload }), "Made.")
      },
      warnRemoved,
      Effect.scoped
    ),
    "task add"
  )
