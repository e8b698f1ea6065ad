import { useState } from "preact/hooks"
import { api, codeOf, type Entry, type Installed } from "../api.ts"
import { Confirm } from "../parts/dialog.tsx"
import { Icon } from "../parts/icon.tsx"
import { List } from "../parts/list.tsx"
import { Badge, Seal, Time, Who } from "../parts/marks.tsx"
import { Command, Empty, Failed, Loading } from "../parts/states.tsx"
import { useFeed } from "../parts/use-feed.ts"
import { useLoad } from "../parts/use-load.ts"
import { href, place } from "../route.ts"
import { pactId } from "../state.ts"
import { clean, line, reveal } from "../text.ts"

type Skill = Extract<Entry, { readonly type: "skill" }>
const isSkill = (entry: Entry): entry is Skill => entry.type === "skill"

export const Skills = () => {
  const { id: open } = place.value
  const pact = pactId.value
  const installed = useLoad(
    async () => (pact === null ? [] : (await api.installed(pact)).entries),
    `installed ${pact}`,
    () => false
  )
  const feed = useFeed(
    pact === null ? null : { pactId: pact, load: (query) => api.skills(pact, query), takes: isSkill },
    pact ?? ""
  )
  const state = feed?.state.value
  const skills = (state?.items ?? []).filter(isSkill)
  return (
    <div class={open === null ? "screen split" : "screen split open"}>
      <section class="panel side" aria-label="Skills">
        <h2 class="title">Skills</h2>
        {feed === null || state === undefined || (state.fresh && state.error === null) ? (
          <Loading />
        ) : state.error !== null && skills.length === 0 ? (
          <Failed error={state.error} retry={feed.again} />
        ) : skills.length === 0 ? (
          <Empty title="No skills were shared yet">
            <p>Share a file that tells agents how to do something:</p>
            <Command>openpact skill add review.md --name review --version 1.0.0</Command>
          </Empty>
        ) : (
          <List
            label="Skills, newest first"
            items={skills}
            keyOf={(skill) => skill.id}
            height={4.75}
            open={open}
            row={(skill) => <SkillRow skill={skill} installed={isInstalled(installed.value, skill.id)} />}
            onEnd={feed.more}
          />
        )}
      </section>
      <section class="panel pane" aria-label="Skill">
        {open === null ? (
          <Empty title="Choose a skill to read it here." />
        ) : (
          <>
            <a class="back" href={href({ screen: "skills" })}>
              <Icon name="back" />
              Back to the list
            </a>
            <Whole
              key={open}
              id={open}
              described={skills.find(({ id }) => id === open)?.payload.description}
              installed={installed.value}
              changed={installed.again}
            />
          </>
        )}
      </section>
    </div>
  )
}

const formats = { openclaw: "OpenClaw", langchain: "LangChain", generic: "Generic" } as const

const isInstalled = (installed: ReadonlyArray<Installed> | null, id: string): boolean =>
  installed?.some((skill) => skill.id === id && skill.quarantined === null) ?? false

const SkillRow = ({ installed, skill }: { readonly skill: Skill; readonly installed: boolean }) => (
  <a
    class="entry-row"
    href={href({ screen: "skills", id: skill.id })}
    aria-current={place.value.id === skill.id ? "true" : undefined}
  >
    <span class="entry-line">
      <bdi class="topic">{line(skill.payload.name, 60)}</bdi>
      <span class="version">{line(skill.payload.version, 24)}</span>
      {installed ? <Badge tone="good">Installed</Badge> : null}
      <Seal confirmed={skill.confirmed} />
    </span>
    {skill.payload.description ? <bdi class="entry-text">{line(skill.payload.description)}</bdi> : null}
    <span class="entry-meta">
      <Who id={skill.agent_id} name={skill.display_name} />
      <Time at={skill.timestamp} />
    </span>
  </a>
)

interface WholeProps {
  readonly id: string
  /** What its entry says of it, where that is in the list. */
  readonly described: string | undefined
  readonly installed: ReadonlyArray<Installed> | null
  readonly changed: () => void
}

const Whole = ({ changed, described, id, installed }: WholeProps) => {
  const pact = pactId.value
  const [asking, setAsking] = useState<"install" | "uninstall" | null>(null)
  const { again, error, value } = useLoad(
    () => (pact === null ? new Promise<never>(() => {}) : api.skillContent(pact, id)),
    `${pact} ${id}`,
    () => false
  )
  if (value === null || pact === null) {
    if (error === null) return <Loading />
    const damaged = codeOf(error) === "SKILL_CHECKSUM_MISMATCH"
    return (
      <>
        {damaged ? <Badge tone="bad">Checksum wrong</Badge> : null}
        <Failed error={error} retry={again} />
      </>
    )
  }
  const here = installed?.find((skill) => skill.id === id)
  const name = clean(value.name)
  return (
    <article class="entry">
      <header>
        <p class="entry-kind">
          <Badge tone="good">Checksum right</Badge>
          <Badge>{formats[value.format]}</Badge>
          {here === undefined ? null : here.quarantined === null ? (
            <Badge tone="good">Installed</Badge>
          ) : (
            <Badge tone="bad">Set aside</Badge>
          )}
        </p>
        <h2>
          {name} <span class="version">{value.version}</span>
        </h2>
        <p class="checksum">
          <code>{value.checksum}</code>
        </p>
      </header>
      {described ? <p>{line(described, 500)}</p> : null}
      {here?.quarantined ? <p class="form-error">{here.quarantined.reason}</p> : null}
      {/* A skill is read to be trusted, so nothing in it is rendered and no mark is hidden. */}
      <pre class="code" tabIndex={0}>
        {reveal(value.content)}
      </pre>
      <div class="form-end">
        {here === undefined ? null : (
          <button type="button" class="button danger" onClick={() => setAsking("uninstall")}>
            Uninstall
          </button>
        )}
        <button type="button" class="button primary" onClick={() => setAsking("install")}>
          {here === undefined ? "Install" : "Install again"}
        </button>
      </div>
      <footer class="entry-foot">
        <code>{id}</code>
        <a href={href({ screen: "trace", id })}>Trace</a>
      </footer>
      {asking === "install" ? (
        <Confirm
          title={`Install ${name}?`}
          action="Install"
          word={name}
          run={async () => {
            await api.installSkill(pact, id)
            changed()
          }}
          onClose={() => setAsking(null)}
        >
          <p>It is written to this machine's skills folder, where agents may find and follow it. Nothing is run now.</p>
          <p>Read it first: it is somebody else's text. One that has the same name is replaced.</p>
        </Confirm>
      ) : asking === "uninstall" ? (
        <Confirm
          title={`Uninstall ${name}?`}
          action="Uninstall"
          word={name}
          danger
          run={async () => {
            await api.uninstallSkill(pact, id, value.name)
            changed()
          }}
          onClose={() => setAsking(null)}
        >
          <p>It is taken off this machine. It stays in the pact.</p>
        </Confirm>
      ) : null}
    </article>
  )
}
