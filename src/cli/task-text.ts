import { Effect } from "effect"
import type { TaskView } from "../contract/tasks.ts"
import { Cli } from "./cli.ts"
import { nameOf, resultText } from "./entry-text.ts"
import { indent, line, plain, type Style, table, time, when } from "./text.ts"

type Written = TaskView & { readonly entry_id: string }

/** A task for people, on one line. */
export const taskLine = (task: TaskView, { bold, dim, green, yellow }: Style): string =>
  [
    task.id,
    task.status === "complete" ? green(task.status) : task.status === "claimed" ? yellow(task.status) : task.status,
    bold(line(task.title)),
    ...(task.claimed_by === null ? [] : [dim(`by ${holderOf(task)}`)]),
    ...(task.assigned_to === null ? [] : [dim(`for ${task.assigned_to}`)]),
    ...(task.confirmed ? [] : [yellow("unconfirmed")])
  ].join("  ")

/** All there is to know of a task. */
export const taskText = (task: TaskView, { dim }: Style): string => {
  const row = (name: string, value: string | number | null) =>
    value === null ? [] : [[dim(name), plain(String(value))]]
  const at = (name: string, ms: number | null, told = when) => row(name, ms === null ? null : told(ms))
  const result = task.result === null || task.result === undefined ? "" : resultText(task.result)
  return [
    table([
      ...row("id", task.id),
      ...row("title", line(task.title)),
      ...row("status", task.status),
      ...row("by", nameOf(task)),
      ...at("made", task.timestamp, time),
      ...row("for", task.assigned_to),
      ...row("claimed by", task.claimed_by === null ? null : holderOf(task)),
      ...row("claim", task.claim),
      ...row("fence", task.fence),
      ...at("until", task.claim_expires_at),
      ...at("ran out", task.expired_at),
      ...row("refs", task.refs.length === 0 ? null : task.refs.join(" ")),
      ...row("confirmed", task.confirmed ? "yes" : "not yet")
    ]),
    ...(task.description === null ? [] : [dim("description"), indent(plain(task.description))]),
    ...(result === "" ? [] : [dim("result"), indent(plain(result))])
  ].join("\n")
}

/** A step that was taken: the id of the task alone on stdout. */
export const answerStep = Effect.fnUntraced(function* (task: Written, what: string) {
  const { answer, command, say } = yield* Cli
  yield* answer(task, () => task.id)
  yield* say(`${what}${task.confirmed ? "" : " Not confirmed yet."} See it: ${command(`task show ${task.id}`)}`)
})

const holderOf = ({ claimed_by: by, worker }: TaskView): string => `${by}${worker === null ? "" : ` (${line(worker)})`}`
