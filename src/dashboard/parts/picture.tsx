import type { AgentRow } from "../api.ts"
import { clean, handleOf, line } from "../text.ts"
import { Sigil } from "./marks.tsx"

/** More than this many can't be told apart in a picture. */
const most = 24
const size = 400
const middle = size / 2

/**
 * Who this machine is connected to. Links between others are not known here: each machine sees its own.
 */
export const Picture = ({ agents }: { readonly agents: ReadonlyArray<AgentRow> }) => {
  const self = agents.find(({ is_self }) => is_self)
  const others = agents.filter(({ is_self }) => !is_self).toSorted((a, b) => Number(b.online) - Number(a.online))
  const shown = others.slice(0, most)
  const online = others.filter(({ online }) => online).length
  const places = shown.map((agent, i) => {
    const angle = (i / shown.length) * 2 * Math.PI - Math.PI / 2
    return { agent, x: middle + Math.cos(angle) * 140, y: middle + Math.sin(angle) * 140 }
  })
  return (
    <figure class="picture">
      <svg
        viewBox={`0 0 ${size} ${size}`}
        role="img"
        aria-label={`Connected to ${online} of ${others.length} other agents`}
      >
        {places.map(({ agent, x, y }) => (
          <line key={agent.id} class={agent.online ? "tie on" : "tie"} x1={middle} y1={middle} x2={x} y2={y} />
        ))}
        {self ? <Node agent={self} x={middle} y={middle} big /> : null}
        {places.map(({ agent, x, y }) => (
          <Node key={agent.id} agent={agent} x={x} y={y} />
        ))}
      </svg>
      <figcaption>
        {others.length === 0
          ? "This machine is alone in the pact so far."
          : `A full line is a connection of this machine right now.${others.length > most ? ` ${others.length - most} more are not in the picture.` : ""}`}
      </figcaption>
    </figure>
  )
}

interface NodeProps {
  readonly agent: AgentRow
  readonly x: number
  readonly y: number
  readonly big?: boolean
}
const Node = ({ agent, big = false, x, y }: NodeProps) => {
  const r = big ? 30 : 21
  const label = agent.display_name === null ? handleOf(agent.id).split("-")[0]! : line(clean(agent.display_name), 12)
  return (
    <g class={agent.online || agent.is_self ? "node on" : "node"}>
      <circle cx={x} cy={y} r={r} />
      <svg x={x - r * 0.6} y={y - r * 0.6} width={r * 1.2} height={r * 1.2}>
        <Sigil agentId={agent.id} />
      </svg>
      <text x={x} y={y + r + 15}>
        {big ? "You" : label}
      </text>
    </g>
  )
}
