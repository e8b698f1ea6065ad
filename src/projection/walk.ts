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
  window: Window,
  { since, table = "entry" }: WalkOptions = {}
): ReadonlyArray<Row> => {
  const { high, limit, low, order } = window
  const rows: Array<Row> = []
  const [newer, time]: readonly [string, ReadonlyArray<Value>] =
    since === undefined ? ["", []] : ["and e.timestamp >= ?", [since]]
  const takeOpen = (): void => {
    const sql = `select e.position, e.body from posting p cross join ${table} e on e.position = p.position
      where p.list = ? and p.position between ? and ? ${newer} order by p.position ${order} limit ?`
    rows.push(...db.all<Row>(sql, list, low, high, ...time, limit - rows.length))
  }
  if (order === "desc") takeOpen()
  if (rows.length < limit) {
    for (const positions of fullRuns(db, list, window, since ?? 0)) {
      const left = limit - rows.length
      const some = since === undefined ? positions.slice(0, left) : positions
      // What json_each gives stays in its order.
      const sql = `select e.position, e.body from json_each(?) cross join ${table} e on e.position = value ${newer} limit ?`
      rows.push(...db.all<Row>(sql, `[${some.join()}]`, ...time, left))
      if (rows.length === limit) return rows
    }
    if (order === "asc") takeOpen()
  }
  return rows
}

/** The positions of a window that full runs hold, a run at a time, but for runs that hold nothing so new. */
function* fullRuns(
  db: Database,
  list: number,
  { high, low, order }: Window,
  since: number
): Iterable<ReadonlyArray<number>> {
  // A run is named by its last position, so going down begins at the run that holds `high`.
  let edge =
    order === "asc"
      ? low
      : (db.get<{ last: number }>(
          "select last from span where list = ? and last >= ? order by last limit 1",
          list,
          high
        )?.last ?? high)
  for (;;) {
    const span =
      order === "asc"
        ? db.get<Span>(
            "select last, positions from span where list = ? and last >= ? and newest >= ? order by last limit 1",
            list,
            edge,
            since
          )
        : db.get<Span>(
            "select last, positions from span where list = ? and last between ? and ? and newest >= ? order by last desc limit 1",
            list,
            low,
            edge,
            since
          )
    if (span === undefined) return
    const inside = positionsOf(span.positions).filter((position) => position >= low && position <= high)
    yield order === "asc" ? inside : inside.toReversed()
    if (order === "asc" && span.last >= high) return
    edge = order === "asc" ? span.last + 1 : span.last - 1
  }
}

interface Span {
  readonly last: number
  readonly positions: string
}
