import { Effect, Schedule } from "effect"
import type { PactStatus } from "../contract/pact.ts"
import type { WaitingFor } from "../domain/joining.ts"
import type { Client } from "../sdk/connect.ts"
import { Cli } from "./cli.ts"
import { CliFailure, exits } from "./failure.ts"
import { line, span } from "./text.ts"

export interface Watched {
  readonly alias: string
  readonly pactId: string
  /** What the pact is called, for people. */
  readonly name: string
  readonly memberKey: string
  /** True for a join by an invite. */
  readonly byInvite: boolean
  /** ms. */
  readonly timeout: number
}

type Status = typeof PactStatus.Type

/** How often is looked how the join goes. */
const glance = Schedule.spaced("100 millis")

/** Shows each step of a join until this machine is a member. The join itself is the daemon's: it goes on without us. */
export const watchJoin = Effect.fnUntraced(function* (client: Client, watched: Watched) {
  const { command, say, talkStyle } = yield* Cli
  const { alias, pactId, timeout } = watched
  let last: WaitingFor = "peers"
  let shown: WaitingFor | null = null

  const look = Effect.gen(function* () {
    const status: Status = yield* client.pact.status({ params: { pactId } })
    if (status.error !== undefined) return yield* ended(client, watched, status.error)
    const { waiting_for } = status
    if (waiting_for === undefined) return status.is_member ? status : yield* removed
    last = waiting_for
    if (waiting_for === "network") return yield* noNetwork(alias)
    if (waiting_for !== shown) yield* say(talkStyle.dim(step(watched, waiting_for, command)))
    shown = waiting_for
    return null
  }).pipe(
    // It goes from being joined to being opened.
    Effect.catchTag("PACT_NOT_READY", () => Effect.succeed(null))
  )
  const joined = yield* Effect.repeat(look, { schedule: glance, while: (status) => status === null }).pipe(
    Effect.timeoutOrElse({
      duration: timeout,
      orElse: () => Effect.flatMap(ways(client, last), (more) => late(watched, last, more))
    })
  )
  return joined as Status
})

const step = ({ memberKey, name }: Watched, waitingFor: WaitingFor, command: (args: string) => string): string => {
  switch (waitingFor) {
    case "indexer":
      return "Met others of the pact. Waiting for one that can redeem the invite ..."
    case "admission":
      return `Waiting to be added. The creator runs: ${command(`add-member ${memberKey}`)}`
    case "confirmation":
      return "The invite is redeemed. Waiting for its confirmation ..."
    case "history":
      return "This machine is admitted. Fetching the pact ..."
    default:
      return `Looking for others of ${line(name)} ...`
  }
}

const ended = Effect.fnUntraced(function* (
  client: Client,
  { alias, pactId }: Watched,
  { code, message }: { readonly code: string; readonly message: string }
) {
  // Nothing came of it, so nothing stays.
  yield* Effect.ignore(client.pacts.remove({ params: { pactId }, payload: { confirm: alias } }))
  return yield* new CliFailure({
    code,
    message,
    next: null,
    exit: code === "UNKNOWN_INVITE" ? exits.notFound : code === "INTERNAL" ? exits.failed : exits.conflict
  })
})

const removed = new CliFailure({
  code: "NOT_A_MEMBER",
  message: "This machine was removed from the pact.",
  next: null,
  exit: exits.refused
})

const noNetwork = (alias: string) =>
  new CliFailure({
    code: "NO_NETWORK",
    message: "The daemon runs without a network (bootstrap is none), so it meets nobody. The join waits for one.",
    next: `openpact remove ${alias}`,
    exit: exits.failed
  })

/** Where peers were looked for, if that is for somebody here to put right. */
const ways = (client: Client, waitingFor: WaitingFor): Effect.Effect<string> =>
  waitingFor !== "peers"
    ? Effect.succeed("")
    : client.host.status().pipe(
        Effect.map(({ bootstrap, network }) =>
          network === "private" ? ` They meet by ${bootstrap.join(", ")}, where a node must run.` : ""
        ),
        Effect.orElseSucceed(() => "")
      )

/** What a join waits for that took too long. It goes on in the background, by what its message says. */
const late = ({ alias, byInvite, timeout }: Watched, waitingFor: WaitingFor, more: string) => {
  const within = `within ${span(timeout)}`
  const [code, what] = {
    network: ["NO_NETWORK", "The daemon runs without a network."],
    peers: ["NO_AGENTS", `Nobody of the pact could be reached ${within}.${more}`],
    indexer: ["NO_INDEXER_REACHABLE", `Others of the pact were met, but ${within} none that can redeem the invite.`],
    admission: ["NOT_A_MEMBER", `Nobody has added this machine to the pact ${within}.`],
    confirmation: ["VIEW_TIMEOUT", `The invite is redeemed, but it was not confirmed ${within}.`],
    history: ["VIEW_TIMEOUT", `This machine is admitted, but the pact was not fetched ${within}.`]
  }[waitingFor] as [string, string]
  return new CliFailure({
    code,
    message: `${what} The join goes on in the background${byInvite ? " until the invite runs out" : ""}.`,
    next: `openpact status --pact ${alias}`,
    exit: exits.timedOut
  })
}
