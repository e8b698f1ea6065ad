import { Effect } from "effect"
import { Cli } from "../cli.ts"
import { choiceFlag, limitFlag, switchFlag } from "../flags.ts"
import { walk } from "../pages.ts"
import { session } from "../session.ts"
import { taskLine } from "../task-text.ts"
import { verb } from "../verb.ts"

export const taskList = () =>
  verb(
    "list",
    {
      description: "List tasks, the newest first.",
      examples: [
        ["openpact task list --status open", "What is to be done"],
        ["openpact task list --mine --json", "What this machine's agents have claimed, one a line"]
      ]
    },
    {
      status: choiceFlag("status", ["open", "claimed", "complete"], "Only those. A claim that ran out is open."),
      mine: switchFlag("mine", "Only those that this machine's agents have claimed or done."),
      limit: limitFlag(50, 100_000)
    },
    Effect.fn("task list")(function* ({ limit, mine, status }) {
      const { answer, say, style } = yield* Cli
      const { client, params } = yield* session
      const claimer = mine ? { claimed_by: (yield* client.pact.status({ params })).peer_handle } : {}
      const filter = { ...(status === undefined ? {} : { status }), ...claimer }
      const { found, more } = yield* walk(limit, (page) => client.tasks.list({ params, query: { ...page, ...filter } }))
      for (const task of found) yield* answer(task, () => taskLine(task, style))
      if (found.length === 0) yield* say("There are no such tasks.")
      if (more) yield* say("There are more. See them with --limit.")
    }, Effect.scoped),
    "task list"
  )
