import * as NodeServices from "@effect/platform-node/NodeServices"
import { Effect, Layer, Option } from "effect"
import { CliConfig, CliOutput, Command, GlobalFlag, type HelpDoc } from "effect/cli"
import { Program } from "../../src/cli/program.ts"
import { wholeTree } from "../../src/cli/tree.ts"
import { verbGroups } from "../../src/cli/verbs.ts"

type Doc = HelpDoc.HelpDoc

/** What `--help` shows, as data. */
export const helpOf = (args: ReadonlyArray<string>): Effect.Effect<Doc> =>
  Effect.gen(function* () {
    let doc: Doc | undefined
    const presenter = CliOutput.layerPresenter({
      present: (event) =>
        Effect.sync(() => {
          if (event._tag === "Help") doc = event.helpDoc
        })
    })
    yield* Command.runWith(wholeTree(), { version: "0" })([...args, "--help"]).pipe(
      Effect.provide([
        NodeServices.layer,
        presenter,
        Layer.succeed(Program, { version: "0", whole: wholeTree }),
        Layer.succeed(CliConfig.CliConfig, CliConfig.make({ builtIns: [GlobalFlag.Help, GlobalFlag.Version] }))
      ]),
      Effect.orDie
    )
    return doc ?? (yield* Effect.die(new Error(`no help for ${args.join(" ")}`)))
  })

/** A verb, and those below it. */
export const pathsOf = (name: string): Effect.Effect<ReadonlyArray<ReadonlyArray<string>>> =>
  Effect.map(helpOf([name]), ({ subcommands = [] }) => [
    [name],
    ...subcommands.flatMap(({ commands }) => commands.map((command) => [name, command.name]))
  ])

/** docs/cli.md. */
export const cliReference: Effect.Effect<string> = Effect.gen(function* () {
  const root = yield* helpOf([])
  const sections = yield* Effect.forEach(verbGroups, ([group, names]) =>
    Effect.map(
      Effect.forEach(names, (name) =>
        Effect.flatMap(pathsOf(name), (paths) =>
          Effect.forEach(paths, (path) => Effect.map(helpOf(path), (doc) => verbText(path, doc)))
        )
      ).pipe(Effect.map((texts) => texts.flat())),
      (texts) => `## ${group}\n\n${texts.join("\n")}`
    )
  )
  return `${head}
## Flags of every command

They may stand before the command or after it.

${flagTable([...root.flags, ...(root.globalFlags ?? [])])}
## Exit codes

${exitCodes}
${sections.join("\n")}`
})

const head = `# The openpact command

Made from the command itself. Change it in src/cli and run \`npx vitest run test/unit/cli -u\`.

The answer goes to stdout, everything else to stderr. With \`--json\` stdout holds one JSON value per line and nothing
else, and a failure is one line of JSON on stderr: \`{"error", "message", "next", "exit"}\`.
Questions are asked on a terminal only, and each has a flag and a variable that answers it beforehand.
`

const exitCodes = `| code | what it means |
|---|---|
| 0 | done |
| 1 | failed |
| 2 | the command line, a setting or what was given is wrong |
| 3 | no daemon runs, or it doesn't answer |
| 4 | refused: the token or your role does not allow it |
| 5 | not found |
| 6 | in conflict with what is there |
| 7 | took too long |
| 130 | ended by Ctrl-C |
`

const verbText = (path: ReadonlyArray<string>, { args = [], description, examples = [], flags, usage }: Doc): string =>
  [
    `${"#".repeat(path.length + 2)} ${path.join(" ")}\n`,
    `${description}\n`,
    `\`${usage}\`\n`,
    ...(args.length === 0 ? [] : [argTable(args)]),
    ...(flags.length === 0 ? [] : [flagTable(flags)]),
    "```sh",
    ...examples.flatMap(({ command, description: what }) => [`# ${what}`, command]),
    "```\n"
  ].join("\n")

const flagTable = (flags: Doc["flags"]): string =>
  [
    "| flag | what it is |",
    "|---|---|",
    ...flags.map((flag) => {
      const names = [`--${flag.name}`, ...flag.aliases].join(", ")
      const value = flag.type === "boolean" ? "" : ` ${flag.type}`
      return `| \`${cell(names + value)}\` | ${cell(textOf(flag.description))}${isRequired(flag) ? " Required." : ""} |`
    }),
    ""
  ].join("\n")

/** A flag that may be given several times is said to be required, also where none will do. */
const isRequired = ({ name, required }: Doc["flags"][number]): boolean => required && name !== "ref"

const argTable = (args: NonNullable<Doc["args"]>): string =>
  [
    "| argument | what it is |",
    "|---|---|",
    ...args.map((arg) => `| \`${arg.name}${arg.variadic ? "..." : ""}\` | ${cell(textOf(arg.description))} |`),
    ""
  ].join("\n")

const textOf = (description: Option.Option<string>): string => Option.getOrElse(description, () => "")
const cell = (text: string): string => text.replaceAll("|", "\\|")
