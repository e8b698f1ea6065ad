import { Effect } from "effect"
import type { InviteView } from "../contract/invites.ts"
import { agentIdOf } from "../domain/ids.ts"
import { type AgentRow, allAgents } from "./agents.ts"
import { Cli } from "./cli.ts"
import { nameOf, short } from "./entry-text.ts"
import { CliFailure, exits } from "./failure.ts"
import { walk } from "./pages.ts"
import { session } from "./session.ts"
import { type Style, table, time, when } from "./text.ts"

/** The invites of the pact, the newest first. */
export const listInvites = Effect.fnUntraced(function* (limit: number) {
  const { answer, json, say, style } = yield* Cli
  const { client, params } = yield* session
  const { found, more } = yield* walk(limit, (query) => client.invites.list({ params, query }))
  if (json) yield* Effect.forEach(found, (invite) => answer(invite, () => ""), { discard: true })
  else if (found.length > 0) {
    const agents = found.some(({ spent_by }) => spent_by !== null) ? yield* allAgents(client, params) : []
    yield* answer(found, () => invitesText(found, agents, style))
  }
  if (found.length === 0) yield* say("There are no invites.")
  if (more) yield* say("There are more. See them with --limit.")
})

/** Each by the beginning of its public half, which everybody in the pact knows: the nonce is a secret, and not known everywhere. */
export const invitesText = (
  invites: ReadonlyArray<InviteView>,
  agents: ReadonlyArray<Pick<AgentRow, "remote_key" | "display_name">>,
  { bold, dim, green }: Style
): string => {
  const names = new Map(agents.map(({ display_name, remote_key }) => [remote_key, display_name]))
  const what = ({ expires_at, spent_at, spent_by, status }: InviteView): string => {
    if (status === "live") return `until ${when(expires_at)}`
    if (status === "expired") return time(expires_at)
    if (spent_by === null) return ""
    const who = nameOf({ agent_id: agentIdOf(spent_by), display_name: names.get(spent_by) ?? null })
    return spent_at === null ? who : `${time(spent_at)}  ${who}`
  }
  return table([
    ["Invite", "State", "When"].map(bold),
    ...invites.map((invite) => [
      dim(short(invite.invite)),
      invite.status === "live" ? green(states.live) : states[invite.status],
      what(invite)
    ])
  ])
}

const states = { live: "Open", spent: "Spent", revoked: "Revoked", expired: "Expired" } as const

/** @param name the public half of an invite, its beginning, or its nonce. */
export const revokeInvite = Effect.fnUntraced(function* (name: string) {
  const { answer } = yield* Cli
  const { client, params } = yield* session
  const nonce = isBeginning(name) ? yield* wholeOf(name) : name
  const payload = { confirm: nonce }
  const revoked = yield* client.invites.revoke({ params: { ...params, nonce }, query: {}, payload })
  yield* answer(revoked, () => `The invite ${revoked.invite} is revoked.`)
})

const isBeginning = (name: string): boolean => /^[0-9a-f]{8,63}$/.test(name) && name.length !== 48

/** The public half that begins like this. */
const wholeOf = Effect.fnUntraced(function* (beginning: string) {
  const { client, params } = yield* session
  const { found } = yield* walk(100_000, (query) => client.invites.list({ params, query }))
  const [one, more] = found.filter(({ invite }) => invite.startsWith(beginning))
  if (one !== undefined && more === undefined) return one.invite
  return yield* new CliFailure({
    code: one === undefined ? "NOT_FOUND" : "USAGE",
    message: `${one === undefined ? "No invite begins" : "Several invites begin"} with ${beginning}.`,
    next: "openpact invite --list --json",
    exit: one === undefined ? exits.notFound : exits.usage
  })
})
