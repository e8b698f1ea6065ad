import { Effect } from "effect"
import { Cli } from "../cli.ts"
import { session } from "../session.ts"
import { count, line, table } from "../text.ts"
import { verb } from "../verb.ts"

export const list = () =>
  verb(
    "list",
    {
      description: "List the pacts of this home. The current one has a star.",
      examples: [["openpact list", "Every pact, also one that could not be opened"]]
    },
    {},
    Effect.fn("list")(function* () {
      const { answer, command, json, say, style } = yield* Cli
      const { client } = yield* session
      const { pacts } = yield* client.pacts.list()
      if (pacts.length === 0) return yield* say(`There is no pact yet. Make one: ${command("init")}`)
      if (json) return yield* Effect.forEach(pacts, (pact) => answer(pact, () => ""), { discard: true })
      const rows = pacts.map(({ agents, alias, entries, error, failed, is_current, joining, pact_name, role }) => [
        is_current ? style.green("*") : " ",
        is_current ? style.bold(alias) : alias,
        pact_name === null ? "-" : line(pact_name),
        role ?? "-",
        failed !== undefined
          ? style.red(`not open: ${line(failed)}`)
          : error !== undefined
            ? style.red(`not joined: ${line(error.message)}`)
            : joining === true
              ? style.yellow("joining")
              : role === null
                ? style.yellow("removed: this machine is no member any more")
                : `${count(entries, "entry", "entries")}, ${count(agents, "agent")}`
      ])
      yield* answer(pacts, () => table(rows))
    }, Effect.scoped)
  )
