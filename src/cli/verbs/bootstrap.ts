import { Effect } from "effect"
import { Cli } from "../cli.ts"
import { CliFailure, exits } from "../failure.ts"
import { textFlag } from "../flags.ts"
import { verb } from "../verb.ts"

/** What DHT nodes listen on where nothing is said. */
const usualPort = 49737

export const bootstrap = () =>
  verb(
    "bootstrap",
    {
      description:
        "Run the three DHT nodes that a private network starts from, until Ctrl-C. Prints what daemons take as " +
        `--bootstrap. --port is the UDP port of the first node here, without it ${usualPort}. The other two take any ` +
        "free one, and daemons have to reach all three over UDP.",
      examples: [
        ["openpact bootstrap", "On a machine with one address"],
        ["openpact bootstrap --host 192.0.2.7 --port 50000", "Where there are several"]
      ]
    },
    {
      host: textFlag(
        "host",
        "ADDRESS",
        "The IPv4 address of this machine by which the others reach it. The nodes listen on this one alone. " +
          "127.0.0.1 makes a network for this machine only."
      )
    },
    Effect.fn("bootstrap")(function* ({ host: given }) {
      const { answer, command, flags, say, setting } = yield* Cli
      const host = yield* given === undefined ? ownAddress : addressOf(given)
      // The variable is for the API of a daemon, which may run here too.
      const port = flags.port === undefined ? usualPort : yield* setting("port")
      if (port === 0) return yield* usage("--port has to be one that the others can be told, not 0.")
      const { runBootstrap } = yield* Effect.promise(() => import("../../daemon/bootstrap.ts"))
      // A signal is how it ends when all is well.
      process.exitCode = 0
      process.once("SIGHUP", () => process.kill(process.pid, "SIGTERM"))
      yield* runBootstrap({ host, port }).pipe(Effect.catchDefect((cause) => taken(cause, `${host}:${port}`)))
      const value = `${host}:${port}`
      yield* answer({ bootstrap: value, host, port }, () => value)
      yield* say(`The network is up, until Ctrl-C. On every machine: ${command(`start --bootstrap ${value}`)}`)
      yield* say(`Or set OPENPACT_BOOTSTRAP=${value} there, which up and join go by too.`)
      if (host.startsWith("127.")) yield* say("Only this machine can reach it.")
      return yield* Effect.never
    }, Effect.scoped)
  )

const usage = (message: string) =>
  new CliFailure({ code: "USAGE", message, next: "openpact bootstrap --help", exit: exits.usage })

const addressOf = (text: string) =>
  process.getBuiltinModule("node:net").isIPv4(text)
    ? Effect.succeed(text)
    : usage(`--host is ${JSON.stringify(text.slice(0, 100))}, expected an IPv4 address of this machine.`)

/** The one address by which others can reach this machine. */
const ownAddress = Effect.suspend(() => {
  const found = Object.values(process.getBuiltinModule("node:os").networkInterfaces())
    .flatMap((addresses) => addresses ?? [])
    .filter(({ family, internal }) => family === "IPv4" && !internal)
    .map(({ address }) => address)
  const [only, ...more] = new Set(found)
  if (only === undefined)
    return usage("This machine has no address that others can reach. For itself alone: --host 127.0.0.1")
  return more.length === 0
    ? Effect.succeed(only)
    : usage(
        `This machine has several addresses: ${[only, ...more].join(", ")}. Say which one the others reach, with --host.`
      )
})

const taken = (cause: unknown, at: string) => {
  const code = cause instanceof Error && "code" in cause ? cause.code : undefined
  if (code === "EADDRINUSE")
    return new CliFailure({
      code: "PORT_IN_USE",
      message: `The UDP port of ${at} is taken. Choose another with --port.`,
      next: "openpact bootstrap --help",
      exit: exits.conflict
    })
  return code === "EADDRNOTAVAIL" ? usage(`${at} is no address of this machine.`) : Effect.die(cause)
}
