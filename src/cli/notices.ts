import { Effect } from "effect"
import type { Client } from "../sdk/connect.ts"
import { Cli } from "./cli.ts"
import { Program } from "./program.ts"
import { line } from "./text.ts"

/** What somebody should know of a daemon that was found or started: pacts that are not open, another version. */
export const sayNotices = Effect.fnUntraced(function* (client: Client) {
  const { command, say, talkStyle } = yield* Cli
  const { version } = yield* Program
  const [{ pacts }, status] = yield* Effect.all([client.pacts.list(), client.host.status()], { concurrency: 2 })
  for (const { alias, failed } of pacts) {
    if (failed !== undefined) yield* say(talkStyle.yellow(`The pact ${alias} is not open: ${line(failed)}`))
  }
  if (status.version !== version) {
    const versions = `The daemon is version ${line(status.version)}, and this command is ${version}.`
    yield* say(talkStyle.yellow(`${versions} Change over: ${command("restart")}`))
  }
  return pacts
})
