import { Effect } from "effect"
import { Cli } from "../cli.ts"
import { ensureDaemon } from "../ensure.ts"
import { createPact, newPactFlags } from "../new-pact.ts"
import { sayNext } from "../next-steps.ts"
import { sdk } from "../session.ts"
import { line } from "../text.ts"
import { verb } from "../verb.ts"

export const init = () =>
  verb(
    "init",
    {
      description: "Make a new pact with you as its creator. Starts the daemon if none runs.",
      examples: [
        ["openpact init", "Asks for what it needs"],
        [`openpact init --name "Obsidian Accord" --purpose "Release work" --no-interactive`, "For scripts"]
      ]
    },
    newPactFlags(),
    Effect.fn("init")(function* (flags) {
      const { answer, command, say } = yield* Cli
      const { address } = yield* ensureDaemon()
      const { clientOf } = yield* sdk
      const client = yield* clientOf(address)
      const pact = yield* createPact(client, flags)
      yield* answer(pact, () => `The pact ${line(pact.pact_name ?? "")} is there. Its alias here: ${pact.alias}`)
      const { current } = yield* client.pacts.list()
      if (current === pact.alias) return yield* sayNext(address)
      yield* say(`The current pact is still ${current}. Change over: ${command(`switch ${pact.alias}`)}`)
    }, Effect.scoped)
  )
