import { Effect, Terminal } from "effect"
import { Command } from "effect/cli"
import { locationsOf } from "../home/locations.ts"
import { Cli, openCli } from "./cli.ts"
import { reportOf } from "./failure.ts"
import { globals } from "./globals.ts"
import { tell } from "./report.ts"
import { styleOf, wantsColor } from "./text.ts"

export interface About {
  readonly description: string
  /** At least one: the command, and what it does. */
  readonly examples: readonly [Example, ...ReadonlyArray<Example>]
}
type Example = readonly [command: string, what: string]

/**
 * One verb: its flags and arguments, and what it does with them. Its failures are told here and end the command.
 *
 * @param path how it is called, for a verb below another one: `task add`.
 */
export const verb = <const Name extends string, const Config extends Command.Command.Config, E, R>(
  name: Name,
  { description, examples }: About,
  config: Config,
  handler: (input: Command.Command.Config.Infer<Config>) => Effect.Effect<void, E, R>,
  path: string = name
) =>
  Command.make(name, config, (input) =>
    Effect.gen(function* () {
      const { json, ...flags } = yield* globals
      const unopened = { verb: path, log: locationsOf("~/.openpact").log }
      const cli = yield* openCli({ json, ...flags }).pipe(
        Effect.catch((error) => tell(reportOf(error, unopened), json, styleOf(wantsColor(process.stderr))))
      )
      const log = locationsOf(cli.home).log
      yield* handler(input).pipe(
        Effect.catch((error) =>
          Terminal.isQuitError(error)
            ? // Ctrl-C leaves the cursor behind the question.
              Effect.andThen(cli.say(""), Effect.interrupt)
            : tell(reportOf(error, { verb: path, log }), cli.json, cli.talkStyle, cli.named)
        ),
        Effect.provideService(Cli, cli)
      )
    })
  ).pipe(
    Command.withDescription(description),
    // Beside the other verbs, its first sentence.
    Command.withShortDescription(description.replace(/(?<=\.) .*/s, "")),
    Command.withExamples(examples.map(([command, description]) => ({ command, description })))
  )
