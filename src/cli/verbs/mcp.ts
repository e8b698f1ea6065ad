import { Effect } from "effect"
import { Command } from "effect/cli"
import { Cli } from "../cli.ts"
import { textFlag } from "../flags.ts"
import { Program } from "../program.ts"
import { verb } from "../verb.ts"
import { mcpInstall, mcpUninstall } from "./mcp-install.ts"

export const mcp = () =>
  verb(
    "mcp",
    {
      description: "Give an agent the tools of the pact over the Model Context Protocol, on stdin and stdout.",
      examples: [
        ["openpact mcp", "What an MCP client is told to start"],
        ["openpact mcp --pact work --agent reviewer", "For one pact, by a name of its own"]
      ]
    },
    {
      agent: textFlag("agent", "NAME", "Who of the agents on this machine it is. A name is made up unless given.")
    },
    Effect.fn("mcp")(function* ({ agent }) {
      const { home, setting } = yield* Cli
      const { version } = yield* Program
      const pact = yield* setting("pact")
      const { serveOnStdio } = yield* Effect.promise(() => import("../../mcp/stdio.ts"))
      const name = agent ?? `mcp-${crypto.randomUUID().slice(0, 8)}`
      // Only answers may stand on stdout.
      const onError = (error: Error) => console.error(error.message)
      yield* Effect.promise((signal) => serveOnStdio({ version, home, pact, agent: name, onError }, signal))
    })
  ).pipe(Command.withSubcommands([mcpInstall(), mcpUninstall()]))
