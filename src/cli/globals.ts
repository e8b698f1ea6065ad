import { Command } from "effect/cli"
import { settingFlag, switchFlag } from "./flags.ts"

/** The root of the command, with the flags that every verb takes, before it or after it. */
export const globals = Command.make("openpact").pipe(
  Command.withSharedFlags({
    home: settingFlag("home"),
    pact: settingFlag("pact"),
    port: settingFlag("port"),
    json: switchFlag("json", "Answers with one JSON value per line on stdout and nothing else there."),
    noInteractive: settingFlag("noInteractive"),
    noColor: settingFlag("noColor"),
    logLevel: settingFlag("logLevel")
  }),
  Command.withDescription(
    "OpenPact: shared memory and work sharing for software agents, peer to peer. Start here: openpact up"
  )
)
