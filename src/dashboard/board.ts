import { signal } from "@preact/signals"
import { api, type Task } from "./api.ts"
import { type Happening, listen } from "./events.ts"

export const statuses = ["open", "claimed", "complete"] as const
export type Status = (typeof statuses)[number]

interface Column {
  readonly tasks: ReadonlyArray<Task>
  readonly more: boolean
}
export interface BoardState {
  readonly columns: Readonly<Record<Status, Column>> | null
  readonly error: unknown
}

const page = 100
/** More than a column shows before somebody asks. */
const most = 2000
const gather = 60

/** The tasks of a pact by their status, kept as the daemon has them. */
export class Board {
  readonly state = signal<BoardState>({ columns: null, error: null })
  readonly #pactId: string
  readonly #cursors = new Map<Status, string | null>()
  readonly #leave: () => void
  #waiting = new Map<string, Task>()
  #timer: ReturnType<typeof setTimeout> | undefined
  #turn = 0

  constructor(pactId: string) {
    this.#pactId = pactId
    this.#leave = listen((happened) => this.#hear(happened))
    this.again()
  }

  close(): void {
    this.#leave()
    clearTimeout(this.#timer)
    this.#turn++
  }

  readonly again = (): void => {
    const turn = ++this.#turn
    Promise.all(statuses.map((status) => api.tasks(this.#pactId, { status, limit: page }))).then(
      (pages) => {
        if (turn !== this.#turn) return
        const columns = statuses.map((status, i) => {
          const { cursor, entries, has_more } = pages[i]!
          this.#cursors.set(status, cursor)
          return [status, { tasks: entries.map(lean), more: has_more }]
        })
        this.state.value = { columns: Object.fromEntries(columns) as Record<Status, Column>, error: null }
      },
      (error: unknown) => turn === this.#turn && (this.state.value = { ...this.state.peek(), error })
    )
  }

  /** Reads the next page of a column. */
  readonly more = async (status: Status): Promise<void> => {
    const cursor = this.#cursors.get(status) ?? null
    if (cursor === null) return
    const turn = this.#turn
    this.#cursors.set(status, null)
    const read = await api.tasks(this.#pactId, { status, limit: page, cursor })
    const { columns } = this.state.peek()
    if (turn !== this.#turn || columns === null) return
    this.#cursors.set(status, read.cursor)
    const known = new Set(columns[status].tasks.map(({ id }) => id))
    const tasks = [...columns[status].tasks, ...read.entries.filter(({ id }) => !known.has(id)).map(lean)]
    this.state.value = { columns: { ...columns, [status]: { tasks, more: read.has_more } }, error: null }
  }

  #hear({ data, event }: Happening): void {
    if (event === "lost" && (data.pact_id ?? this.#pactId) === this.#pactId) return this.again()
    if (event !== "task-changed" || data.pact_id !== this.#pactId || data.task === undefined) return
    this.#waiting.set(data.task.id, lean(data.task))
    this.#timer ??= setTimeout(() => this.#flush(), gather)
  }

  /** Each task that changed goes on top of the column it belongs to now. */
  #flush(): void {
    this.#timer = undefined
    const changed = this.#waiting
    this.#waiting = new Map()
    const { columns, error } = this.state.peek()
    if (columns === null) return
    const next = statuses.map((status) => {
      const { more, tasks } = columns[status]
      const here = [...changed.values()].filter((task) => task.status === status).toReversed()
      const rest = tasks.filter(({ id }) => !changed.has(id))
      if (here.length === 0 && rest.length === tasks.length) return [status, columns[status]]
      const all = [...here, ...rest]
      return [status, { tasks: all.slice(0, most), more: more || all.length > most }]
    })
    this.state.value = { columns: Object.fromEntries(next) as Record<Status, Column>, error }
  }
}

/** What a card shows. The whole task is read when it is opened. */
const lean = (task: Task): Task => ({ ...task, description: null, result: null })

/** A lease that ran out while we looked on: no event says so, and nobody holds the task any more. */
export const isExpired = ({ claim_expires_at: end, status }: Task, now: number): boolean =>
  status === "claimed" && end !== null && end <= now
