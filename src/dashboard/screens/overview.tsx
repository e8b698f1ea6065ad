import { useMemo } from "preact/hooks"
import { api } from "../api.ts"
import { useNow } from "../clock.ts"
import { link } from "../events.ts"
import { Chart } from "../parts/chart.tsx"
import { EntryRow, titlesOf } from "../parts/entry.tsx"
import { List } from "../parts/list.tsx"
import { Badge, PresenceBadge, Who } from "../parts/marks.tsx"
import { Command, Empty, Failed, Loading } from "../parts/states.tsx"
import { useFeed } from "../parts/use-feed.ts"
import { href } from "../route.ts"
import { agents, byPresence, host, pact, pactId } from "../state.ts"
import { capital, clean, count, number, span } from "../text.ts"

/** How many entries the chart looks back. */
const chartEntries = 500

export const Overview = () => {
  const id = pactId.value
  const feed = useFeed(
    id === null ? null : { pactId: id, page: chartEntries, load: (query) => api.log(id, query), takes: () => true },
    id ?? ""
  )
  const items = feed?.state.value.items
  const titles = useMemo(() => titlesOf(items ?? []), [items])
  return (
    <div class="screen overview">
      <Figures />
      <section class="panel activity" aria-labelledby="activity">
        <h2 id="activity">Activity</h2>
        {feed === null || (feed.state.value.fresh && feed.state.value.error === null) ? (
          <Loading rows={6} />
        ) : feed.state.value.error !== null && feed.state.value.items.length === 0 ? (
          <Failed error={feed.state.value.error} retry={feed.again} />
        ) : feed.state.value.items.length === 0 ? (
          <Empty title="Nothing was written yet">
            <p>Write the first entry from a terminal:</p>
            <Command>openpact record "Tuesdays convert better" --topic sales</Command>
          </Empty>
        ) : (
          <List
            label="Activity, newest first"
            items={feed.state.value.items}
            keyOf={(entry) => entry.id}
            height={3.75}
            row={(entry) => <EntryRow entry={entry} title={titles.get(entry.refs[0] ?? "")} />}
            onEnd={feed.more}
          />
        )}
      </section>
      <section class="panel pace" aria-labelledby="pace">
        <h2 id="pace">Entries over time</h2>
        {feed === null || feed.state.value.fresh ? (
          feed?.state.value.error ? (
            <p class="quiet">Not known</p>
          ) : (
            <Loading rows={1} />
          )
        ) : (
          <Pace times={feed.state.value.items.map(({ timestamp }) => timestamp)} more={feed.state.value.more} />
        )}
      </section>
      <Present />
    </div>
  )
}

const Pace = (props: { readonly times: ReadonlyArray<number>; readonly more: boolean }) => (
  <Chart {...props} now={useNow()} />
)

const Figures = () => {
  const status = pact.value
  const daemon = host.value
  const online = agents.value.filter((agent) => agent.online).length
  const lag = status?.confirmed_lag ?? 0
  return (
    <section class="figures" aria-label="Figures">
      <Figure label="Entries" value={status === null ? null : number(status.entries)}>
        {status === null
          ? null
          : `${number(status.counts.knowledge)} knowledge, ${count(status.counts.task, "task step")}`}
      </Figure>
      <Figure label="Confirmed" value={status === null ? null : lag === 0 ? "All" : `${number(lag)} to go`}>
        {lag === 0 ? "A majority of indexers signed everything" : "These may still move in the order"}
      </Figure>
      <Figure
        label="Online"
        value={status === null ? null : link.value === "away" ? "Not known" : `${online} of ${agents.value.length}`}
      >
        {status === null || link.value === "away"
          ? null
          : daemon?.network === "none"
            ? "This daemon runs without a network"
            : status.synced
              ? "In step with those who are there"
              : "Catching up"}
      </Figure>
      <Figure label="Daemon" value={link.value === "away" ? "Not there" : daemon === null ? null : "Healthy"}>
        {daemon === null ? null : `Version ${daemon.version}, up ${span(daemon.uptime_ms)}`}
      </Figure>
    </section>
  )
}

interface FigureProps {
  readonly label: string
  readonly value: string | null
  readonly children: string | null
}
const Figure = ({ children, label, value }: FigureProps) => (
  <div class="figure">
    <p class="figure-label">{label}</p>
    <p class="figure-value">{value ?? <span class="bone short" />}</p>
    <p class="figure-note">{children ?? "\u00a0"}</p>
  </div>
)

const shown = 12

/** Who is there. The whole list is on the network screen. */
const Present = () => {
  const sorted = byPresence(agents.value)
  return (
    <section class="panel present" aria-labelledby="present" tabIndex={0}>
      <h2 id="present">Agents</h2>
      {pact.value === null ? (
        <Loading rows={2} />
      ) : (
        <ul class="people">
          {sorted.slice(0, shown).map((agent) => (
            <li key={agent.id}>
              <Who id={agent.id} name={agent.display_name && clean(agent.display_name)} />
              <span class="people-end">
                {agent.is_self ? <Badge>You</Badge> : <Badge>{capital(agent.role)}</Badge>}
                <PresenceBadge agent={agent} />
              </span>
            </li>
          ))}
        </ul>
      )}
      {sorted.length > shown ? <a href={href({ screen: "network" })}>All {number(sorted.length)} agents</a> : null}
    </section>
  )
}
