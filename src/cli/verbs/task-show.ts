import { Effect } from "effect"
import { Cli } from "../cli.ts"
import { authorOf, stepOf } from "../entry-text.ts"
import { session } from "../session.ts"
import { taskId } from "../task-flags.ts"
import { taskText } from "../task-text.ts"
import { indent, time } from "../text.ts"
import { verb } from "../verb.ts"

export const taskShow = () =>
  verb(
    "show",
    {
      description: "Show a task and what led to its state.",
      examples: [["openpact task show 1a2b3c4d-512", "By the id that task add and task list print"]]
    },
    { id: taskId },
    Effect.fn("task show")(function* ({ id }) {
      const { answer, style } = yield* Cli
      const { client, params } = yield* session
      const task = yield* client.tasks.task({ params: { ...params, id } })
      const steps = task.history.map(
        (entry) => `${entry.id}  ${stepOf(entry.payload)}  ${style.dim(time(entry.timestamp))}  ${authorOf(entry)}`
      )
      yield* answer(
        task,
        () =>
          `${taskText(task, style)}\n${style.dim(task.history_cut ? "history, without older changes" : "history")}\n${indent(steps.join("\n"))}`
      )
    }, Effect.scoped),
    "task show"
  )
