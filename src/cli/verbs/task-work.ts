import { Effect, Option } from "effect"
import { Flag } from "effect/cli"
import { hostname } from "node:os"
import { discover } from "../../home/discovery.ts"
import type { Task } from "../../sdk/promise/generated/types.ts"
import type { WorkEvent } from "../../sdk/promise/worker.ts"
import { Cli } from "../cli.ts"
import { CliFailure, exits } from "../failure.ts"
import { settingFlag, switchFlag, wholeFlag } from "../flags.ts"
import { count, line, type Style } from "../text.ts"
import { verb } from "../verb.ts"

/** How long a claim lasts unless it is renewed, which it is while the command runs: what a kill costs others. */
const usualTtl = 60_000

export const taskWork = () =>
  verb(
    "work",
    {
      description:
        "Take open tasks one by one, the oldest first, and run a command for each, until Ctrl-C. What fails is given back, " +
        "for others to take. Ends with code 1 when any failed.",
      examples: [
        ["openpact task work --exec ./do-it.sh", "It gets the task as JSON on stdin and in OPENPACT_TASK"],
        [`openpact task work --exec 'jq -r .title | wc -c' --drain`, "Ends when nothing is left for this worker"]
      ]
    },
    {
      exec: Flag.String("exec").pipe(
        // An empty one would do every task by doing nothing.
        Flag.filter(
          (command) => command.trim() !== "",
          () => "a command"
        ),
        Flag.withMetavar("CMD"),
        Flag.withDescription(
          "The command, run in a shell. Code 0 completes the task with what it wrote to stdout as the result, any " +
            "other gives the task back."
        )
      ),
      drain: switchFlag("drain", "End when no task is open that this worker may take and hasn't failed at."),
      max: wholeFlag("max", 1, 1_000_000_000).pipe(
        Flag.withDescription("End after so many tasks."),
        Flag.optional,
        Flag.map(Option.getOrUndefined)
      ),
      ttl: settingFlag("ttl", "How long a claim lasts without a renewal, which comes by itself. Without it, 1m."),
      worker: settingFlag("worker")
    },
    Effect.fn("task work")(function* ({ drain, exec, max, ttl, worker }) {
      const { answer, home, say, setting, style, talkStyle } = yield* Cli
      const [pactId, lease = usualTtl, label = hostname()] = yield* Effect.all([
        setting("pact"),
        setting("ttl", { ttl }),
        setting("worker", { worker })
      ])
      const [{ execTask }, { workTasks }] = yield* Effect.promise(() =>
        Promise.all([import("../exec.ts"), import("../work.ts")])
      )
      let waiting = false
      const tally = { claimed: 0, complete: 0, failed: 0, lost: 0, unconfirmed: 0 }
      const tell = (event: WorkEvent) => {
        const waited = waiting
        waiting = event.type === "waiting"
        if (event.type === "waiting")
          return waited ? Effect.void : say(talkStyle.dim("Nothing is open for this worker. Waiting."))
        tally[event.type]++
        return answer(event, () => eventText(event, style))
      }
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
      }).pipe(Effect.onInterrupt(() => say(tallyText(tally))))
      if (tally.unconfirmed > 0 && tally.claimed === 0)
        return yield* new CliFailure({
          code: "VIEW_TIMEOUT",
          message: `${tallyText(tally)} Confirming takes more than half of the indexers.`,
          next: "openpact status",
          exit: exits.timedOut
        })
      if (tally.failed > 0)
        return yield* new CliFailure({
          code: "TASKS_FAILED",
          message: tallyText(tally),
          next: "openpact task list --status open",
          exit: exits.failed
        })
      yield* say(tallyText(tally))
    }),
    "task work"
  )

type Tally = Readonly<Record<"claimed" | "complete" | "failed" | "lost" | "unconfirmed", number>>

/** What became of the tasks that were taken. One that is told of nothing more was in hand when the worker was to end. */
export const tallyText = ({ claimed, complete, failed, lost, unconfirmed }: Tally): string => {
  const inHand = claimed - complete - failed - lost
  return [
    `${count(complete, "task")} done`,
    ...(failed === 0 ? [] : [`${failed} failed and given back`]),
    ...(lost === 0 ? [] : [`${lost} lost to others`]),
    ...(unconfirmed === 0 ? [] : [`${count(unconfirmed, "claim")} that nobody confirmed given back`]),
    ...(inHand === 0 ? [] : [`${inHand} given back unfinished`])
  ]
    .join(", ")
    .concat(".")
}

const eventText = (
  event: { readonly type: string; readonly task: Task; readonly reason?: string },
  { bold, dim, green, red }: Style
): string => {
  const word = event.type === "complete" ? green(event.type) : event.reason === undefined ? event.type : red(event.type)
  const reason = event.reason === undefined ? "" : `  ${dim(line(event.reason))}`
  return `${event.task.id}  ${word}  ${bold(line(event.task.title))}${reason}`
}
