import type { Database } from "./database.ts"
import type { Row, Window } from "./page.ts"

interface Span {
  readonly first: number
  readonly last: number
}

/**
 * A window of a list with only the entries of a time or later. Lists run by position and clocks don't, so the answer may lie
 * anywhere: the spans name the runs of the list that hold something so new, and only those and the last, open run are read.
 */
export const readSince = (db: Database, list: number, since: number, window: Window): ReadonlyArray<Row> => {
  const rows: Array<Row> = []
  const take = ({ first, last }: Span): boolean => {
    const low = Math.max(first, window.low)
    const high = Math.min(last, window.high)
    if (low <= high) rows.push(...db.all<Row>(inRun(window.order), list, low, high, since, window.limit - rows.length))
    return rows.length < window.limit
  }
  const closed =
    db.get<{ last: number }>("select last from span where list = ? order by last desc limit 1", list)?.last ?? -1
  const open: Span = { first: closed + 1, last: Number.MAX_SAFE_INTEGER }
  if (window.order === "asc") {
    for (let span = spanAt(db, list, window.low); span !== undefined; span = nextSpan(db, list, span.last, since)) {
      if (span.newest >= since && !take(span)) return rows
    }
    take(open)
    return rows
  }
  if (!take(open)) return rows
  const start = window.high > closed ? undefined : spanAt(db, list, window.high)
  if (start !== undefined && start.newest >= since && !take(start)) return rows
  for (
    let span = spanBefore(db, list, start?.last ?? window.high, since);
    span !== undefined;
    span = spanBefore(db, list, span.last, since)
  ) {
    if (!take(span)) return rows
  }
  return rows
}

const inRun = (order: "asc" | "desc"): string =>
  `select p.position, e.body from posting p cross join entry e on e.position = p.position
    where p.list = ? and p.position between ? and ? and e.timestamp >= ? order by p.position ${order} limit ?`

/** The run that holds a position, or the first one after it. */
const spanAt = (db: Database, list: number, position: number): (Span & { readonly newest: number }) | undefined =>
  db.get("select first, last, newest from span where list = ? and last >= ? order by last limit 1", list, position)

const nextSpan = (
  db: Database,
  list: number,
  last: number,
  since: number
): (Span & { readonly newest: number }) | undefined =>
  db.get(
    "select first, last, newest from span where list = ? and last > ? and newest >= ? order by last limit 1",
    list,
    last,
    since
  )

const spanBefore = (db: Database, list: number, last: number, since: number): Span | undefined =>
  db.get(
    "select first, last from span where list = ? and last < ? and newest >= ? order by last desc limit 1",
    list,
    last,
    since
  )
