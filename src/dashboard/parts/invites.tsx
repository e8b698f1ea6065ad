import { useMemo, useState } from "preact/hooks"
import { encode } from "uqr"
import { api, type Invite, type MintedInvite } from "../api.ts"
import { useNow } from "../clock.ts"
import { span } from "../text.ts"
import { Confirm, Dialog, Form } from "./dialog.tsx"
import { Icon } from "./icon.tsx"
import { Badge, Time } from "./marks.tsx"
import { Empty, Failed, Loading } from "./states.tsx"
import { useLoad } from "./use-load.ts"

const tones = { live: "good", spent: "info", revoked: "bad", expired: "plain" } as const
const words = { live: "Live", spent: "Spent", revoked: "Revoked", expired: "Expired" } as const

/** The invites of the pact. Minting and revoking is for its creator. */
export const Invites = ({ mayMint, pact }: { readonly pact: string; readonly mayMint: boolean }) => {
  const [minting, setMinting] = useState(false)
  const [shown, setShown] = useState<string | null>(null)
  const [revoking, setRevoking] = useState<Invite | null>(null)
  const { again, error, value } = useLoad(
    () => api.invites(pact),
    `invites ${pact}`,
    ({ data, event }) =>
      event === "entry-applied" &&
      data.pact_id === pact &&
      (data.entry?.type === "admin" || data.entry?.type === "invite-redeemed")
  )
  return (
    <section class="panel invites" aria-labelledby="invites">
      <header class="screen-head">
        <h2 id="invites">Invites</h2>
        {mayMint ? (
          <button type="button" class="button primary" onClick={() => setMinting(true)}>
            Make an invite
          </button>
        ) : null}
      </header>
      {value === null ? (
        error === null ? (
          <Loading rows={2} />
        ) : (
          <Failed error={error} retry={again} />
        )
      ) : value.entries.length === 0 ? (
        <Empty title="No invites">
          {mayMint ? "Each invite lets one more machine in." : "The creator of the pact makes them."}
        </Empty>
      ) : (
        <ul class="rows">
          {value.entries.map((invite) => (
            <li key={invite.invite}>
              <Badge tone={tones[invite.status]}>{words[invite.status]}</Badge>
              <code>{invite.invite.slice(0, 8)}</code>
              <Until invite={invite} />
              <span class="rows-end">
                {invite.status === "live" && invite.share_url !== null ? (
                  <button type="button" class="button small" onClick={() => setShown(invite.share_url)}>
                    Show
                  </button>
                ) : null}
                {invite.status === "live" && mayMint ? (
                  <button type="button" class="button small danger" onClick={() => setRevoking(invite)}>
                    Revoke
                  </button>
                ) : null}
              </span>
            </li>
          ))}
        </ul>
      )}
      {minting ? (
        <Mint
          pact={pact}
          onClose={() => setMinting(false)}
          done={({ share_url }) => {
            setMinting(false)
            setShown(share_url)
            again()
          }}
        />
      ) : null}
      {shown === null ? null : <Share url={shown} onClose={() => setShown(null)} />}
      {revoking === null ? null : (
        <Confirm
          title="Revoke this invite?"
          action="Revoke"
          word={revoking.invite.slice(0, 8)}
          danger
          run={async () => {
            await api.revokeInvite(pact, revoking.nonce ?? revoking.invite)
            again()
          }}
          onClose={() => setRevoking(null)}
        >
          <p>Nobody can join with it any more. Who joined already stays.</p>
        </Confirm>
      )}
    </section>
  )
}

const Until = ({ invite }: { readonly invite: Invite }) => {
  const now = useNow()
  if (invite.status === "live") return <span class="time">Holds for {span(invite.expires_at - now + 60_000)}</span>
  return <Time at={invite.spent_at ?? invite.created_at} />
}

const spans = [
  ["An hour", 3_600_000],
  ["A day", 86_400_000],
  ["A week", 7 * 86_400_000],
  ["A month", 30 * 86_400_000]
] as const

interface MintProps {
  readonly pact: string
  readonly onClose: () => void
  readonly done: (minted: MintedInvite) => void
}
const Mint = ({ done, onClose, pact }: MintProps) => {
  const [ttl, setTtl] = useState<number>(spans[2][1])
  return (
    <Dialog title="Make an invite" onClose={onClose}>
      <Form action="Make invite" submit={async () => done(await api.mintInvite(pact, ttl))} cancel={onClose}>
        <p class="dialog-text">
          It lets one machine in, once. Whoever has it can join, so send it where nobody else reads.
        </p>
        <fieldset class="choice">
          <legend>It holds for</legend>
          {spans.map(([label, ms]) => (
            <label key={ms}>
              <input type="radio" name="ttl" checked={ttl === ms} onChange={() => setTtl(ms)} />
              <span>{label}</span>
            </label>
          ))}
        </fieldset>
      </Form>
    </Dialog>
  )
}

const Share = ({ onClose, url }: { readonly url: string; readonly onClose: () => void }) => {
  const [copied, setCopied] = useState(false)
  return (
    <Dialog title="Share this invite" onClose={onClose}>
      <div class="share">
        <Qr text={url} />
        <p class="dialog-text">Scan it, or copy it to the other machine and run it there:</p>
        <code class="command">openpact join {url}</code>
        <button
          type="button"
          class="button primary"
          onClick={() => void navigator.clipboard.writeText(url).then(() => setCopied(true))}
        >
          <Icon name={copied ? "check" : "copy"} />
          {copied ? "Copied" : "Copy the invite"}
        </button>
      </div>
    </Dialog>
  )
}

/** Dark on light in both themes: not every reader takes it the other way round. */
const Qr = ({ text }: { readonly text: string }) => {
  const { path, size } = useMemo(() => {
    const { data, size } = encode(text, { ecc: "L", border: 3 })
    const cells = data.flatMap((row, y) => row.flatMap((dark, x) => (dark ? [`M${x} ${y}h1v1h-1z`] : [])))
    return { path: cells.join(""), size }
  }, [text])
  return (
    <svg
      class="qr"
      viewBox={`0 0 ${size} ${size}`}
      role="img"
      aria-label="The invite as a QR code"
      shape-rendering="crispEdges"
    >
      <path d={path} />
    </svg>
  )
}
