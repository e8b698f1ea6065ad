import { Effect, Redacted } from "effect"
import { locationsOf } from "../../home/locations.ts"
import { Cli } from "../cli.ts"
import { urlOf } from "../ensure.ts"
import { switchFlag } from "../flags.ts"
import { running } from "../running.ts"
import { verb } from "../verb.ts"

export const token = () =>
  verb(
    "token",
    {
      description: "Say how to use the API's token, or print it with --show.",
      examples: [
        [
          `curl -H "Authorization: Bearer $(openpact token --show)" http://127.0.0.1:7666/v1/status`,
          "Call the API from a shell"
        ]
      ]
    },
    { show: switchFlag("show", "Print the token itself. Whoever has it can do all that you can do here.") },
    Effect.fn("token")(function* ({ show }) {
      const { answer, command, home, say } = yield* Cli
      const address = yield* running(home)
      const url = urlOf(address)
      const file = locationsOf(home).daemonFile
      if (show) {
        const token = Redacted.value(address.token)
        return yield* answer({ url, file, token }, () => token)
      }
      const curl = `curl -H "Authorization: Bearer $(${command("token --show")})" ${url}/v1/status`
      yield* answer({ url, file, curl }, () => curl)
      yield* say(`The token stands in ${file} and opens everything here. Keep it on this machine.`)
    })
  )
