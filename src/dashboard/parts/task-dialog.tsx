import { useState } from "preact/hooks"
import { api, messageOf, type TaskDetail } from "../api.ts"
import { isExpired } from "../board.ts"
import { useNow } from "../clock.ts"
import { Markdown } from "../markdown.tsx"
import { href } from "../route.ts"
import { me, pactId } from "../state.ts"
import { capital, countdown, line } from "../text.ts"
import { Dialog, Field } from "./dialog.tsx"
import { gist } from "./entry.tsx"
import { Badge, Seal, Time, Who } from "./marks.tsx"
import { Failed, Loading } from "./states.tsx"
import { useLoad } from "./use-load.ts"

/** One task: what it is, what became of it, and the steps that are open to this member. */
export const TaskDialog = ({ id, onClose }: { readonly id: string; readonly onClose: () => void }) => {
  const pact = pactId.value
  const { again, error, value } = useLoad(
    () => (pact === null ? new Promise<never>(() => {}) : api.task(pact, id)),
    `${pact} ${id}`,
    ({ data, event }) => data.pact_id === pact && (data.task?.id === id || event === "entry-confirmed")
  )
  return (
    <Dialog title={value === null ? "Task" : line(value.title, 200)} onClose={onClose}>
      {value === null ? (
        error === null ? (
          <Loading rows={2} />
        ) : (
          <Failed error={error} retry={again} />
        )
      ) : (
        <Whole task={value} again={again} />
      )}
    </Dialog>
  )
}

const tones = { open: "info", claimed: "warn", complete: "good" } as const

const Whole = ({ again, task }: { readonly task: TaskDetail; readonly again: () => void }) => {
  const now = useNow("second")
  const expired = isExpired(task, now)
  const status = expired ? "open" : task.status
  const { claim_expires_at: end } = task
  return (
    <div class="task">
      <p class="entry-kind">
        <Badge tone={tones[status]}>{capital(status)}</Badge>
        {status === "claimed" && end !== null ? <span class="lease">{countdown(end - now)} left</span> : null}
        <Seal confirmed={task.confirmed} words />
      </p>
      {status !== "open" && task.claimed_by !== null ? (
        <p class="entry-meta">
          {status === "claimed" ? "Held by" : "Done by"} <Who id={task.claimed_by} />
          {task.worker === null ? null : <bdi class="worker">{line(task.worker, 64)}</bdi>}
        </p>
      ) : null}
      {task.assigned_to === null ? null : (
        <p class="entry-meta">
          Assigned to <Who id={task.assigned_to} />
        </p>
      )}
      {task.description === null ? null : <Markdown text={task.description} />}
      {task.status === "complete" && task.result !== null && task.result !== undefined ? (
        <section>
          <h3>Result</h3>
          <Markdown text={resultText(task.result)} />
        </section>
      ) : null}
      <Steps task={task} status={status} again={again} />
      <section>
        <h3>History</h3>
        <ol class="history">
          {task.history.toReversed().map((entry) => (
            <li key={entry.id}>
              <Who id={entry.agent_id} name={entry.display_name} />
              <a href={href({ screen: "trace", id: entry.id })}>
                {"title" in entry.payload && entry.payload.title ? "Made it" : gist(entry).text}
              </a>
              <Time at={entry.timestamp} />
            </li>
          ))}
        </ol>
      </section>
    </div>
  )
}

const resultText = (result: unknown): string =>
  typeof result === "string" ? result : "```json\n" + JSON.stringify(result, null, 2).slice(0, 15_000) + "\n```"

interface StepsProps {
  readonly task: TaskDetail
  readonly status: TaskDetail["status"]
  readonly again: () => void
}

const Steps = ({ again, status, task }: StepsProps) => {
  const [state, setState] = useState<{ readonly busy: boolean; readonly error: unknown }>({ busy: false, error: null })
  const [result, setResult] = useState("")
  const pact = pactId.value
  const mine = task.claimed_by === me.value
  const forMe = task.assigned_to === null || task.assigned_to === me.value
  if (pact === null || status === "complete") return null
  const step = async (name: "claim" | "release" | "complete") => {
    setState({ busy: true, error: null })
    const claim = status === "claimed" && task.claim !== null ? { claim: task.claim } : {}
    const said = name === "complete" && result.trim() !== "" ? { result: result.trim() } : {}
    try {
      await api.stepTask(pact, task.id, name, name === "claim" ? {} : { ...claim, ...said })
      setState({ busy: false, error: null })
      again()
    } catch (error) {
      setState({ busy: false, error })
      again()
    }
  }
  const button = (name: "claim" | "release" | "complete", look: string) => (
    <button type="button" class={`button ${look}`} disabled={state.busy} onClick={() => void step(name)}>
      {capital(name)}
    </button>
  )
  return (
    <div class="form">
      {status === "claimed" && mine ? (
        <Field label="Result" value={result} onInput={setResult} lines={2} hint="May be left out." />
      ) : null}
      {state.error === null ? null : (
        <p class="form-error" role="alert">
          {messageOf(state.error)}
        </p>
      )}
      {status === "open" && forMe ? <div class="form-end">{button("claim", "primary")}</div> : null}
      {status === "open" && !forMe ? <p class="hint">Only the agent it is assigned to can claim it.</p> : null}
      {status === "claimed" && mine ? (
        <div class="form-end">
          {button("release", "")}
          {button("complete", "primary")}
        </div>
      ) : null}
      {status === "claimed" && !mine ? (
        <p class="hint">Only who holds it can finish it, until the lease runs out.</p>
      ) : null}
    </div>
  )
}
