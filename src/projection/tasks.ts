import { StorageFull } from "../domain/errors.ts"
import { limits } from "../domain/limits.ts"
import type { TaskFact } from "../engine/facts.ts"
import type { Database, Value } from "./database.ts"
import { scopeOf } from "./cursor.ts"
import { closed, type Envelope, envelopeOf } from "./entry.ts"
import { taskState } from "./facts.ts"
import { findList, listKind } from "./lists.ts"
import { type Page, type PageOptions, pageOf, positionOf, type Row, type ServedRow, type Window } from "./page.ts"
import type { Reading } from "./reading.ts"
import { readList } from "./walk.ts"

export type TaskStatus = "open" | "claimed" | "complete"

/** Filters hold for what is shown: a claim whose lease is over counts as open, and has no claimer. */
export interface TaskFilter {
  readonly status?: TaskStatus | undefined
  readonly assigned_to?: string | undefined
  readonly claimed_by?: string | undefined
}

/** A task's state, and the fact behind it. */
export interface FoundState extends ServedRow {
  readonly fact: TaskFact
}

/** The same with what led to it: the entries that made and changed it, oldest first. `cut`: older changes are left out. */
export interface FoundTask extends FoundState {
  readonly history: ReadonlyArray<ServedRow>
  readonly cut: boolean
}

/** One more than the changes that are shown. */
const historyMax = 1000

/** By the position of the entry that made the task. `now` is the reader's clock, ms. */
export const tasks = (reading: Reading, filter: TaskFilter, now: number, options: PageOptions): Page => {
  const { confirmed, db, pactId, readOnly } = reading
  // Until it may be swept again a list is read as it was. Each task still shows what the clock says.
  if (!readOnly) sweep(db, now)
  const scope = scopeOf(pactId, "tasks", [filter.status, filter.assigned_to, filter.claimed_by, options.order])
  return pageOf(db, options, scope, confirmed, (window) =>
    positions(db, filter, window).map((position) => shown(taskAt(db, position), confirmed, now))
  )
}

export const taskById = (reading: Reading, id: string, now: number): FoundTask | null => {
  const { confirmed, db } = reading
  const state = taskStateById(reading, id, now)
  const made =
    state === null ? undefined : db.get<Row>("select position, body from entry where position = ?", state.position)
  if (state === null || made === undefined) return null
  const list = findList(db, listKind.history, id)
  const changes =
    list === undefined
      ? []
      : readList(db, list.id, { low: 0, high: Number.MAX_SAFE_INTEGER, order: "desc", limit: historyMax })
  const cut = changes.length === historyMax
  const history = [made, ...(cut ? changes.slice(0, -1) : changes).toReversed()]
  return { ...state, cut, history: history.map((entry) => ({ ...entry, confirmed: entry.position < confirmed })) }
}

/** Costs the same however long the history is. */
export const taskStateById = ({ confirmed, db }: Reading, id: string, now: number): FoundState | null => {
  const position = positionOf(db, id)
  const row = position === null ? undefined : db.get<TaskRow>(byPosition, position)
  return row === undefined ? null : { ...shown(row, confirmed, now), fact: JSON.parse(row.fact) as TaskFact }
}

interface TaskRow extends Row {
  readonly fact: string
  readonly updated: number
  readonly updated_at: number
  /** The body of the entry that completed it. */
  readonly done: string | null
}

const byPosition = `select t.position, e.body, t.fact, t.updated, u.timestamp updated_at, d.body done
  from task t cross join entry e on e.position = t.position cross join entry u on u.position = t.updated
  left join entry d on d.position = t.done where t.position = ?`

const taskAt = (db: Database, position: number): TaskRow => {
  const row = db.get<TaskRow>(byPosition, position)
  if (row === undefined) throw new Error(`the task at ${position} is not there`)
  return row
}

const shown = (row: TaskRow, confirmed: number, now: number): ServedRow => {
  const fact = JSON.parse(row.fact) as TaskFact
  const made = envelopeOf(closed(row.body)) as Envelope & { readonly id: string }
  const end = endOf(fact, now)
  // As `apply` has it: at the end of the lease it is over.
  const lapsed = end !== null && end <= now
  const held = fact.status !== "open" && !lapsed
  const task = {
    id: fact.id,
    title: made.payload["title"],
    description: made.payload["description"] ?? null,
    status: lapsed ? "open" : fact.status,
    claimed_by: held ? fact.holder : null,
    worker: held ? fact.worker : null,
    claim: held ? fact.claim : null,
    fence: fact.fence,
    claim_expires_at: held ? end : null,
    assigned_to: fact.assigned_to,
    result: row.done === null ? null : (envelopeOf(closed(row.done)).payload["result"] ?? null),
    timestamp: made.timestamp,
    updated_at: row.updated_at,
    claimed_at: held ? fact.claimed_at : null,
    expired_at: lapsed ? end : null,
    agent_id: made.agent_id,
    display_name: made.display_name,
    refs: made.refs
  }
  return { position: row.position, body: JSON.stringify(task).slice(0, -1), confirmed: row.updated < confirmed }
}

/** When the lease of a claim ends for a reader whose clock says `now`. Null where nobody has claimed. */
export const endOf = ({ ahead, status, until }: TaskFact, now: number): number | null =>
  status !== "claimed" ? null : ahead !== undefined && now < ahead.since - limits.clockAhead ? ahead.until : until

/**
 * Moves claims to `lapsed` once their lease is over, and back where the clock went back. So a filter is a walk along an index,
 * whatever the clock says, and each claim is moved once.
 */
const sweep = (db: Database, now: number): void => {
  const values = (where: string) => Array.from(where.matchAll(/\?/g), () => now)
  const isDue = ({ index, where }: Move): boolean =>
    db.get(`select 1 from task indexed by ${index} where ${where} limit 1`, ...values(where)) !== undefined
  if (!moves.some(isDue)) return
  try {
    db.transaction(() => {
      for (const { index, to, where } of moves)
        db.run(`update task indexed by ${index} set state = ${to} where ${where}`, ...values(where))
    })
  } catch (cause) {
    // Without room for it a list is read as it was last swept. Each task still shows what the clock says.
    if (!(cause instanceof StorageFull)) throw cause
  }
}

interface Move {
  readonly to: number
  readonly index: string
  /** Each `?` is what the reader's clock says. */
  readonly where: string
}
const { claimed, lapsed } = taskState
const moves: ReadonlyArray<Move> = [
  { to: lapsed, index: "task_until", where: `state = ${claimed} and until <= ?` },
  { to: lapsed, index: "task_bound", where: `state = ${claimed} and bound <= ? and early > ?` },
  {
    to: claimed,
    index: "task_until",
    where: `state = ${lapsed} and until > ? and (bound is null or bound > ? or early <= ?)`
  }
]

/** The states that a filter lets through. Nothing that is open has a claimer. */
const statesOf = ({ claimed_by: claimedBy, status }: TaskFilter): ReadonlyArray<number> => {
  const { claimed, complete, lapsed, open } = taskState
  const states = { open: [open, lapsed], claimed: [claimed], complete: [complete] }
  const all = status === undefined ? [open, lapsed, claimed, complete] : states[status]
  return claimedBy === undefined ? all : all.filter((state) => state === claimed || state === complete)
}

/** The tasks of a window: one walk for each state, merged. */
const positions = (db: Database, filter: TaskFilter, { high, limit, low, order }: Window): ReadonlyArray<number> => {
  const read = (index: string, where: string, values: ReadonlyArray<Value>): ReadonlyArray<number> =>
    db
      .all<{ position: number }>(
        `select position from task ${index} where ${where} position between ? and ? order by position ${order} limit ?`,
        ...values,
        low,
        high,
        limit
      )
      .map((row) => row.position)
  const { assigned_to: assignedTo, claimed_by: claimedBy, status } = filter
  if (status === undefined && assignedTo === undefined && claimedBy === undefined) return read("", "", [])
  const found = statesOf(filter).flatMap((state) =>
    assignedTo !== undefined && claimedBy !== undefined
      ? read("indexed by task_both", "assignee = ? and claimer = ? and state = ? and", [assignedTo, claimedBy, state])
      : assignedTo !== undefined
        ? read("indexed by task_assignee", "assignee = ? and state = ? and", [assignedTo, state])
        : claimedBy !== undefined
          ? read("indexed by task_claimer", "claimer = ? and state = ? and", [claimedBy, state])
          : read("indexed by task_state", "state = ? and", [state])
  )
  return found.sort((a, b) => (order === "asc" ? a - b : b - a)).slice(0, limit)
}
