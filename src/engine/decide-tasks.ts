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
      return accept({ ...task, until: place.time + (entry.ttl ?? task.lease ?? limits.leaseDefault) })
    case "open":
      return accept({ ...free(task), status: "open" })
    case "complete":
      return accept(
        named === null ? { ...free(task), status: "complete" } : { ...task, status: "complete", until: null }
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

const free = (task: TaskFact): TaskFact => ({ ...task, claim: null, ...unheld })

const claim = (entry: TaskEntry, place: Place, task: TaskFact): Verdict => {
  if (task.status === "complete") return refuse("TASK_ALREADY_COMPLETE")
  if (isHeld(task, place.time)) return refuse("TASK_ALREADY_CLAIMED")
  if (!mayTake(entry, task)) return refuse("NOT_ASSIGNEE")
  const lease = entry.ttl ?? task.ttl ?? limits.leaseDefault
  return accept({
    ...task,
    status: "claimed",
    claim: place.id,
    fence: task.fence + 1,
    holder: entry.agent_id,
    holder_key: place.writer,
    worker: workerOf(entry),
    claimed_at: place.time,
    lease,
    until: place.time + lease
  })
}

/** Acting under a claim: it is the one in force, it is the writer's own, and its lease has not run out. */
const requireClaim = (entry: TaskEntry, place: Place, task: TaskFact, named: string): Refusal | null => {
  if (task.claim !== named) return "STALE_CLAIM"
  if (task.status === "complete") return "TASK_ALREADY_COMPLETE"
  if (!isHolder(entry, place, task)) return "NOT_CLAIMER"
  return isHeld(task, place.time) ? null : "STALE_CLAIM"
}

/** Acting without a claim: only completing a task that nobody holds. */
const unnamed = (entry: TaskEntry, place: Place, task: TaskFact): Refusal | null => {
  if (task.status === "complete") return "TASK_ALREADY_COMPLETE"
  if (isHeld(task, place.time)) return isHolder(entry, place, task) ? "STALE_CLAIM" : "NOT_CLAIMER"
  if (entry.payload.status !== "complete") return "NOT_CLAIMED"
  return mayTake(entry, task) ? null : "NOT_ASSIGNEE"
}

const isHeld = (task: TaskFact, time: number): boolean =>
  task.status === "claimed" && task.until !== null && time < task.until

const isHolder = (entry: TaskEntry, place: Place, task: TaskFact): boolean =>
  task.holder_key === place.writer && task.worker === workerOf(entry)

const mayTake = (entry: TaskEntry, task: TaskFact): boolean =>
  task.assigned_to === null || task.assigned_to === entry.agent_id

const workerOf = (entry: TaskEntry): string | null =>
  "worker" in entry.payload && typeof entry.payload.worker === "string" ? entry.payload.worker : null
