import { Effect } from "effect"
import { realpathSync } from "node:fs"
import { locationsOf } from "../home/locations.ts"
import { Cli } from "./cli.ts"

/**
 * How another program starts this very command: by full paths, since programs with windows know no PATH of a shell.
 * The home and the pact go along where they are not those that are taken without being named.
 */
export const launchLine = Effect.fnUntraced(function* (args: ReadonlyArray<string>) {
  const { flags, home } = yield* Cli
  return {
    command: process.execPath,
    args: [
      // npx comes by a link in a cache of its own.
      realpathSync(process.argv[1]!),
      ...args,
      ...(home === locationsOf("~/.openpact").home ? [] : ["--home", home]),
      ...(typeof flags.pact === "string" ? ["--pact", flags.pact] : [])
    ]
  }
})
