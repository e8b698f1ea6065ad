import { limits } from "../domain/limits.ts"
import type { Fact, MemberFact, TaskFact } from "../engine/facts.ts"
import type { Database } from "./database.ts"
import { identOfEntry } from "./entry.ts"
import type { Undo, UndoRecord } from "./undo.ts"

/** The subjects whose facts a transaction set or took back. */
export interface Touched {
  /** Task ids. */
  readonly tasks: Set<string>
  /** Member keys. */
  readonly members: Set<string>
  /** Public keys of invites. */
  readonly invites: Set<string>
  pact: boolean
}

export const nothingTouched = (): Touched => ({ tasks: new Set(), members: new Set(), invites: new Set(), pact: false })

/** How the status of a task is stored. `lapsed` is a claim whose lease was over when a reader last looked. */
export const taskState = { open: 0, claimed: 1, complete: 2, lapsed: 3 } as const

interface TaskRow {
  readonly fact: string
  readonly updated: number
  readonly done: number | null
}
interface InviteRow {
  readonly fact: string
  readonly position: number
  readonly redeemed: number | null
}
interface MemberRow {
  readonly fact: string
  readonly position: number
}
interface FactRow {
  readonly fact: string
}

/** Takes over what an accepted entry set. `id` and `position` are the entry's. Without `undo` it can't be taken back. */
export const setFact = (
  db: Database,
  fact: Fact,
  id: string,
  position: number,
  touched: Touched,
  undo: Undo | null
): void => {
  const text = JSON.stringify(fact)
  switch (fact.kind) {
    case "task": {
      const task = fact.id === id ? position : taskPosition(db, fact.id)
      const before = fact.id === id ? undefined : taskRow(db, task)
      undo?.keep("task", String(task), before ?? null)
      const done = fact.status === "complete" ? (before?.done ?? position) : null
      putTask(db, task, { fact: text, updated: position, done })
      touched.tasks.add(fact.id)
      return
    }
    case "member": {
      undo?.keep("member", fact.key, memberRow(db, fact.key) ?? null)
      putMember(db, fact.key, { fact: text, position })
      touched.members.add(fact.key)
      return
    }
    case "invite": {
      const before = inviteRow(db, fact.invite)
      undo?.keep("invite", fact.invite, before ?? null)
      const redeemed = fact.redeemed_by === null ? null : (before?.redeemed ?? position)
      putInvite(db, fact.invite, { fact: text, position: before?.position ?? position, redeemed })
      touched.invites.add(fact.invite)
      return
    }
    case "pact": {
      undo?.keep("pact", "", pactRow(db) ?? null)
      putPact(db, { fact: text })
      touched.pact = true
    }
  }
}

/** Puts back what a record kept. */
export const restore = (db: Database, { key, kind, value }: UndoRecord, touched: Touched): void => {
  const row: unknown = value === null ? null : JSON.parse(value)
  switch (kind) {
    case "task": {
      const task = Number(key)
      const now = taskRow(db, task)
      if (now !== undefined) touched.tasks.add((JSON.parse(now.fact) as TaskFact).id)
      return row === null ? db.run("delete from task where position = ?", task) : putTask(db, task, row as TaskRow)
    }
    case "member":
      touched.members.add(key)
      return putMember(db, key, row as MemberRow | null)
    case "invite":
      touched.invites.add(key)
      return row === null ? db.run("delete from invite where invite = ?", key) : putInvite(db, key, row as InviteRow)
    case "pact":
      touched.pact = true
      return row === null ? db.run("delete from pact") : putPact(db, row as FactRow)
    case "refused": {
      const { n, prefix } = identOfEntry(key)
      return db.run("delete from refused where prefix = ? and n = ?", prefix, n)
    }
  }
}

const taskPosition = (db: Database, id: string): number => {
  const { n, prefix } = identOfEntry(id)
  const found = db.get<{ position: number }>("select position from ident where prefix = ? and n = ?", prefix, n)
  if (found === undefined) throw new Error(`the log holds a fact of task ${id}, and no entry that made it`)
  return found.position
}

const taskRow = (db: Database, position: number): TaskRow | undefined =>
  db.get<TaskRow>("select fact, updated, done from task where position = ?", position)

const putTask = (db: Database, position: number, { done, fact, updated }: TaskRow): void => {
  const { ahead, assigned_to, holder, status, until } = JSON.parse(fact) as TaskFact
  const lease = status === "claimed" ? until : null
  db.run(
    `insert or replace into task (position, state, assignee, claimer, until, bound, early, updated, done, fact)
      values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
    position,
    taskState[status],
    assigned_to,
    holder,
    lease,
    ahead?.until ?? null,
    ahead === undefined ? null : ahead.since - limits.clockAhead,
    updated,
    done,
    fact
  )
}

const memberRow = (db: Database, key: string): MemberRow | undefined =>
  db.get<MemberRow>("select fact, position from member where key = ?", key)
/** Null takes the member away. The tally is kept here, so that nobody has to count. */
const putMember = (db: Database, key: string, row: MemberRow | null): void => {
  const before = db.get<{ active: number }>("select active from member where key = ?", key)
  const active = row === null ? 0 : Number((JSON.parse(row.fact) as MemberFact).active)
  if (row === null) db.run("delete from member where key = ?", key)
  else db.run("insert or replace into member values (?, ?, ?, ?)", key, active, row.position, row.fact)
  db.run(
    "update tally set members = members + ?, active = active + ?",
    Number(row !== null) - Number(before !== undefined),
    active - (before?.active ?? 0)
  )
}

const inviteRow = (db: Database, invite: string): InviteRow | undefined =>
  db.get<InviteRow>("select fact, position, redeemed from invite where invite = ?", invite)
const putInvite = (db: Database, invite: string, { fact, position, redeemed }: InviteRow): void =>
  db.run(
    "insert or replace into invite (position, invite, redeemed, fact) values (?, ?, ?, ?)",
    position,
    invite,
    redeemed,
    fact
  )

const pactRow = (db: Database): FactRow | undefined => db.get<FactRow>("select fact from pact")
const putPact = (db: Database, { fact }: FactRow): void => db.run("insert or replace into pact values (1, ?)", fact)
