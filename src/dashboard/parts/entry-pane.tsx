import { api, type Entry } from "../api.ts"
import { Markdown, webUrl } from "../markdown.tsx"
import { href, type Target } from "../route.ts"
import { pactId } from "../state.ts"
import { clean, line } from "../text.ts"
import { gist } from "./entry.tsx"
import { Icon } from "./icon.tsx"
import { Badge, Seal, Time, Who } from "./marks.tsx"
import { Empty, Failed, Loading } from "./states.tsx"
import { useLoad } from "./use-load.ts"

interface EntryPaneProps {
  readonly id: string | null
  /** Where the list is, which a narrow window shows instead. */
  readonly back: Target
  readonly none: string
}

/** One whole entry beside its list. */
export const EntryPane = ({ back, id, none }: EntryPaneProps) => (
  <section class="panel pane" aria-label="Entry">
    {id === null ? (
      <Empty title={none} />
    ) : (
      <>
        <a class="back" href={href(back)}>
          <Icon name="back" />
          Back to the list
        </a>
        <Whole key={id} id={id} />
      </>
    )}
  </section>
)

const Whole = ({ id }: { readonly id: string }) => {
  const pact = pactId.value
  const { again, error, value } = useLoad(
    () => (pact === null ? new Promise<never>(() => {}) : api.entry(pact, id)),
    `${pact} ${id}`,
    ({ data, event }) =>
      data.pact_id === pact && (event === "entry-confirmed" || data.id === id || data.entry?.id === id)
  )
  if (value === null) return error === null ? <Loading /> : <Failed error={error} retry={again} />
  if (!("type" in value)) {
    return (
      <Empty title="This entry was refused">
        <p>
          The pact says <code>{value.verdict.code}</code>.
        </p>
      </Empty>
    )
  }
  return <EntryBody entry={value} />
}

/** All that an entry says. `traced` is where its trace is shown around it. */
export const EntryBody = ({ entry, traced = false }: { readonly entry: Entry; readonly traced?: boolean }) => {
  const said = entry.payload as Readonly<Record<string, unknown>>
  const content = ["content", "description"].map((name) => said[name]).find((text) => typeof text === "string")
  const source = typeof said["source"] === "string" ? said["source"] : null
  const { kind, text } = gist(entry)
  const known = ["content", "topic", "source", "description", "title", "name", "version"]
  const more = Object.entries(said).filter(([name]) => !known.includes(name))
  return (
    <article class="entry">
      <header>
        <p class="entry-kind">
          <Badge>{kind}</Badge>
          <Seal confirmed={entry.confirmed} words />
        </p>
        <h2>
          <bdi>{entry.type === "knowledge" ? line(entry.payload.topic) : line(text, 120)}</bdi>
        </h2>
        <p class="entry-meta">
          <Who id={entry.agent_id} name={entry.display_name} />
          <Time at={entry.timestamp} />
        </p>
      </header>
      {typeof content === "string" ? <Markdown text={content} /> : null}
      {source === null ? null : (
        <p class="source">
          Source: <Source text={source} />
        </p>
      )}
      {more.length === 0 ? null : (
        <details class="more">
          <summary>More fields</summary>
          <dl>
            {more.map(([name, value]) => (
              <>
                <dt>
                  <bdi>{line(name, 60)}</bdi>
                </dt>
                <dd>
                  <bdi>{clean((typeof value === "string" ? value : JSON.stringify(value)).slice(0, 2000))}</bdi>
                </dd>
              </>
            ))}
          </dl>
        </details>
      )}
      <footer class="entry-foot">
        <code>{entry.id}</code>
        {traced ? null : <a href={href({ screen: "trace", id: entry.id })}>Trace</a>}
      </footer>
    </article>
  )
}

const Source = ({ text }: { readonly text: string }) => {
  const url = webUrl(text)
  return url === null ? (
    <bdi>{line(text, 400)}</bdi>
  ) : (
    <a href={url.href} target="_blank" rel="noopener noreferrer nofollow">
      <bdi>{line(text, 400)}</bdi>
    </a>
  )
}
