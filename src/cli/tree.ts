import { Command } from "effect/cli"
import { globals } from "./globals.ts"
import { type VerbName, verbGroups, verbNames, verbs } from "./verbs.ts"

const treeOf = (names: ReadonlyArray<VerbName>) =>
  Command.withSubcommands(
    globals,
    verbGroups
      .map(([group, members]) => ({
        group,
        commands: members.filter((name) => names.includes(name)).map((name) => verbs[name]())
      }))
      .filter(({ commands }) => commands.length > 0)
  )

/** The whole command: for help, completions, and whatever is no verb. */
export const wholeTree = () => treeOf(verbNames)

/** The part of the command that a command line needs. */
export const treeFor = (args: ReadonlyArray<string>) => {
  const name = verbOf(args)
  return name === undefined ? wholeTree() : treeOf([name])
}

/** The first word that is no flag and no value of a global one, if it is a verb. */
const verbOf = (args: ReadonlyArray<string>): VerbName | undefined => {
  for (let i = 0; i < args.length; i++) {
    const arg = args[i]!
    if (valued.has(arg)) i++
    else if (!arg.startsWith("-")) return verbNames.find((name) => name === arg)
  }
  return undefined
}

/** The global flags that take a value. */
const valued = new Set(["--home", "--pact", "--port", "--log-level"])
