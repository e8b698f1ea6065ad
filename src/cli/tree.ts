import { Command } from "effect/cli"
import { globals } from "./globals.ts"
import { completionsOf } from "./verbs/completions.ts"
import { init } from "./verbs/init.ts"
import { knowledge } from "./verbs/knowledge.ts"
import { list } from "./verbs/list.ts"
import { log } from "./verbs/log.ts"
import { message } from "./verbs/message.ts"
import { messages } from "./verbs/messages.ts"
import { record } from "./verbs/record.ts"
import { remove } from "./verbs/remove.ts"
import { rename } from "./verbs/rename.ts"
import { restart } from "./verbs/restart.ts"
import { search } from "./verbs/search.ts"
import { show } from "./verbs/show.ts"
import { start } from "./verbs/start.ts"
import { status } from "./verbs/status.ts"
import { stop } from "./verbs/stop.ts"
import { switchPact } from "./verbs/switch.ts"
import { token } from "./verbs/token.ts"
import { up } from "./verbs/up.ts"

const completions = completionsOf((): Command.Command.Any => tree)

/** The whole command. */
export const tree = globals.pipe(
  Command.withSubcommands([
    { group: "Begin", commands: [up, init] },
    { group: "Daemon", commands: [start, stop, restart, status] },
    { group: "Pacts", commands: [list, switchPact, rename, remove] },
    { group: "Entries", commands: [record, knowledge, search, message, messages, log, show] },
    { group: "Tools", commands: [token, completions] }
  ])
)
