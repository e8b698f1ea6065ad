import { Effect } from "effect"
import { allAgents } from "../agents.ts"
import { Cli } from "../cli.ts"
import { switchFlag } from "../flags.ts"
import { warnRemoved } from "../removal.ts"
import { session } from "../session.ts"
import { count, line, table, time } from "../text.ts"
import { verb } from "../verb.ts"

export const agents = () =>
  verb(
    "agents",
    {
      description: "List the members of the pact, you first. Those that are connected have a star.",
      examples: [
        ["openpact agents", "Everybody"],
        ["openpact agents --online --json", "Who is connected now, one a line"]
      ]
    },
    { online: switchFlag("online", "Only those that are connected now, and you.") },
    Effect.fn("agents")(
      function* ({ online }) {
        const { answer, json, say, style } = yield* Cli
        const { client, params } = yield* session
        const found = yield* allAgents(client, params, online ? { online } : {})
        if (found.length === 0) return yield* say("There is nobody yet.")
        if (json) return yield* Effect.forEach(found, (agent) => answer(agent, () => ""), { discard: true })
        const rows = found.map((agent) => [
          agent.online ? style.green("*") : " ",
          agent.is_self ? style.bold(agent.id) : agent.id,
          agent.role,
          agent.display_name === null ? "-" : line(agent.display_name),
          count(agent.entries, "entry", "entries"),
          style.dim(agent.is_self ? "you" : agent.last_seen === null ? "" : `last wrote ${time(agent.last_seen)}`)
        ])
        yield* answer(found, () => table(rows))
      },
      warnRemoved,
      Effect.scoped
    )
  )
