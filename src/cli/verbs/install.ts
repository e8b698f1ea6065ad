import { Effect } from "effect"
import { Argument } from "effect/cli"
import { homedir } from "node:os"
import { join } from "node:path"
import { Cli, quoted } from "../cli.ts"
import { switchFlag } from "../flags.ts"
import { launchLine } from "../launch-line.ts"
import { verb } from "../verb.ts"

const config = {
  program: Argument.Literals("program", ["claude-code"]).pipe(Argument.withDescription("Which program: claude-code.")),
  dryRun: switchFlag("dry-run", "Show what would change, and change nothing.")
}

export const install = () =>
  verb(
    "install",
    {
      description:
        "Let Claude Code hear of the pact by itself: at the start of a session, and what is new at each turn.",
      examples: [
        ["openpact install claude-code --dry-run", "Show what would change"],
        ["openpact install claude-code", "The tools come with openpact mcp install claude-code"]
      ]
    },
    config,
    Effect.fn("install")(({ dryRun }) => change(dryRun, true))
  )

export const uninstall = () =>
  verb(
    "uninstall",
    {
      description: "Take the hooks of OpenPact out of Claude Code.",
      examples: [["openpact uninstall claude-code", "All else in its settings stays"]]
    },
    config,
    Effect.fn("uninstall")(({ dryRun }) => change(dryRun, false))
  )

const change = Effect.fnUntraced(function* (dryRun: boolean, install: boolean) {
  const { answer, say } = yield* Cli
  const { editHooks } = yield* Effect.promise(() => import("../config/claude-hooks.ts"))
  const { changeFile } = yield* Effect.promise(() => import("../config/config-file.ts"))
  const { args, command } = yield* launchLine([])
  const [script, ...rest] = args
  const commandOf = (event: string) => [command, script!, "hook", event, ...rest].map(quoted).join(" ")
  const file = join(process.env["CLAUDE_CONFIG_DIR"] || join(homedir(), ".claude"), "settings.json")
  const done = yield* changeFile(file, (text) => editHooks(text, install ? commandOf : null), { dryRun })
  yield* answer({ program: "claude-code", dry_run: dryRun, ...done }, () =>
    done.changed ? done.diff.trimEnd() : `Nothing to change in ${done.file}.`
  )
  if (done.changed && dryRun) yield* say("Nothing was changed.")
  else if (done.backup !== null) yield* say(`What it was before: ${done.backup}`)
})
