import { useState } from "preact/hooks"
import { type AgentRow, api, type Host } from "../api.ts"
import { Confirm } from "../parts/dialog.tsx"
import { Invites } from "../parts/invites.tsx"
import { Badge, PresenceBadge, Time, Who } from "../parts/marks.tsx"
import { Picture } from "../parts/picture.tsx"
import { Loading } from "../parts/states.tsx"
import { agents, byPresence, host, pact, pactId } from "../state.ts"
import { capital, clean, count, handleOf, number } from "../text.ts"

interface Asking {
  readonly what: "promote" | "remove"
  readonly agent: AgentRow
}

export const Network = () => {
  const id = pactId.value
  const creator = pact.value?.role === "creator"
  const [asking, setAsking] = useState<Asking | null>(null)
  return (
    <div class="screen network">
      <section class="panel members" aria-labelledby="members">
        <h2 id="members">
          Agents <span class="column-count">{agents.value.length === 0 ? "" : number(agents.value.length)}</span>
        </h2>
        {pact.value === null ? (
          <Loading />
        ) : (
          <ul class="rows agents">
            {byPresence(agents.value).map((agent) => (
              <Member key={agent.id} agent={agent} creator={creator} ask={(what) => setAsking({ what, agent })} />
            ))}
          </ul>
        )}
      </section>
      <section class="panel" aria-labelledby="links">
        <h2 id="links">Connections</h2>
        <Picture agents={agents.value} />
        {host.value === null ? null : <p class="hint">{meetingText(host.value, agents.value)}</p>}
      </section>
      {id === null ? null : <Invites key={id} pact={id} mayMint={creator} />}
      {asking !== null && id !== null ? <Ask {...asking} pactId={id} onClose={() => setAsking(null)} /> : null}
    </div>
  )
}

/** By which network others are met, and where nobody is here, what that may mean. */
const meetingText = ({ bootstrap, network }: Host, all: ReadonlyArray<AgentRow>): string => {
  if (network === "none") return "This daemon runs without a network."
  const way = network === "public" ? "the public DHT" : `the private network of ${bootstrap.map(clean).join(", ")}`
  const others = all.filter(({ is_self }) => !is_self)
  const missed = others.length > 0 && others.every(({ online }) => !online)
  return `Others are met over ${way}.${missed ? " Nobody is here now: their daemons are stopped, or can't be reached." : ""}`
}

interface MemberProps {
  readonly agent: AgentRow
  readonly creator: boolean
  readonly ask: (what: Asking["what"]) => void
}
const Member = ({ agent, ask, creator }: MemberProps) => (
  <li>
    <div class="agent">
      <Who id={agent.id} name={agent.display_name} />
      <span class="entry-meta">
        {count(agent.entries, "entry", "entries")}
        {agent.online || agent.last_seen === null ? null : (
          <>
            <span aria-hidden="true">·</span>
            <Time at={agent.last_seen} />
          </>
        )}
      </span>
    </div>
    <span class="badges">
      <Badge tone={agent.role === "member" ? "plain" : "info"}>{capital(agent.role)}</Badge>
      {agent.is_self ? <Badge>You</Badge> : <PresenceBadge agent={agent} />}
    </span>
    {creator ? (
      <span class="rows-end">
        {agent.role === "member" ? (
          <button type="button" class="button small" onClick={() => ask("promote")}>
            Promote
          </button>
        ) : null}
        {agent.is_self ? null : (
          <button type="button" class="button small danger" onClick={() => ask("remove")}>
            Remove
          </button>
        )}
      </span>
    ) : null}
  </li>
)

interface AskProps extends Asking {
  readonly pactId: string
  readonly onClose: () => void
}
const Ask = ({ agent, onClose, pactId, what }: AskProps) => {
  const name = clean(agent.display_name ?? handleOf(agent.id))
  return what === "promote" ? (
    <Confirm
      title={`Promote ${name}?`}
      action="Promote"
      word={agent.id}
      run={() => api.promote(pactId, agent.remote_key)}
      onClose={onClose}
    >
      <p>
        It becomes an indexer: its signature counts when entries are confirmed. A majority of indexers has to be there.
      </p>
    </Confirm>
  ) : (
    <Confirm
      title={`Remove ${name}?`}
      action="Remove"
      word={agent.id}
      danger
      run={() => api.removeMember(pactId, agent.remote_key)}
      onClose={onClose}
    >
      <p>It gets nothing new from the pact and can write nothing more. What it has it keeps, and so do you.</p>
    </Confirm>
  )
}
