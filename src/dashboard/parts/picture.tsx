import type { AgentRow } from "../api.ts"
import { byPresence, seenByOthers } from "../state.ts"
import { clean, count, handleOf, line, number } from "../text.ts"
import { type Tie, tiesOf } from "./links.ts"
import { Sigil, Who } from "./marks.tsx"

/** More than this many can't be told apart in a picture. */
const most = 12
/** More lines than this are a list that nobody reads. */
const mostTies = 100
const width = 480
const [middleX, middleY] = [width / 2, 0]
const radius = 126

interface Spot {
  readonly agent: AgentRow
  readonly x: number
  readonly y: number
}

/** Who is connected to whom: what this machine knows of itself, and what the others tell of themselves. */
export const Picture = ({ agents }: { readonly agents: ReadonlyArray<AgentRow> }) => {
  const self = agents.find(({ is_self }) => is_self)
  const others = byPresence(agents).filter((agent) => agent !== self)
  const shown = others.slice(0, most)
  const online = others.filter(({ online }) => online).length
  const ring = shown.map((agent, i): Spot => {
    // Turned so that nobody stands right below the middle, where its label is.
    const angle = ((i + (shown.length % 2 === 0 ? 0.5 : 0)) / shown.length) * 2 * Math.PI - Math.PI / 2
    return { agent, x: middleX + Math.cos(angle) * radius, y: middleY + Math.sin(angle) * radius }
  })
  // No higher than what is in it, with its labels.
  const reach = Math.max(70, ...ring.map(({ y }) => Math.abs(y - middleY) + 50))
  const center: Spot | null = self ? { agent: self, x: middleX, y: middleY } : null
  const spots = new Map([...ring, ...(center ? [center] : [])].map((spot) => [spot.agent.id, spot]))
  const ties = tiesOf(agents)
  return (
    <>
      <figure class="picture">
        <svg
          viewBox={`0 ${middleY - reach} ${width} ${2 * reach}`}
          role="img"
          aria-label={`Connected to ${online} of ${others.length} other agents`}
        >
          {ties.map(({ a, b, own }) => {
            const [from, to] = [spots.get(a.id), spots.get(b.id)]
            return from && to ? (
              <path key={`${a.id} ${b.id}`} class={own ? "tie own" : "tie"} d={lineOf(from, to, own)} />
            ) : null
          })}
          {center ? <Node spot={center} /> : null}
          {ring.map((spot) => (
            <Node key={spot.agent.id} spot={spot} />
          ))}
        </svg>
        <figcaption>
          {others.length === 0 ? (
            "This machine is alone in the pact so far."
          ) : (
            <>
              <Legend words="Connected to you" own />
              <Legend words="As others tell" />
              {others.length > most ? <span>{number(others.length - most)} more are not in the picture.</span> : null}
            </>
          )}
        </figcaption>
      </figure>
      {ties.length === 0 ? null : (
        <ul class="ties" aria-label="Connections" tabIndex={0}>
          {ties.slice(0, mostTies).map((tie) => (
            <Row key={`${tie.a.id} ${tie.b.id}`} tie={tie} />
          ))}
          {ties.length > mostTies ? <li>{count(ties.length - mostTies, "more connection")}</li> : null}
        </ul>
      )}
    </>
  )
}

/** The same in words. */
const Row = ({ tie: { a, b, by, own } }: { readonly tie: Tie }) => (
  <li>
    {own ? "You" : <Who id={a.id} name={a.display_name} />}
    <span aria-hidden="true">–</span>
    <span class="unseen">and</span>
    <Who id={b.id} name={b.display_name} />
    <span class="time">{own ? "Known here" : by.length > 1 ? "Both say so" : `${nameOf(by[0] ?? a)} says so`}</span>
  </li>
)

const Legend = ({ own = false, words }: { readonly words: string; readonly own?: boolean }) => (
  <span class="legend">
    <svg viewBox="0 0 28 8" aria-hidden="true">
      <path class={own ? "tie own" : "tie"} d="M1 4H27" />
    </svg>
    {words}
  </span>
)

/** One between two others bends outwards, so that it passes by the node in the middle. */
const lineOf = (from: Spot, to: Spot, own: boolean): string => {
  if (own) return `M${from.x} ${from.y}L${to.x} ${to.y}`
  const [x, y] = [(from.x + to.x) / 2 - middleX, (from.y + to.y) / 2 - middleY]
  const far = Math.hypot(x, y)
  // Two that face each other have no side of their own: it goes by on the left of the line.
  const [towardsX, towardsY] =
    far > 1 ? [x / far, y / far] : [(to.y - from.y) / (2 * radius), (from.x - to.x) / (2 * radius)]
  const bend = far + Math.max(0, 95 - far) * 1.2
  return `M${from.x} ${from.y}Q${middleX + towardsX * bend} ${middleY + towardsY * bend} ${to.x} ${to.y}`
}

const nameOf = ({ display_name, id }: AgentRow): string =>
  display_name === null ? handleOf(id) : line(clean(display_name), 24)

const Node = ({ spot: { agent, x, y } }: { readonly spot: Spot }) => {
  const r = agent.is_self ? 28 : 20
  const label = agent.is_self
    ? "You"
    : line(agent.display_name === null ? handleOf(agent.id).split("-")[0]! : clean(agent.display_name), 10)
  const [sideX, sideY] = agent.is_self ? [0, 1] : [(x - middleX) / radius, (y - middleY) / radius]
  // Beside the node where it stands left or right, else above or below it.
  const beside = Math.abs(sideX) > 0.15
  const look = agent.is_self ? "on self" : agent.online ? "on" : seenByOthers.value.has(agent.remote_key) ? "seen" : ""
  return (
    <g class={`node ${look}`}>
      <circle cx={x} cy={y} r={r} />
      <svg x={x - r * 0.6} y={y - r * 0.6} width={r * 1.2} height={r * 1.2}>
        <Sigil agentId={agent.id} />
      </svg>
      <text
        x={beside ? x + Math.sign(sideX) * (r + 7) : x}
        y={beside ? y + 1 + sideY * 6 : y + Math.sign(sideY) * (r + 13)}
        text-anchor={beside ? (sideX > 0 ? "start" : "end") : "middle"}
      >
        {label}
      </text>
    </g>
  )
}
