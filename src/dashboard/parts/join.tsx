import { useState } from "preact/hooks"
import { api, type PactItem } from "../api.ts"
import { isUnderWay, readPacts } from "../state.ts"
import { clean, line } from "../text.ts"
import { Confirm, Dialog, Field, Form } from "./dialog.tsx"
import { Badge } from "./marks.tsx"
import { Command } from "./states.tsx"
import { useLoad } from "./use-load.ts"

type WaitingFor = NonNullable<PactItem["waiting_for"]>

/** What each wait of a join is called, at which of its steps that is, and what is going on. */
const waits: Readonly<Record<WaitingFor, { readonly step: number; readonly label: string; readonly note: string }>> = {
  network: {
    step: 0,
    label: "No network",
    note: "The daemon runs without a network, so it meets nobody. Start it with one: the join goes on then."
  },
  peers: {
    step: 0,
    label: "Looking for peers",
    note: "Nobody of the pact was met so far. The join goes on by itself when somebody comes online."
  },
  indexer: {
    step: 1,
    label: "Waiting for an indexer",
    note: "Others of the pact were met, but none that can redeem the invite. The join goes on when one comes online."
  },
  admission: { step: 1, label: "Waiting to be added", note: "The creator of the pact adds this machine with:" },
  confirmation: {
    step: 2,
    label: "Waiting for confirmation",
    note: "The invite is redeemed. A majority of the indexers has to confirm it."
  },
  history: { step: 3, label: "Fetching", note: "This machine is admitted, and fetches what the pact holds." }
}

/** What a pact of the list waits for before it can be used. Null for one that is open or failed. */
export const waitOf = (pact: PactItem): string | null => {
  if (!isUnderWay(pact)) return null
  if (pact.error !== undefined) return "The join can't go on"
  return pact.joining === true ? waits[pact.waiting_for ?? "peers"].label : "Opening"
}

/** How far a join has come, and why it can't go on where it can't. */
export const JoinSteps = ({ pact }: { readonly pact: PactItem }) => {
  const { error, pact_id, waiting_for = "peers" } = pact
  const wait = waits[waiting_for]
  // Only an indexer refuses an invite. That one ran out, this machine knows by itself.
  const at = error === undefined || error.code === "INVITE_EXPIRED" ? wait.step : Math.max(1, wait.step)
  const second = waiting_for === "admission" ? "admission" : "indexer"
  const first = waiting_for === "network" ? "network" : "peers"
  const labels = [...([first, second, "confirmation", "history"] as const).map((each) => waits[each].label), "Member"]
  return (
    <>
      <ol class="steps" aria-label="Steps of the join">
        {labels.map((label, step) => {
          const state = step < at ? "done" : step > at ? "ahead" : error ? "broken" : "now"
          return (
            <li key={step} class={state} aria-current={step === at ? "step" : undefined}>
              {label}
              {state === "done" ? <span class="unseen">, done</span> : null}
            </li>
          )
        })}
      </ol>
      {error === undefined ? (
        <p class="hint" role="status">
          {wait.note}
        </p>
      ) : (
        <div class="form-error" role="alert">
          <p>{clean(error.message)}</p>
          <p>Join with another invite, or give up.</p>
        </div>
      )}
      {waiting_for === "admission" && error === undefined ? <AddMember pact={pact_id} /> : null}
    </>
  )
}

/** What the creator runs. Only the status of a pact has the key of this machine. */
const AddMember = ({ pact }: { readonly pact: string }) => {
  const { value } = useLoad(
    () => api.status(pact),
    `joining ${pact}`,
    () => false
  )
  return value === null ? null : <Command>{`openpact add-member ${value.public_key}`}</Command>
}

/** The badge of a pact that is being joined. */
export const JoinBadge = ({ pact }: { readonly pact: PactItem }) =>
  pact.error === undefined ? <Badge tone="info">Joining</Badge> : <Badge tone="bad">Can't go on</Badge>

interface JoinProps {
  /** The join that another invite is brought for. */
  readonly again?: PactItem
  readonly onClose: () => void
}

const pactIdOnly = /^[0-9a-f]{64}$/

export const Join = ({ again, onClose }: JoinProps) => {
  const [token, setToken] = useState("")
  const [name, setName] = useState("")
  const [alias, setAlias] = useState("")
  const submit = async () => {
    const given = again === undefined ? { display_name: name.trim(), alias: alias.trim() } : { key: again.pact_id }
    const more = Object.fromEntries(Object.entries(given).filter(([, value]) => value !== ""))
    const said = token.trim()
    await api.joinPact(pactIdOnly.test(said) ? { ...more, key: said } : { ...more, token: said })
    readPacts()
  }
  return (
    <Dialog title={again === undefined ? "Join a pact" : "Join with another invite"} onClose={onClose}>
      <Form action="Join" ready={token.trim() !== ""} submit={submit} done={onClose} cancel={onClose}>
        <Field
          label="Invite"
          value={token}
          onInput={setToken}
          max={8192}
          required
          autofocus
          hint="The link or the token that somebody of the pact sent you. A pact id alone works too: the creator then adds this machine by hand."
        />
        {again === undefined ? (
          <>
            <Field label="Your name in it" value={name} onInput={setName} max={64} hint="May be left out." />
            <Field
              label="Alias"
              value={alias}
              onInput={setAlias}
              max={64}
              hint="What the pact is called on this machine: lower-case letters, digits and dashes. May be left out."
            />
          </>
        ) : null}
      </Form>
    </Dialog>
  )
}

/** Ends a join. What could cost a spent invite has to be typed, the rest is only asked about. */
export const GiveUp = ({ onClose, pact }: { readonly pact: PactItem; readonly onClose: () => void }) => {
  const title = `Give up joining ${line(pact.pact_name ?? pact.alias, 64)}?`
  const run = async () => {
    await api.removePact(pact.pact_id, pact.alias)
    readPacts()
  }
  const isSpent = pact.waiting_for === "confirmation" || pact.waiting_for === "history"
  return isSpent && pact.error === undefined ? (
    <Confirm title={title} action="Give up" word={pact.alias} danger run={run} onClose={onClose}>
      <p>The invite is spent already, so you need a new one to join again.</p>
    </Confirm>
  ) : (
    <Dialog title={title} onClose={onClose}>
      <Form action="Give up" danger submit={run} done={onClose} cancel={onClose}>
        <p class="dialog-text">This machine stops trying, and keeps nothing of it.</p>
      </Form>
    </Dialog>
  )
}
