import { Effect } from "effect"
import type { InviteView } from "../contract/invites.ts"
import { Cli } from "./cli.ts"
import { walk } from "./pages.ts"
import { session } from "./session.ts"
import { type Style, table, time } from "./text.ts"

/** The invites of the pact, the newest first. */
export const listInvites = Effect.fnUntraced(function* (limit: number) {
  const { answer, json, say, style } = yield* Cli
  const { client, params } = yield* session
  const { found, more } = yield* walk(limit, (query) => client.invites.list({ params, query }))
  if (json) yield* Effect.forEach(found, (invite) => answer(invite, () => ""), { discard: true })
  else if (found.length > 0) yield* answer(found, () => table(found.map((invite) => rowOf(invite, style))))
  if (found.length === 0) yield* say("There are no invites.")
  if (more) yield* say("There are more. See them with --limit.")
})

/** One that was minted elsewhere is named by its public half. Either name is good for --revoke. */
const rowOf = ({ expires_at, invite, nonce, spent_at, spent_by, status }: InviteView, style: Style) => [
  nonce ?? invite,
  status === "live" ? style.green(status) : status,
  status === "spent"
    ? `on ${spent_by ?? ""} ${spent_at === null ? "" : time(spent_at)}`.trim()
    : `until ${time(expires_at)}`
]

/** @param nonce or the public half of an invite. */
export const revokeInvite = Effect.fnUntraced(function* (nonce: string) {
  const { answer } = yield* Cli
  const { client, params } = yield* session
  const revoked = yield* client.invites.revoke({ params: { ...params, nonce }, query: {}, payload: { confirm: nonce } })
  yield* answer(revoked, () => `The invite ${nonce} is revoked.`)
})
