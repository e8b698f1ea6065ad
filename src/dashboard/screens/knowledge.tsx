import { useEffect, useState } from "preact/hooks"
import { api, type Entry } from "../api.ts"
import { EntryPane } from "../parts/entry-pane.tsx"
import { Icon } from "../parts/icon.tsx"
import { List } from "../parts/list.tsx"
import { Seal, Time, Who } from "../parts/marks.tsx"
import { Command, Empty, Failed, Loading } from "../parts/states.tsx"
import { useFeed } from "../parts/use-feed.ts"
import { useLoad } from "../parts/use-load.ts"
import { goInPlace, href, place } from "../route.ts"
import { pactId } from "../state.ts"
import { clean, line, number, plainLine } from "../text.ts"

export const Knowledge = () => {
  const { id: open, query } = place.value
  const { q = "", topic } = query
  return (
    <div class={open === null ? "screen split" : "screen split open"}>
      <section class="panel side" aria-label="Find knowledge">
        <h2 class="title">Knowledge</h2>
        <SearchBox value={q} />
        <Topics chosen={topic} />
        {q.trim() === "" ? <Newest topic={topic} /> : <Found q={q.trim()} topic={topic} />}
      </section>
      <EntryPane id={open} back={{ screen: "knowledge", query }} none="Choose an entry to read it here." />
    </div>
  )
}

/** Every letter changes the address, so that what was found can be kept and shared. */
const SearchBox = ({ value }: { readonly value: string }) => (
  <label class="search">
    <Icon name="search" />
    <span class="unseen">Search</span>
    <input
      type="search"
      value={value}
      placeholder="Search"
      maxLength={500}
      dir="auto"
      autocomplete="off"
      data-search
      onInput={(event) =>
        goInPlace({ screen: "knowledge", query: { ...place.value.query, q: event.currentTarget.value || undefined } })
      }
    />
  </label>
)

const mostTopics = 24

const Topics = ({ chosen }: { readonly chosen: string | undefined }) => {
  const id = pactId.value
  const { value } = useLoad(
    async () => (id === null ? [] : await api.topics(id)),
    `topics ${id}`,
    ({ data, event }) => event === "entry-applied" && data.pact_id === id && data.entry?.type === "knowledge"
  )
  const all = (value ?? []).toSorted((a, b) => b.entries - a.entries)
  const seen = all.slice(0, mostTopics)
  const lone = chosen !== undefined && !seen.some(({ topic }) => topic === chosen)
  const chip = (topic: string | undefined, words: string, entries: number | null) => (
    <li key={topic ?? ""}>
      <a
        class="chip"
        aria-current={topic === chosen ? "true" : undefined}
        href={href({ screen: "knowledge", query: { ...place.value.query, topic } })}
      >
        <bdi>{words}</bdi>
        {entries === null ? null : <span class="chip-count">{number(entries)}</span>}
      </a>
    </li>
  )
  if (all.length === 0 && !lone) return null
  return (
    <ul class="chips" aria-label="Topics">
      {chip(undefined, "All topics", null)}
      {lone ? chip(chosen, line(chosen, 40), null) : null}
      {seen.map(({ entries, topic }) => chip(topic, line(topic, 40), entries))}
    </ul>
  )
}

const Newest = ({ topic }: { readonly topic: string | undefined }) => {
  const id = pactId.value
  const feed = useFeed(
    id === null
      ? null
      : {
          pactId: id,
          load: (query) => api.knowledge(id, { ...query, topic }),
          takes: (entry) => entry.type === "knowledge" && (topic === undefined || entry.payload.topic === topic)
        },
    `${id} ${topic}`
  )
  const state = feed?.state.value
  if (feed === null || state === undefined || (state.fresh && state.error === null)) return <Loading />
  if (state.error !== null && state.items.length === 0) return <Failed error={state.error} retry={feed.again} />
  if (state.items.length === 0) {
    return (
      <Empty title="No knowledge here yet">
        <p>Write something down that others should know:</p>
        <Command>openpact record "Tuesdays convert better" --topic sales</Command>
      </Empty>
    )
  }
  return <Entries items={state.items} onEnd={feed.more} />
}

interface FoundState {
  readonly q: string
  readonly items: ReadonlyArray<Entry & { readonly snippet: string }>
  readonly error: unknown
}

const Found = ({ q, topic }: { readonly q: string; readonly topic: string | undefined }) => {
  const id = pactId.value
  const [found, setFound] = useState<FoundState | null>(null)
  useEffect(() => {
    if (id === null) return
    const abort = new AbortController()
    // One question for the letters that come in one go.
    const timer = setTimeout(() => {
      api.search(id, { q, topic }, abort.signal).then(
        ({ entries }) => setFound({ q, items: entries, error: null }),
        (error: unknown) => abort.signal.aborted || setFound({ q, items: [], error })
      )
    }, 80)
    return () => {
      clearTimeout(timer)
      abort.abort()
    }
  }, [id, q, topic])
  if (found === null) return <Loading />
  if (found.error !== null) return <Failed error={found.error} />
  if (found.items.length === 0) {
    return <Empty title={`Nothing about “${line(found.q, 40)}”`}>Try other words or another topic.</Empty>
  }
  return <Entries items={found.items} />
}

type Item = Entry & { readonly snippet?: string }

const Entries = ({ items, onEnd }: { readonly items: ReadonlyArray<Item>; readonly onEnd?: () => void }) => (
  <List
    label="Knowledge"
    items={items}
    keyOf={(entry) => entry.id}
    height={5.25}
    open={place.value.id}
    row={(entry) => <KnowledgeRow entry={entry} />}
    {...(onEnd && { onEnd })}
  />
)

const KnowledgeRow = ({ entry }: { readonly entry: Item }) => {
  const payload = entry.payload as { readonly topic: string; readonly content: string }
  return (
    <a
      class="entry-row"
      href={href({ screen: "knowledge", id: entry.id, query: place.value.query })}
      aria-current={place.value.id === entry.id ? "true" : undefined}
    >
      <span class="entry-line">
        <bdi class="topic">{line(payload.topic, 60)}</bdi>
        <Seal confirmed={entry.confirmed} />
      </span>
      <bdi class="entry-text">
        {entry.snippet === undefined ? plainLine(payload.content) : <Snippet text={entry.snippet} />}
      </bdi>
      <span class="entry-meta">
        <Who id={entry.agent_id} name={entry.display_name} />
        <Time at={entry.timestamp} />
      </span>
    </a>
  )
}

/** What was found stands between signs of the daemon's. */
const Snippet = ({ text }: { readonly text: string }) => (
  <>{text.split("**").map((part, i) => (i % 2 === 1 ? <mark key={i}>{line(part)}</mark> : clean(part)))}</>
)
