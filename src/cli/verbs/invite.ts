import { Effect } from "effect"
import { Cli } from "../cli.ts"
import { short } from "../entry-text.ts"
import { CliFailure, exits } from "../failure.ts"
import { limitFlag, settingFlag, switchFlag, textFlag } from "../flags.ts"
import { listInvites, revokeInvite } from "../invites.ts"
import { session } from "../session.ts"
import { time } from "../text.ts"
import { verb } from "../verb.ts"

export const invite = () =>
  verb(
    "invite",
    {
      description: "Make an invite for one more member. Prints its URL alone. Creator only.",
      examples: [
        ["openpact invite --ttl 24h", "Send the URL to one person, by a way that others can't read"],
        ["openpact invite --qr", "With a QR code, for a camera"],
        ["openpact invite --list", "What became of each, the newest first"],
        ["openpact invite --revoke 1a2b3c4d", "By what --list shows of it"]
      ]
    },
    {
      ttl: settingFlag("ttl", "How long it holds, 1m to 90d, such as 24h. Without it, 7d."),
      qr: switchFlag("qr", "Show the URL as a QR code too, on stderr."),
      list: switchFlag("list", "List the invites instead."),
      limit: limitFlag(50, 100_000),
      revoke: textFlag(
        "revoke",
        "INVITE",
        "Revoke one instead: its public half, the first 8 digits of that, or its nonce."
      )
    },
    Effect.fn("invite")(function* ({ limit, list, qr, revoke, ttl }) {
      if ([list, revoke !== undefined, qr || ttl !== undefined].filter(Boolean).length > 1) return yield* oneThing
      if (list) return yield* listInvites(limit)
      if (revoke !== undefined) return yield* revokeInvite(revoke)
      const { answer, command, say, setting, talkStyle } = yield* Cli
      const ttl_ms = yield* setting("ttl", { ttl })
      const { client, params } = yield* session
      const payload = { confirm: true, ...(ttl_ms === undefined ? {} : { ttl_ms }) }
      const minted = yield* client.invites.mint({ params, query: {}, payload })
      yield* answer(minted, () => minted.share_url)
      if (qr) {
        const { renderUnicodeCompact } = yield* Effect.promise(() => import("uqr"))
        yield* say(renderUnicodeCompact(minted.share_url, { border: 2 }))
      }
      yield* say(`It lets in one member, until ${time(minted.expires_at)}. Whoever has it can use it.`)
      yield* say(`Take it back: ${command(`invite --revoke ${short(minted.invite)}`)}`)
      const { network } = yield* client.host.status()
      if (network === "none") yield* say(talkStyle.yellow(`${noNetwork}: ${command("restart --help")}`))
    }, Effect.scoped)
  )

const noNetwork = "Nobody can join so far: this daemon runs without a network (bootstrap is none). Give it one"

const oneThing = new CliFailure({
  code: "USAGE",
  message: "--list, --revoke and making an invite are three things. Ask for one of them.",
  next: "openpact invite --help",
  exit: exits.usage
})
