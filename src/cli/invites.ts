import { Effect } from "effect"
import type { InviteView } from "../contract/invites.ts"
import { agentIdOf } from "../domain/ids.ts"
import { type AgentRow, allAgents } from "./agents.ts"
import { Cli } from "./cli.ts"
import { nameOf } from "./entry-text.ts"
import { walk } from "./pages.ts"
import { session } from "./session.ts"
import { type Style, table, time } from "./text.ts"

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

/** Each by its public half, which everybody in the pact knows: the nonce is a secret, and not known everywhere. */
export const invitesText = (
  invites: ReadonlyArray<InviteView>,
  agents: ReadonlyArray<Pick<AgentRow, "remote_key" | "display_name">>,
  { bold, dim, green }: Style
): string => {
  const names = new Map(agents.map(({ display_name, remote_key }) => [remote_key, display_name]))
  const joined = ({ spent_at, spent_by }: InviteView): string =>
    spent_by === null
      ? "-"
      : `${nameOf({ agent_id: agentIdOf(spent_by), display_name: names.get(spent_by) ?? null })}${spent_at === null ? "" : `, ${time(spent_at)}`}`
  return table([
    ["State", "Good until", "Joined with it", "Invite (public half)"].map(bold),
    ...invites.map((invite) => [
      invite.status === "live" ? green(states.live) : states[invite.status],
      time(invite.expires_at),
      joined(invite),
      dim(invite.invite)
    ])
  ])
}

const states = { live: "Open", spent: "Spent", revoked: "Revoked", expired: "Expired" } as const

/** @param name the public half of an invite, or its nonce. */
export const revokeInvite = Effect.fnUntraced(function* (name: string) {
  const { answer } = yield* Cli
  const { client, params } = yield* session
  const payload = { confirm: name }
  const revoked = yield* client.invites.revoke({ params: { ...params, nonce: name }, query: {}, payload })
  yield* answer(revoked, () => `The invite ${revoked.invite} is revoked.`)
})
