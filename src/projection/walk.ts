import type { Database, Value } from "./database.ts"
import { positionsOf } from "./lists.ts"
import type { Row, Window } from "./page.ts"

export interface WalkOptions {
  /** Only entries of this time or later, ms. By the writers' clocks. */
  readonly since?: number | undefined
  /** The table with the bodies. */
  readonly table?: "entry" | "skill"
}

/**
 * A window of a list: the rows of its open run, and those of its full runs, one span after the other, until there are enough.
 * Lists run by position and clocks don't, so what is no older than `since` may lie anywhere: the spans name the runs that hold
 * something so new, and no other full run is read.
 */
export const readList = (
  db: Database,
  list: number,
  { high, limit, low, order }: Window,
  { since, table = "entry" }: WalkOptions = {}
): ReadonlyArray<Row> => {
  const newest = since ?? 0
  const [newer, time]: readonly [string, ReadonlyArray<Value>] =
    since === undefined ? ["", []] : ["and e.timestamp >= ?", [since]]
  const rows: Array<Row> = []
  const takeOpen = (): boolean => {
    const sql = `select e.position, e.body from posting p cross join ${table} e on e.position = p.position
      where p.list = ? and p.position between ? and ? ${newer} order by p.position ${order} limit ?`
    rows.push(...db.all<Row>(sql, list, low, high, ...time, limit - rows.length))
    return rows.length < limit
  }
  const take = (span: Span): boolean => {
    const left = limit - rows.length
    let positions = positionsOf(span.positions).filter((position) => position >= low && position <= high)
    if (order === "desc") positions.reverse()
    if (since === undefined) positions = positions.slice(0, left)
    // They stay in their order.
    const sql = `select e.position, e.body from json_each(?) cross join ${table} e on e.position = value ${newer} limit ?`
    rows.push(...db.all<Row>(sql, `[${positions.join()}]`, ...time, left))
    return rows.length < limit
  }
  if (order === "asc") {
    let span = spanFrom(db, list, low, newest)
    for (; span !== undefined; span = spanFrom(db, list, span.last + 1, newest)) {
      if (!take(span) || span.last >= high) return rows
    }
    takeOpen()
    return rows
  }
  // Further down than the newest of all, a walk begins within a full run nearly always. That one is found by its place
  // alone: to pass over those that hold nothing so new would lead away from it, up to the end of the list.
  let span = high === Number.MAX_SAFE_INTEGER ? undefined : spanFrom(db, list, high, 0)
  if (span === undefined) {
    if (!takeOpen()) return rows
    span = spanBefore(db, list, high, newest)
  }
  while (span !== undefined && span.last >= low && take(span)) span = spanBefore(db, list, span.last - 1, newest)
  return rows
}

/** A full run by the position it ends with. */
interface Span {
  readonly last: number
  readonly positions: string
}

/** The run that holds a position, or the first one after it, which holds an entry of that time or later. */
const spanFrom = (db: Database, list: number, position: number, newest: number): Span | undefined =>
  db.get(
    "select last, positions from span where list = ? and last >= ? and newest >= ? order by last limit 1",
    list,
    position,
    newest
  )

/** The last run that ends at a position or before, and holds an entry of that time or later. */
const spanBefore = (db: Database, list: number, position: number, newest: number): Span | undefined =>
  db.get(
    "select last, positions from span where list = ? and last <= ? and newest >= ? order by last desc limit 1",
    list,
    position,
    newest
  )
