import { Command } from "effect/cli"
import { taskAdd } from "./task-add.ts"
import { taskList } from "./task-list.ts"
import { taskShow } from "./task-show.ts"
import { taskClaim, taskComplete, taskRelease, taskRenew } from "./task-steps.ts"
import { taskWork } from "./task-work.ts"

export const task = () =>
  Command.make("task").pipe(
    Command.withDescription("Divide work: make tasks, claim them, do them."),
    Command.withExamples([
      { command: `openpact task add "Write the release notes"`, description: "Make one" },
      { command: "openpact task list --status open", description: "What is to be done" },
      { command: "openpact task work --exec ./do-it.sh", description: "Do all there is, one by one" }
    ]),
    Command.withSubcommands([
      taskAdd(),
      taskList(),
      taskShow(),
      taskClaim(),
      taskRenew(),
      taskRelease(),
      taskComplete(),
      taskWork()
    ])
  )
