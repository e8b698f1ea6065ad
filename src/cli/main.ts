import * as NodeRuntime from "@effect/platform-node/NodeRuntime"
import * as NodeServices from "@effect/platform-node/NodeServices"
import { Cause, Console, Effect, Exit, Layer, Logger } from "effect"
import { CliConfig, type CliError, CliOutput, Command, GlobalFlag } from "effect/cli"
import { Ended, exits, reportOf } from "./failure.ts"
import { tell } from "./report.ts"
import { styleOf, wantsColor } from "./text.ts"
import { tree } from "./tree.ts"
import { version } from "./version.ts"

const args = process.argv.slice(2)
// The command line may be what is wrong, so these two are looked for by hand.
const json = args.includes("--json")
const bare = args.includes("--no-color")

const formatter = CliOutput.defaultFormatter({
  colors: !bare && wantsColor(process.stdout),
  inheritedFlags: "summary",
  globalFlags: "none"
})

/** A wrong command line is told by {@link usage}: no page of help before it. */
const presenter: CliOutput.Presenter = {
  present: (event) => {
    switch (event._tag) {
      case "Help":
        return Console.log(formatter.formatHelpDoc(event.helpDoc))
      case "Version":
        return Console.log(`openpact ${event.version}`)
      case "InvalidInvocation":
        return Effect.void
    }
  }
}

const told = { verb: "", log: "~/.openpact/logs/daemon.log" }
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

const program = Command.runWith(tree, { version })(args).pipe(
  Effect.catchTag("ShowHelp", usage),
  Effect.catchIf(
    (error) => !(error instanceof Ended),
    (error) => tell(reportOf(error, told), json, style)
  ),
  Effect.catchDefect((defect) => tell(reportOf(defect, told), json, style)),
  Effect.provide([
    NodeServices.layer,
    Layer.succeed(CliConfig.CliConfig, CliConfig.make({ builtIns: [GlobalFlag.Help, GlobalFlag.Version] })),
    CliOutput.layerPresenter(presenter),
    Layer.succeed(Logger.LogToStderr, true)
  ])
)

const interrupted = 130

const codeOf = (exit: Exit.Exit<unknown, unknown>): number => {
  if (Exit.isSuccess(exit)) return 0
  if (Cause.hasInterruptsOnly(exit.cause)) return interrupted
  const error = Cause.squash(exit.cause)
  return error instanceof Ended ? error.exit : exits.failed
}

/** Who reads no further, `head` for one, has what it wants. */
process.stdout.on("error", (error: NodeJS.ErrnoException) => process.exit(error.code === "EPIPE" ? 0 : 1))

NodeRuntime.runMain(program, {
  disableErrorReporting: true,
  teardown: (exit, onExit) => onExit(codeOf(exit))
})
