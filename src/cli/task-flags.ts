import { Argument, Flag } from "effect/cli"
import { choiceFlag } from "./flags.ts"

export const taskId = Argument.String("id").pipe(Argument.withDescription("The id of a task, see openpact task list."))

export const waitFlag = choiceFlag(
  "wait",
  ["applied", "confirmed"],
  "Answer when this machine accepted it, as it does without this, or when a majority of indexers confirmed it."
)

export const waitQuery = (wait: "applied" | "confirmed" | undefined) => (wait === undefined ? {} : { wait })

export const refsFlag = Flag.String("ref").pipe(
  Flag.withMetavar("ID"),
  Flag.withDescription("An entry that it refers to. May be given more than once."),
  Flag.atLeast(0)
)
