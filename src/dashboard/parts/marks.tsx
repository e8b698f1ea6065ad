import type { ComponentChildren } from "preact"
import { useNow } from "../clock.ts"
import type { AgentRow } from "../api.ts"
import { agentById, seenByOthers } from "../state.ts"
import { ago, clean, handleOf, momentOf } from "../text.ts"

/** Whether a majority of indexers signed an order with this entry in it. The mark of a pact: a seal that is set, or not yet. */
export const Seal = ({ confirmed, words = false }: { readonly confirmed: boolean; readonly words?: boolean }) => {
  const label = confirmed ? "Confirmed" : "Not confirmed yet"
  return (
    <span class={confirmed ? "seal set" : "seal"} title={label}>
      <svg viewBox="0 0 16 16" aria-hidden="true">
        <circle cx="8" cy="8" r="6" />
        {confirmed ? <path d="M5 8.2l2.2 2.2L11.2 6" /> : null}
      </svg>
      <span class={words ? "" : "unseen"}>{label}</span>
    </span>
  )
}

/** A picture of an agent id: the same one everywhere, and hardly ever that of another. */
export const Sigil = ({ agentId }: { readonly agentId: string }) => {
  const bits = Number.parseInt(/[0-9a-f]{8}$/.exec(agentId)?.[0] ?? "0", 16)
  const cells: Array<string> = []
  for (let i = 0; i < 15; i++) {
    if (((bits >>> i) & 1) === 0) continue
    const x = i % 3
    const y = Math.floor(i / 3)
    cells.push(`M${x + 1} ${y + 1}h1v1h-1z`)
    if (x < 2) cells.push(`M${5 - x} ${y + 1}h1v1h-1z`)
  }
  return (
    <svg class={`sigil hue-${(bits >>> 15) % 12}`} viewBox="0 0 7 7" aria-hidden="true" shape-rendering="crispEdges">
      <path d={cells.join("")} />
    </svg>
  )
}

/** Who wrote something: the name it goes by, which proves nothing, and the handle, which stands for the key. */
export const Who = ({ id, name }: { readonly id: string; readonly name?: string | null | undefined }) => {
  const known = name ?? agentById.value.get(id)?.display_name
  return (
    <span class="who" title={id}>
      <Sigil agentId={id} />
      {known ? <bdi class="name">{clean(known)}</bdi> : null}
      <span class="handle">{handleOf(id)}</span>
    </span>
  )
}

export const Time = ({ at }: { readonly at: number }) => {
  const now = useNow()
  return (
    <time class="time" dateTime={new Date(at).toISOString()} title={momentOf(at)}>
      {ago(at, now)}
    </time>
  )
}

type Tone = "plain" | "good" | "warn" | "bad" | "info"
export const Badge = ({ children, tone = "plain" }: { readonly children: ComponentChildren; readonly tone?: Tone }) => (
  <span class={`badge ${tone}`}>{children}</span>
)

/** Whether an agent is connected to this machine, or to another one that says so. */
export const PresenceBadge = ({ agent }: { readonly agent: AgentRow }) =>
  agent.online ? (
    <Badge tone="good">Online</Badge>
  ) : seenByOthers.value.has(agent.remote_key) ? (
    <Badge tone="info">Seen by others</Badge>
  ) : (
    <Badge>Offline</Badge>
  )
