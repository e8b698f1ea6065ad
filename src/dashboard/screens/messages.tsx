import { useEffect, useRef, useState } from "preact/hooks"
import { api, type Entry } from "../api.ts"
import { Markdown } from "../markdown.tsx"
import { Form } from "../parts/dialog.tsx"
import { Icon } from "../parts/icon.tsx"
import { List } from "../parts/list.tsx"
import { Badge, Seal, Time, Who } from "../parts/marks.tsx"
import { Empty, Failed, Loading } from "../parts/states.tsx"
import { useFeed } from "../parts/use-feed.ts"
import { useLoad } from "../parts/use-load.ts"
import { go, href, place } from "../route.ts"
import { pactId } from "../state.ts"
import { plainLine } from "../text.ts"

type Message = Extract<Entry, { readonly type: "message" }>
const isMessage = (entry: Entry): entry is Message => entry.type === "message"

export const Messages = () => {
  const { id: open } = place.value
  return (
    <div class={open === null ? "screen split" : "screen split open"}>
      <section class="panel side" aria-label="Messages">
        <h2 class="title">Messages</h2>
        <Newest />
        <Compose label="Write to everybody" action="Send" />
      </section>
      <section class="panel pane" aria-label="Thread">
        {open === null ? (
          <Empty title="Choose a message to read its thread here." />
        ) : (
          <>
            <a class="back" href={href({ screen: "messages" })}>
              <Icon name="back" />
              Back to the list
            </a>
            <Thread key={open} id={open} />
          </>
        )}
      </section>
    </div>
  )
}

const Newest = () => {
  const id = pactId.value
  const feed = useFeed(
    id === null ? null : { pactId: id, load: (query) => api.messages(id, query), takes: isMessage },
    id ?? ""
  )
  const state = feed?.state.value
  if (feed === null || state === undefined || (state.fresh && state.error === null)) return <Loading />
  if (state.error !== null && state.items.length === 0) return <Failed error={state.error} retry={feed.again} />
  if (state.items.length === 0) return <Empty title="Nobody has said anything yet" />
  return (
    <List
      label="Messages, newest first"
      items={state.items.filter(isMessage)}
      keyOf={(message) => message.id}
      height={4}
      open={place.value.id}
      row={(message) => <MessageRow message={message} />}
      onEnd={feed.more}
    />
  )
}

const MessageRow = ({ message }: { readonly message: Message }) => (
  <a
    class="entry-row"
    href={href({ screen: "messages", id: message.id })}
    aria-current={place.value.id === message.id ? "true" : undefined}
  >
    <span class="entry-line">
      {message.refs.length > 0 ? <Icon name="reply" /> : null}
      <bdi class="entry-text">{plainLine(message.payload.content)}</bdi>
      <Priority of={message} />
    </span>
    <span class="entry-meta">
      <Who id={message.agent_id} name={message.display_name} />
      <Time at={message.timestamp} />
      <Seal confirmed={message.confirmed} />
    </span>
  </a>
)

const Priority = ({ of }: { readonly of: Message }) => {
  if (of.payload.kind !== undefined) return <Badge>Notice</Badge>
  if (of.payload.priority === "high") return <Badge tone="bad">High</Badge>
  return of.payload.priority === "low" ? <Badge>Low</Badge> : null
}

/** How much of a thread is shown: its newest messages. */
const mostOfThread = 200

const Thread = ({ id }: { readonly id: string }) => {
  const pact = pactId.value
  const end = useRef<HTMLLIElement>(null)
  const { again, error, value } = useLoad(
    async () =>
      pact === null ? new Promise<never>(() => {}) : api.messages(pact, { thread: id, limit: mostOfThread }),
    `${pact} ${id}`,
    ({ data, event }) =>
      data.pact_id === pact &&
      (event === "entry-confirmed" || event === "entry-rejected" || data.entry?.type === "message")
  )
  const messages = (value?.entries ?? []).filter(isMessage).toReversed()
  useEffect(() => end.current?.scrollIntoView({ block: "nearest" }), [messages.at(-1)?.id])
  if (value === null) return error === null ? <Loading /> : <Failed error={error} retry={again} />
  return (
    <div class="thread">
      {value.has_more ? <p class="hint">The newest {mostOfThread} messages of this thread.</p> : null}
      <ol>
        {messages.map((message, i) => (
          <li
            key={message.id}
            {...(i === messages.length - 1 ? { ref: end } : {})}
            class={message.id === id ? "said chosen" : "said"}
          >
            <p class="entry-meta">
              <Who id={message.agent_id} name={message.display_name} />
              <Time at={message.timestamp} />
              <Priority of={message} />
              <Seal confirmed={message.confirmed} />
              <a class="said-trace" href={href({ screen: "trace", id: message.id })}>
                Trace
              </a>
            </p>
            <Markdown text={message.payload.content} />
          </li>
        ))}
      </ol>
      <Compose label="Reply" action="Reply" replyTo={messages.at(-1)?.id ?? id} />
    </div>
  )
}

interface ComposeProps {
  readonly label: string
  readonly action: string
  readonly replyTo?: string
}

const priorities = ["low", "normal", "high"] as const

const Compose = ({ action, label, replyTo }: ComposeProps) => {
  const [content, setContent] = useState("")
  const [priority, setPriority] = useState<(typeof priorities)[number]>("normal")
  const pact = pactId.value
  const send = async () => {
    if (pact === null) return
    const body = { content: content.trim(), ...(priority === "normal" ? {} : { priority }) }
    const sent = await api.send(pact, { ...body, ...(replyTo === undefined ? {} : { reply_to: replyTo }) })
    setContent("")
    setPriority("normal")
    if (replyTo === undefined) go({ screen: "messages", id: sent.id })
  }
  return (
    <div class="compose">
      <Form action={action} ready={content.trim() !== ""} submit={send}>
        <label>
          <span class="unseen">{label}</span>
          <textarea
            rows={2}
            value={content}
            placeholder={label}
            dir="auto"
            onInput={(event) => setContent(event.currentTarget.value)}
            onKeyDown={(event) => {
              if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) event.currentTarget.form?.requestSubmit()
            }}
          />
        </label>
        <fieldset class="choice">
          <legend class="unseen">Priority</legend>
          {priorities.map((name) => (
            <label key={name}>
              <input
                type="radio"
                name={`priority-${replyTo ?? "new"}`}
                checked={priority === name}
                onChange={() => setPriority(name)}
              />
              <span>{{ low: "Low", normal: "Normal", high: "High" }[name]}</span>
            </label>
          ))}
        </fieldset>
      </Form>
    </div>
  )
}
