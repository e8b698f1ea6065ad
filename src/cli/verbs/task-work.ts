import { Effect, Option } from "effect"
import { Flag } from "effect/cli"
import { hostname } from "node:os"
import { discover } from "../../home/discovery.ts"
import type { Task } from "../../sdk/promise/generated/types.ts"
import type { WorkEvent } from "../../sdk/promise/worker.ts"
import { Cli } from "../cli.ts"
import { settingFlag, switchFlag } from "../flags.ts"
import { line, type Style } from "../text.ts"
import { verb } from "../verb.ts"

/** How long a claim lasts unless it is renewed, which it is while the command runs: what a kill costs others. */
const usualTtl = 60_000

export const taskWork = () =>
  verb(
    "work",
    {
      description: "Take open tasks one by one and run a command for each, until Ctrl-C.",
      examples: [
        ["openpact task work --exec ./do-it.sh", "It gets the task as JSON on stdin and in OPENPACT_TASK"],
        [`openpact task work --exec 'jq -r .title | wc -c' --drain`, "Ends when nothing is open any more"]
      ]
    },
    {
      exec: Flag.String("exec").pipe(
        Flag.withMetavar("CMD"),
        Flag.withDescription(
          "The command, run in a shell. Code 0 completes the task with what it wrote to stdout as the result, any " +
            "other gives the task back."
        )
      ),
      drain: switchFlag("drain", "End when no task is open."),
      max: Flag.Int("max").pipe(
        Flag.filter(
          (max) => max >= 1,
          () => "a whole number from 1 on"
        ),
        Flag.withMetavar("N"),
        Flag.withDescription("End after so many tasks."),
        Flag.optional,
        Flag.map(Option.getOrUndefined)
      ),
      ttl: settingFlag("ttl"),
      worker: settingFlag("worker")
    },
    Effect.fn("task work")(function* ({ drain, exec, max, ttl, worker }) {
      const { answer, home, say, setting, style } = yield* Cli
      const [pactId, lease = usualTtl, label = hostname()] = yield* Effect.all([
        setting("pact"),
        setting("ttl", { ttl }),
        setting("worker", { worker })
      ])
      const [{ execTask }, { workTasks }] = yield* Effect.promise(() =>
        Promise.all([import("../exec.ts"), import("../work.ts")])
      )
      const tell = (event: WorkEvent) =>
        event.type === "waiting"
          ? say(style.dim("Nothing is open. Waiting."))
          : answer(event, () => eventText(event, style))
      yield* discover(home)
      yield* workTasks({
        home,
        pactId,
        worker: label,
        ttl: lease,
        drain,
        max,
        onEvent: (event) => Effect.runSync(tell(event)),
        run: (task, { signal }) => Effect.runPromise(execTask(exec, task), { signal })
      })
    }),
    "task work"
  )

const eventText = (
  event: { readonly type: string; readonly task: Task; readonly reason?: string },
  { bold, dim, green, red }: Style
): string => {
  const word = event.type === "complete" ? green(event.type) : event.reason === undefined ? event.type : red(event.type)
  const reason = event.reason === undefined ? "" : `  ${dim(line(event.reason))}`
  return `${event.task.id}  ${word}  ${bold(line(event.task.title))}${reason}`
}
