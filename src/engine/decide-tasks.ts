import type { EntryOf } from "../domain/entry.ts"
import { limits } from "../domain/limits.ts"
import type { Place } from "./place.ts"
import type { Facts } from "./facts-view.ts"
import type { TaskFact } from "./facts.ts"
import { accept, refuse, type Refusal, type Verdict } from "./verdict.ts"

type TaskEntry = EntryOf<"task">

/** The task state machine. A claim is a fenced lease: who acts under it names it, and an old one never counts. */
export const decideTask = (entry: TaskEntry, place: Place, facts: Facts): Verdict => {
  const { payload, refs } = entry
  if (payload.status === "open" && "title" in payload) return accept(created(entry, place))
  const task = refs[0] === undefined ? null : facts.task(refs[0])
  if (task === null) return refuse("NOT_FOUND")
  if (payload.status === "claimed" && payload.renew !== true) return claim(entry, place, task)

  const named = refs[1] ?? null
  const code = named === null ? unnamed(entry, place, task) : requireClaim(entry, place, task, named)
  if (code !== null) return refuse(code)
  switch (payload.status) {
    case "claimed":
      return accept({ ...dropAhead(task), ...leaseOf(entry, place, entry.ttl ?? task.lease ?? limits.leaseDefault) })
    case "open":
      return accept({ ...free(task), status: "open" })
    case "complete":
      return accept(
        named === null ? { ...free(task), status: "complete" } : { ...dropAhead(task), status: "complete", until: null }
      )
  }
}

const created = (entry: TaskEntry, place: Place): TaskFact => ({
  kind: "task",
  id: place.id,
  status: "open",
  assigned_to: "assigned_to" in entry.payload ? (entry.payload.assigned_to as string) : null,
  ttl: entry.ttl ?? null,
  claim: null,
  fence: 0,
  ...unheld
})

const unheld = { holder: null, holder_key: null, worker: null, claimed_at: null, lease: null, until: null }

const free = (task: TaskFact): TaskFact => ({ ...dropAhead(task), claim: null, ...unheld })

const dropAhead = ({ ahead: _ahead, ...task }: TaskFact): TaskFact => task

/**
 * A lease counts from what the clock of its writer says. After a quiet time the pact's time is behind that and needs an entry
 * for each day of it to catch up: a lease that counted from there would be over at once.
 */
const leaseOf = ({ timestamp }: TaskEntry, { time }: Place, lease: number) => ({
  until: Math.min(timestamp + lease, limits.timestamp),
  ...(timestamp > time ? { ahead: { since: timestamp, until: time + lease } } : {})
})

const claim = (entry: TaskEntry, place: Place, task: TaskFact): Verdict => {
  if (task.status === "complete") return refuse("TASK_ALREADY_COMPLETE")
  if (isHeld(task, entry, place)) return refuse("TASK_ALREADY_CLAIMED")
  if (!mayTake(entry, task)) return refuse("NOT_ASSIGNEE")
  const lease = entry.ttl ?? task.ttl ?? limits.leaseDefault
  return accept({
    ...dropAhead(task),
    status: "claimed",
    claim: place.id,
    fence: task.fence + 1,
    holder: entry.agent_id,
    holder_key: place.writer,
    worker: workerOf(entry),
    claimed_at: entry.timestamp,
    lease,
    ...leaseOf(entry, place, lease)
  })
}

/** Acting under a claim: it is the one in force, it is the writer's own, and its lease has not run out. */
const requireClaim = (entry: TaskEntry, place: Place, task: TaskFact, named: string): Refusal | null => {
  if (task.claim !== named) return "STALE_CLAIM"
  if (task.status === "complete") return "TASK_ALREADY_COMPLETE"
  if (!isHolder(entry, place, task)) return "NOT_CLAIMER"
  return isHeld(task, entry, place) ? null : "STALE_CLAIM"
}

/** Acting without a claim: only completing a task that nobody holds. */
const unnamed = (entry: TaskEntry, place: Place, task: TaskFact): Refusal | null => {
  if (task.status === "complete") return "TASK_ALREADY_COMPLETE"
  if (isHeld(task, entry, place)) return isHolder(entry, place, task) ? "STALE_CLAIM" : "NOT_CLAIMER"
  if (entry.payload.status !== "complete") return "NOT_CLAIMED"
  return mayTake(entry, task) ? null : "NOT_ASSIGNEE"
}

/**
 * One that was taken ahead of the pact's time holds until it is over by the pact's time and by the clock of who asks. Where
 * that clock is more than a day behind the holder's, the holder's is taken to be wrong, and the pact's time alone counts.
 */
const isHeld = ({ ahead, status, until }: TaskFact, { timestamp }: TaskEntry, { time }: Place): boolean => {
  if (status !== "claimed" || until === null) return false
  if (ahead === undefined) return time < until
  return time < ahead.until || (timestamp < until && timestamp >= ahead.since - limits.clockAhead)
}

const isHolder = (entry: TaskEntry, place: Place, task: TaskFact): boolean =>
  task.holder_key === place.writer && task.worker === workerOf(entry)

const mayTake = (entry: TaskEntry, task: TaskFact): boolean =>
  task.assigned_to === null || task.assigned_to === entry.agent_id

const workerOf = (entry: TaskEntry): string | null =>
  "worker" in entry.payload && typeof entry.payload.worker === "string" ? entry.payload.worker : null
