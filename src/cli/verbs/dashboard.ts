import { Effect } from "effect"
import { Cli } from "../cli.ts"
import { switchFlag } from "../flags.ts"
import { session } from "../session.ts"
import { verb } from "../verb.ts"

export const dashboard = () =>
  verb(
    "dashboard",
    {
      description: "Open the dashboard in the browser, with a link that works once.",
      examples: [
        ["openpact dashboard", "In the browser of this user"],
        ["openpact dashboard --print", "Print the link, to open it yourself within five minutes"]
      ]
    },
    { print: switchFlag("print", "Print the link and open nothing.") },
    Effect.fn("dashboard")(function* ({ print }) {
      const { answer, json, say } = yield* Cli
      const { client } = yield* session
      const { expires_at, url } = yield* client.dashboard.link()
      const opened = print || json ? false : yield* open(url)
      // A link that was opened is spent.
      const shown = opened ? url.replace(/#.*/, "") : url
      yield* answer({ url, expires_at }, () => shown)
      if (opened) return yield* say("The dashboard opens in your browser.")
      if (!print)
        yield* say("No browser could be opened here. Open this link yourself, within five minutes. It works once.")
    }, Effect.scoped)
  )

const open = (url: string) =>
  Effect.flatMap(
    Effect.promise(() => import("../browser.ts")),
    ({ openBrowser }) => openBrowser(url)
  )
