import type { Database } from "./database.ts"
import { closed, type Envelope, envelopeOf, identOfEntry, listsOf } from "./entry.ts"
import { restore, type Touched } from "./facts.ts"
import { identOf } from "./ident.ts"
import type { WrittenList, Lists } from "./lists.ts"
import { undoRecords } from "./undo.ts"

/** Where to go back to: the length of the log and the number of entries in it. */
export interface Point {
  readonly length: number
  readonly position: number
}

/**
 * Takes back every block from `length` on, in the caller's transaction. After it each table but `words`, which the
 * caller sees to, is what it was at that length.
 * Only works down to the signed length: what lies before it keeps no undo. Returns the ids that were taken back, in order.
 */
export const rollBack = (
  db: Database,
  lists: Lists,
  { length, position }: Point,
  touched: Touched
): ReadonlyArray<string> => {
  for (const record of undoRecords(db, length)) restore(db, record, touched)
  const entries = db.all<{ body: string; root: number | null }>(
    "select body, root from entry where position >= ? order by position",
    position
  )
  dropLists(db, position)
  lists.forget()
  const shrunk = new Map<WrittenList, number>()
  const ids: Array<string> = []
  for (const { body, root } of entries) {
    const entry = envelopeOf(closed(body)) as Envelope & { readonly id: string }
    ids.push(entry.id)
    dropIdent(db, entry, position)
    for (const [kind, name] of listsOf(entry, root)) {
      const list = lists.find(kind, name)
      if (list !== undefined) shrunk.set(list, (shrunk.get(list) ?? 0) + 1)
    }
  }
  for (const [list, count] of shrunk) lists.cut(list, count, position)
  lists.flush()
  db.run("delete from skill where position >= ?", position)
  db.run("delete from entry where position >= ?", position)
  db.run("delete from block where length > ?", length)
  db.run("delete from undo where block >= ?", length)
  return ids
}

/** Lists are made in the order of the log, so those that came since are the last ones. */
const dropLists = (db: Database, position: number): void => {
  for (;;) {
    const last = db.get<{ id: number; created: number }>(
      "select id, created from list where id > 0 order by id desc limit 1"
    )
    if (last === undefined || last.created < position) return
    db.run("delete from posting where list = ?", last.id)
    db.run("delete from span where list = ?", last.id)
    db.run("delete from list where id = ?", last.id)
  }
}

const dropIdent = (db: Database, { id, refs }: Envelope & { readonly id: string }, position: number): void => {
  const { n, prefix } = identOfEntry(id)
  db.run("delete from ident where prefix = ? and n = ?", prefix, n)
  for (const ref of refs) {
    const target = identOf(ref)
    if (target !== null)
      db.run("delete from ref where prefix = ? and n = ? and position >= ?", target.prefix, target.n, position)
  }
}
