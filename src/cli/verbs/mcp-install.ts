import { Effect } from "effect"
import { Argument } from "effect/cli"
import { homedir } from "node:os"
import { Cli } from "../cli.ts"
import { type ClientName, clientNames } from "../config/names.ts"
import { switchFlag } from "../flags.ts"
import { launchLine } from "../launch-line.ts"
import { verb } from "../verb.ts"

const config = {
  client: Argument.Literals("client", clientNames).pipe(
    Argument.withDescription(`Which program: ${clientNames.join(", ")}.`)
  ),
  dryRun: switchFlag("dry-run", "Show what would change, and change nothing.")
}

export const mcpInstall = () =>
  verb(
    "install",
    {
      description: "Tell an MCP client of OpenPact, in its own settings.",
      examples: [
        ["openpact mcp install cursor --dry-run", "Show what would change"],
        ["openpact mcp install codex --pact work", "For one pact"]
      ]
    },
    config,
    Effect.fn("mcp install")(({ client, dryRun }) => change(client, dryRun, true)),
    "mcp install"
  )

export const mcpUninstall = () =>
  verb(
    "uninstall",
    {
      description: "Take OpenPact out of the settings of an MCP client.",
      examples: [["openpact mcp uninstall cursor", "All else in there stays"]]
    },
    config,
    Effect.fn("mcp uninstall")(({ client, dryRun }) => change(client, dryRun, false)),
    "mcp uninstall"
  )

const change = Effect.fnUntraced(function* (name: ClientName, dryRun: boolean, install: boolean) {
  const { answer, say } = yield* Cli
  const { clients } = yield* Effect.promise(() => import("../config/clients.ts"))
  const { changeFile } = yield* Effect.promise(() => import("../config/config-file.ts"))
  const { edit, entry, file, path, title } = clients[name]
  const launch = yield* launchLine(["mcp"])
  const at = { home: homedir(), platform: process.platform, env: process.env }
  const done = yield* changeFile(file(at), (text) => edit(text, path, install ? entry(launch) : undefined), { dryRun })
  yield* answer({ client: name, dry_run: dryRun, ...done }, () =>
    done.changed ? done.diff.trimEnd() : `Nothing to change in ${done.file}.`
  )
  if (!done.changed) return
  if (dryRun) return yield* say("Nothing was changed.")
  if (done.backup !== null) yield* say(`What it was before: ${done.backup}`)
  yield* say(`Start ${title} anew, so that it takes notice.`)
})
