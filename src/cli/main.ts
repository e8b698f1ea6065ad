import * as NodeRuntime from "@effect/platform-node/NodeRuntime"
import { Cause, Console, Effect, Exit, Layer, Logger } from "effect"
import { CliConfig, type CliError, CliOutput, Command, GlobalFlag } from "effect/cli"
import { environment } from "./environment.ts"
import { Ended, exits, reportOf } from "./failure.ts"
import { Program } from "./program.ts"
import { tell } from "./report.ts"
import { styleOf, wantsColor } from "./text.ts"
import { treeFor, wholeTree } from "./tree.ts"
import { wrapped } from "./wrap.ts"

const args = process.argv.slice(2)
// The command line may be what is wrong, so these are looked for by hand.
const json = args.includes("--json")
const bare = args.includes("--no-color")

const formatter = CliOutput.defaultFormatter({
  colors: !bare && wantsColor(process.stdout),
  inheritedFlags: "summary",
  globalFlags: "none"
})

/** On a terminal, as wide as that is. Below a list of verbs the formatter leaves no room. */
const fitting = (text: string): string => {
  const { columns } = process.stdout
  const page = text.replace(/(?<=[^\n]\n)(?=\S*EXAMPLES)/, "\n")
  return columns === undefined || columns === 0 ? page : wrapped(page, columns)
}

/** A wrong command line is told by {@link usage}: no page of help before it. */
const presenter: CliOutput.Presenter = {
  present: (event) => {
    switch (event._tag) {
      case "Help":
        return Console.log(fitting(formatter.formatHelpDoc(event.helpDoc)))
      case "Version":
        return Console.log(`openpact ${event.version}`)
      case "InvalidInvocation":
        return Effect.void
    }
  }
}

const level = /--log-level[= ](\S+)/.exec(args.join(" "))?.[1] ?? process.env.OPENPACT_LOG_LEVEL
const stack = level === "debug" || level === "trace"
const scene = { verb: "", log: "~/.openpact/logs/daemon.log", stack }
const style = styleOf(!bare && wantsColor(process.stderr))

const usage = ({ commandPath, errors }: CliError.ShowHelp) =>
  errors.length === 0
    ? Effect.void
    : tell(
        {
          code: "USAGE",
          message: errors.map((error) => error.message).join("\n"),
          next: [...commandPath, "--help"].join(" "),
          exit: exits.usage
        },
        json,
        style
      )

const interrupted = 130

const codeOf = (exit: Exit.Exit<unknown, unknown>): number => {
  if (Exit.isSuccess(exit)) return 0
  // A daemon in the foreground has set 0: a signal is how it ends.
  if (Cause.hasInterruptsOnly(exit.cause)) return Number(process.exitCode ?? interrupted)
  const error = Cause.squash(exit.cause)
  return error instanceof Ended ? error.exit : exits.failed
}

/** Runs the command line of this process, and ends it with the code that says how it went. */
export const main = (version: string): void => {
  // Who reads no further, `head` for one, has what it wants.
  process.stdout.on("error", (error: NodeJS.ErrnoException) => process.exit(error.code === "EPIPE" ? 0 : 1))
  const program = Command.runWith(treeFor(args), { version })(args).pipe(
    Effect.catchTag("ShowHelp", usage),
    Effect.catchIf(
      (error) => !(error instanceof Ended),
      (error) => tell(reportOf(error, scene), json, style)
    ),
    Effect.catchDefect((defect) => tell(reportOf(defect, scene), json, style)),
    Effect.provide([
      environment,
      Layer.succeed(Program, { version, whole: wholeTree }),
      Layer.succeed(CliConfig.CliConfig, CliConfig.make({ builtIns: [GlobalFlag.Help, GlobalFlag.Version] })),
      CliOutput.layerPresenter(presenter),
      Layer.succeed(Logger.LogToStderr, true)
    ])
  )
  NodeRuntime.runMain(program, {
    disableErrorReporting: true,
    teardown: (exit, onExit) => onExit(codeOf(exit))
  })
}
