import { useEffect, useState } from "preact/hooks"
import { api, type PactItem } from "../api.ts"
import { Confirm, Dialog, Field, Form } from "../parts/dialog.tsx"
import { GiveUp, Join, JoinBadge, JoinSteps } from "../parts/join.tsx"
import { Badge } from "../parts/marks.tsx"
import { Empty, Loading } from "../parts/states.tsx"
import { go, href, place } from "../route.ts"
import { isUnderWay, pacts, readPacts } from "../state.ts"
import { capital, clean, count, line } from "../text.ts"

type Step = "switch" | "rename" | "leave" | "again" | "give-up"
type Asking = { readonly what: "create" | "join" } | { readonly what: Step; readonly pact: PactItem }

export const Pacts = () => {
  const [asking, setAsking] = useState<Asking | null>(null)
  const list = pacts.value
  // The numbers on the cards are as old as the list.
  useEffect(readPacts, [])
  return (
    <div class="screen pacts">
      <header class="screen-head">
        <h2 class="title">Pacts</h2>
        <span class="head-end">
          <button type="button" class="button" onClick={() => setAsking({ what: "join" })}>
            Join a pact
          </button>
          <button type="button" class="button primary" onClick={() => setAsking({ what: "create" })}>
            Create a pact
          </button>
        </span>
      </header>
      {list === null ? (
        <Loading />
      ) : list.length === 0 ? (
        <Empty title="There is no pact on this machine yet">Create one, or join one with an invite.</Empty>
      ) : (
        <ul class="cards">
          {list.map((pact) => (
            <PactCard key={pact.pact_id} pact={pact} ask={(what) => setAsking({ what, pact })} />
          ))}
        </ul>
      )}
      {asking === null ? null : <Asked asking={asking} onClose={() => setAsking(null)} />}
    </div>
  )
}

const Asked = ({ asking, onClose }: { readonly asking: Asking; readonly onClose: () => void }) => {
  switch (asking.what) {
    case "create":
      return <Create onClose={onClose} />
    case "join":
      return <Join onClose={onClose} />
    case "again":
      return <Join again={asking.pact} onClose={onClose} />
    case "give-up":
      return <GiveUp pact={asking.pact} onClose={onClose} />
    case "rename":
      return <Rename pact={asking.pact} onClose={onClose} />
    case "switch":
      return <Switch pact={asking.pact} onClose={onClose} />
    case "leave":
      return <Leave pact={asking.pact} onClose={onClose} />
  }
}

interface CardProps {
  readonly pact: PactItem
  readonly ask: (what: Step) => void
}
const PactCard = (props: CardProps) =>
  props.pact.joining === true ? <JoiningCard {...props} /> : <OpenCard {...props} />

const JoiningCard = ({ ask, pact }: CardProps) => (
  <li class="panel pact-card">
    <p class="entry-kind">
      <JoinBadge pact={pact} />
    </p>
    <h2>
      <bdi>{line(pact.pact_name ?? pact.alias, 64)}</bdi>
    </h2>
    <p class="entry-meta">
      <code>{pact.alias}</code>
    </p>
    <JoinSteps pact={pact} />
    <div class="form-end">
      {pact.error === undefined ? null : (
        <button type="button" class="button small" onClick={() => ask("again")}>
          Use another invite
        </button>
      )}
      <button type="button" class="button small danger" onClick={() => ask("give-up")}>
        Give up
      </button>
    </div>
  </li>
)

const OpenCard = ({ ask, pact }: CardProps) => (
  <li class="panel pact-card">
    <p class="entry-kind">
      {pact.is_current ? <Badge tone="good">Current</Badge> : null}
      {pact.failed === undefined ? (
        <Badge>{capital(pact.role ?? (isUnderWay(pact) ? "opening" : "not a member"))}</Badge>
      ) : (
        <Badge tone="bad">Not open</Badge>
      )}
      {place.value.pact === pact.alias && !pact.is_current ? <Badge tone="info">Shown</Badge> : null}
    </p>
    <h2>
      <a href={href({ pact: pact.alias, screen: "overview" })}>
        <bdi>{line(pact.pact_name ?? pact.alias, 64)}</bdi>
      </a>
    </h2>
    {pact.pact_purpose === null ? null : (
      <p class="purpose">
        <bdi>{line(pact.pact_purpose)}</bdi>
      </p>
    )}
    <p class="entry-meta">
      <code>{pact.alias}</code>
      <span>{count(pact.entries, "entry", "entries")}</span>
      <span>{count(pact.agents, "agent")}</span>
    </p>
    {pact.failed === undefined ? null : <p class="form-error">{clean(pact.failed)}</p>}
    <div class="form-end">
      {pact.is_current ? null : (
        <button type="button" class="button small" onClick={() => ask("switch")}>
          Make current
        </button>
      )}
      <button type="button" class="button small" onClick={() => ask("rename")}>
        Rename
      </button>
      <button type="button" class="button small danger" onClick={() => ask("leave")}>
        Leave
      </button>
    </div>
  </li>
)

const Create = ({ onClose }: { readonly onClose: () => void }) => {
  const [name, setName] = useState("")
  const [purpose, setPurpose] = useState("")
  const [displayName, setDisplayName] = useState("")
  const submit = async () => {
    const given = { purpose: purpose.trim(), display_name: displayName.trim() }
    const more = Object.fromEntries(Object.entries(given).filter(([, value]) => value !== ""))
    const { alias } = await api.createPact({ name: name.trim(), ...more })
    readPacts()
    onClose()
    go({ pact: alias, screen: "overview" })
  }
  return (
    <Dialog title="Create a pact" onClose={onClose}>
      <Form action="Create" ready={name.trim() !== ""} submit={submit} cancel={onClose}>
        <Field label="Name" value={name} onInput={setName} max={64} required autofocus />
        <Field
          label="Purpose"
          value={purpose}
          onInput={setPurpose}
          max={200}
          hint="What it is for, for those who join."
        />
        <Field label="Your name in it" value={displayName} onInput={setDisplayName} max={64} hint="May be left out." />
      </Form>
    </Dialog>
  )
}

interface AskProps {
  readonly pact: PactItem
  readonly onClose: () => void
}

const Rename = ({ onClose, pact }: AskProps) => {
  const [alias, setAlias] = useState(pact.alias)
  const submit = async () => {
    await api.renamePact(pact.pact_id, alias.trim())
    readPacts()
    if (place.value.pact === pact.alias) go({ ...place.value, pact: alias.trim() })
  }
  return (
    <Dialog title="Rename a pact" onClose={onClose}>
      <Form action="Rename" ready={alias.trim() !== pact.alias} submit={submit} done={onClose} cancel={onClose}>
        <Field
          label="Alias"
          value={alias}
          onInput={setAlias}
          max={64}
          required
          autofocus
          hint="Lower-case letters, digits and dashes. It is for this machine alone: nobody else notices."
        />
      </Form>
    </Dialog>
  )
}

const Switch = ({ onClose, pact }: AskProps) => (
  <Dialog title={`Make ${pact.alias} the current pact?`} onClose={onClose}>
    <Form action="Make current" submit={() => api.switchPact(pact.alias)} done={onClose} cancel={onClose}>
      <p class="dialog-text">
        Agents and commands on this machine that name no pact use the current one. From now on that is this one.
      </p>
    </Form>
  </Dialog>
)

const Leave = ({ onClose, pact }: AskProps) => (
  <Confirm
    title={`Leave ${line(pact.pact_name ?? pact.alias, 64)}?`}
    action="Leave"
    word={pact.alias}
    danger
    run={async () => {
      await api.removePact(pact.pact_id, pact.alias)
      readPacts()
    }}
    onClose={onClose}
  >
    <p>
      You give up your right to write in it, and its data is deleted from this machine. What you wrote stays with the
      others.
    </p>
    {pact.role === "creator" ? <p>You created it: nobody else can invite or remove members.</p> : null}
  </Confirm>
)
