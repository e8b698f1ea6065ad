import { Effect } from "effect"
import type { DaemonAddress } from "../home/discovery.ts"
import { Cli } from "./cli.ts"
import { urlOf } from "./ensure.ts"

/** What a newcomer may do next, on stderr. */
export const sayNext = Effect.fnUntraced(function* (address: DaemonAddress) {
  const { command, say, talkStyle } = yield* Cli
  const { bold, dim } = talkStyle
  yield* say(
    [
      "",
      bold("What you can do next"),
      dim("  Write down what you know, and find it again:"),
      `    ${command(`record "Tuesdays convert better" --topic sales`)}`,
      `    ${command("search tuesdays")}`,
      dim("  From any program:"),
      `    curl -H "Authorization: Bearer $(${command("token --show")})" \\`,
      `      ${urlOf(address)}/v1/pacts/default/knowledge`,
      ...(address.dashboardPort === null ? [] : [dim("  Look at it live:"), `    ${command("dashboard")}`]),
      dim("  See what there is, and what else there is to do:"),
      `    ${command("status")}`,
      `    ${command("--help")}`
    ].join("\n")
  )
})
