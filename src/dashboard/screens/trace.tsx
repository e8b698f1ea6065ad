import { useMemo } from "preact/hooks"
import { api, type Entry, type Page } from "../api.ts"
import { EntryBody } from "../parts/entry-pane.tsx"
import { EntryRow, gist, titlesOf } from "../parts/entry.tsx"
import { List } from "../parts/list.tsx"
import { Badge, Seal, Time, Who } from "../parts/marks.tsx"
import { Empty, Failed, Loading } from "../parts/states.tsx"
import { useFeed } from "../parts/use-feed.ts"
import { useLoad } from "../parts/use-load.ts"
import { href, place } from "../route.ts"
import { pactId } from "../state.ts"

/** How many of those that refer to an entry are shown. */
const mostAfter = 50

interface Traced {
  readonly entry: Entry | { readonly id: string; readonly code: string }
  readonly before: ReadonlyArray<Entry | string>
  readonly after: Page<Entry>
}

export const Trace = () => {
  const { id } = place.value
  const pact = pactId.value
  return (
    <div class={id === null ? "screen" : "screen trace"}>
      {id === null ? <Choose pact={pact} /> : pact === null ? <Loading /> : <Walk key={id} pact={pact} id={id} />}
    </div>
  )
}

/** The newest entries, to begin with one of them. */
const Choose = ({ pact }: { readonly pact: string | null }) => {
  const feed = useFeed(
    pact === null ? null : { pactId: pact, load: (query) => api.log(pact, query), takes: () => true },
    pact ?? ""
  )
  const state = feed?.state.value
  const items = state?.items
  const titles = useMemo(() => titlesOf(items ?? []), [items])
  return (
    <section class="panel choose" aria-labelledby="choose">
      <h2 class="title" id="choose">
        Choose an entry to trace it
      </h2>
      <p class="quiet">You see what it refers to and what refers to it, and walk from one to the next.</p>
      {feed === null || state === undefined || (state.fresh && state.error === null) ? (
        <Loading rows={6} />
      ) : state.error !== null && state.items.length === 0 ? (
        <Failed error={state.error} retry={feed.again} />
      ) : state.items.length === 0 ? (
        <Empty title="Nothing was written yet" />
      ) : (
        <List
          label="Entries, newest first"
          items={state.items}
          keyOf={(entry) => entry.id}
          height={3.75}
          row={(entry) => <EntryRow entry={entry} title={titles.get(entry.refs[0] ?? "")} />}
          onEnd={feed.more}
        />
      )}
    </section>
  )
}

const read = async (pact: string, id: string): Promise<Traced> => {
  const [found, after] = await Promise.all([api.entry(pact, id), api.referencedBy(pact, id, { limit: mostAfter })])
  if (!("type" in found)) return { entry: { id, code: found.verdict.code }, before: [], after }
  // What is referred to may be of a pact that was never here, so one that is missing is shown as such.
  const before = await Promise.all(
    found.refs.map((ref) =>
      api.entry(pact, ref).then(
        (other) => ("type" in other ? other : ref),
        () => ref
      )
    )
  )
  return { entry: found, before, after }
}

const Walk = ({ id, pact }: { readonly pact: string; readonly id: string }) => {
  const { again, error, value } = useLoad(
    () => read(pact, id),
    `${pact} ${id}`,
    ({ data, event }) =>
      data.pact_id === pact &&
      (event === "entry-confirmed" || data.entry?.id === id || data.entry?.refs.includes(id) === true)
  )
  if (value === null) return error === null ? <Loading /> : <Failed error={error} retry={again} />
  const { after, before, entry } = value
  return (
    <div class="walk">
      <section class="walk-side" aria-labelledby="before">
        <h2 id="before">Refers to</h2>
        <ol>
          {before.map((other) =>
            typeof other === "string" ? (
              <li key={other} class="stone missing">
                <code>{other}</code> Not here
              </li>
            ) : (
              <Stone key={other.id} entry={other} />
            )
          )}
        </ol>
        {before.length === 0 ? <p class="quiet">Nothing</p> : null}
      </section>
      <section class="walk-here panel" aria-label="This entry">
        {"code" in entry ? (
          <Empty title="This entry was refused">
            <p>
              The pact says <code>{entry.code}</code>.
            </p>
          </Empty>
        ) : (
          <EntryBody entry={entry} traced />
        )}
      </section>
      <section class="walk-side" aria-labelledby="after">
        <h2 id="after">Referred to by</h2>
        <ol>
          {after.entries.map((other) => (
            <Stone key={other.id} entry={other} />
          ))}
        </ol>
        {after.entries.length === 0 ? <p class="quiet">Nothing so far</p> : null}
        {after.has_more ? <p class="quiet">The newest {mostAfter} are shown.</p> : null}
      </section>
    </div>
  )
}

/** A neighbor to step to. */
const Stone = ({ entry }: { readonly entry: Entry }) => {
  const { kind, text } = gist(entry)
  return (
    <li class="stone">
      <a href={href({ screen: "trace", id: entry.id })}>
        <span class="entry-line">
          <Badge>{kind}</Badge>
          <Seal confirmed={entry.confirmed} />
        </span>
        <bdi class="stone-text">{text}</bdi>
        <span class="entry-meta">
          <Who id={entry.agent_id} name={entry.display_name} />
          <Time at={entry.timestamp} />
        </span>
      </a>
    </li>
  )
}
