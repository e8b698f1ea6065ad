import { Effect, Redacted } from "effect"
import type { SettingSources } from "../home/settings.ts"
import { clientAt } from "../sdk/connect.ts"
import { Cli } from "./cli.ts"
import { daemonJson, daemonText } from "./ensure.ts"
import { CliFailure, exits } from "./failure.ts"
import { holderOf } from "./holders.ts"
import { Program } from "./program.ts"
import { runningOrNull } from "./running.ts"
import { line } from "./text.ts"

/** Is the daemon, until SIGTERM, SIGINT or SIGHUP. */
export const serve = Effect.fn("serve")(function* (
  more: NonNullable<SettingSources["flags"]>,
  { terminal }: { readonly terminal: boolean }
) {
  const cli = yield* Cli
  const { answer, flags, home } = cli
  const found = yield* runningOrNull(home)
  if (found !== null) {
    const daemon = { address: found, started: false }
    return yield* answer(daemonJson(daemon), () => daemonText(daemon, cli))
  }
  const { version } = yield* Program
  const { runDaemon } = yield* Effect.promise(() => import("../daemon/main.ts"))
  // A signal is how a daemon ends when all is well.
  process.exitCode = 0
  process.once("SIGHUP", () => process.kill(process.pid, "SIGTERM"))
  yield* runDaemon({ version, home, flags: { ...flags, ...more }, terminal }).pipe(
    Effect.catchTag(
      "ListenError",
      Effect.fnUntraced(function* (error) {
        if (error.code !== "EADDRINUSE") return yield* error
        return yield* yield* taken(error.port)
      })
    )
  )
})

/** Names who has the port, by what can be told. */
const taken = Effect.fnUntraced(function* (port: number) {
  const ours = yield* clientAt({ port, token: Redacted.make("") }).pipe(
    Effect.flatMap((client) => client.probes.ping()),
    Effect.timeout("2 seconds"),
    Effect.scoped,
    Effect.isSuccess
  )
  const holder = holderOf(port)
  const who = ours ? "the OpenPact daemon of another home" : holder === null ? "another program" : "a stranger"
  const which = holder === null ? "" : ` (${line(holder.name)}, pid ${holder.pid})`
  return new CliFailure({
    code: "PORT_IN_USE",
    message: `Port ${port} is taken by ${who}${which}. Choose another with --port or OPENPACT_PORT. 0 takes a free one.`,
    next: "openpact start --port 0",
    exit: exits.conflict
  })
})
