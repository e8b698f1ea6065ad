import { useEffect, useState } from "preact/hooks"
import { api, type Task } from "../api.ts"
import { Board, isExpired, type Status, statuses } from "../board.ts"
import { useNow } from "../clock.ts"
import { Dialog, Field, Form } from "../parts/dialog.tsx"
import { List } from "../parts/list.tsx"
import { Badge, Seal, Time, Who } from "../parts/marks.tsx"
import { Failed, Loading } from "../parts/states.tsx"
import { TaskDialog } from "../parts/task-dialog.tsx"
import { go, href, place } from "../route.ts"
import { pactId } from "../state.ts"
import { capital, countdown, line, number } from "../text.ts"

export const Tasks = () => {
  const id = pactId.value
  const [board, setBoard] = useState<Board | null>(null)
  const [adding, setAdding] = useState(false)
  useEffect(() => {
    if (id === null) return
    const made = new Board(id)
    setBoard(made)
    return () => made.close()
  }, [id])
  const open = place.value.id
  return (
    <div class="screen tasks">
      <header class="screen-head">
        <h2 class="title">Tasks</h2>
        <button type="button" class="button primary" onClick={() => setAdding(true)}>
          Add a task
        </button>
      </header>
      {board === null ? <Waiting /> : <Columns board={board} />}
      {open === null ? null : <TaskDialog key={open} id={open} onClose={() => go({ screen: "tasks" })} />}
      {adding && id !== null ? <AddTask pact={id} onClose={() => setAdding(false)} /> : null}
    </div>
  )
}

const Columns = ({ board }: { readonly board: Board }) => {
  const { columns, error } = board.state.value
  const now = useNow("second")
  if (columns === null) return error === null ? <Waiting /> : <Failed error={error} retry={board.again} />
  // Leases run out without a word. Such a task is open to everybody again.
  const over = columns.claimed.tasks.filter((task) => isExpired(task, now))
  const shown: Readonly<Record<Status, ReadonlyArray<Task>>> = {
    open: over.length === 0 ? columns.open.tasks : [...over, ...columns.open.tasks],
    claimed: over.length === 0 ? columns.claimed.tasks : columns.claimed.tasks.filter((task) => !over.includes(task)),
    complete: columns.complete.tasks
  }
  return (
    <div class="board">
      {statuses.map((status) => (
        <section key={status} class="panel column" aria-labelledby={`column-${status}`}>
          <h2 id={`column-${status}`}>
            {capital(status)}{" "}
            <span class="column-count">
              {number(shown[status].length)}
              {columns[status].more ? "+" : ""}
            </span>
          </h2>
          {shown[status].length === 0 ? (
            <p class="quiet">{words[status]}</p>
          ) : (
            <List
              label={`${capital(status)} tasks`}
              items={shown[status]}
              keyOf={(task) => task.id}
              height={6.5}
              open={place.value.id}
              row={(task) => <Card task={task} now={now} />}
              onEnd={() => void board.more(status)}
            />
          )}
        </section>
      ))}
    </div>
  )
}

/** The board before its tasks are here. */
const Waiting = () => (
  <div class="board">
    {statuses.map((status) => (
      <section key={status} class="panel column">
        <h2>{capital(status)}</h2>
        <Loading rows={3} />
      </section>
    ))}
  </div>
)

const words: Readonly<Record<Status, string>> = {
  open: "Nothing to do.",
  claimed: "Nobody is at work.",
  complete: "Nothing is done yet."
}

const Card = ({ now, task }: { readonly task: Task; readonly now: number }) => {
  const expired = task.expired_at !== null || isExpired(task, now)
  return (
    <a class="entry-row card" href={href({ screen: "tasks", id: task.id })}>
      <bdi class="card-title">{line(task.title, 160)}</bdi>
      <span class="entry-meta">
        <Who id={task.claimed_by ?? task.agent_id} />
        {task.worker === null || expired ? null : <bdi class="worker">{line(task.worker, 30)}</bdi>}
      </span>
      <span class="entry-meta">
        {task.status === "claimed" && !expired && task.claim_expires_at !== null ? (
          <Lease left={task.claim_expires_at - now} />
        ) : (
          <Time at={task.updated_at} />
        )}
        {expired && task.status !== "complete" ? <Badge tone="warn">Lease ran out</Badge> : null}
        {task.assigned_to !== null && task.status === "open" ? <Badge tone="info">Assigned</Badge> : null}
        <Seal confirmed={task.confirmed} />
      </span>
    </a>
  )
}

const Lease = ({ left }: { readonly left: number }) => (
  <span class={left < 60_000 ? "lease short" : "lease"} title="Until the lease runs out">
    {countdown(left)} left
  </span>
)

const AddTask = ({ onClose, pact }: { readonly pact: string; readonly onClose: () => void }) => {
  const [title, setTitle] = useState("")
  const [description, setDescription] = useState("")
  const submit = () =>
    api.addTask(pact, {
      title: title.trim(),
      ...(description.trim() === "" ? {} : { description: description.trim() })
    })
  return (
    <Dialog title="Add a task" onClose={onClose}>
      <Form action="Add task" ready={title.trim() !== ""} submit={submit} done={onClose} cancel={onClose}>
        <Field label="Title" value={title} onInput={setTitle} max={200} required autofocus />
        <Field
          label="Description"
          value={description}
          onInput={setDescription}
          lines={5}
          hint="Markdown, if you like."
        />
      </Form>
    </Dialog>
  )
}
