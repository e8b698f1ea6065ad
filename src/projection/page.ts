import { limits } from "../domain/limits.ts"
import type { Database, Value } from "./database.ts"
import { decodeListCursor, encodeListCursor, type ListCursor } from "./cursor.ts"
import { identOf } from "./ident.ts"

/** An entry as it is served, but for its end: `body + ',"confirmed":' + confirmed + '}'` is its JSON. */
export interface ServedRow {
  readonly position: number
  readonly body: string
  readonly confirmed: boolean
}

export interface PageOptions {
  /** By position in the linear order. Newest first by default. */
  readonly order?: "asc" | "desc" | undefined
  /** 1..1000, 50 by default. */
  readonly limit?: number | undefined
  /** What the page before ended with. */
  readonly cursor?: string | null | undefined
}

/** `cursor` is null where there is no more. */
export interface Page {
  readonly rows: ReadonlyArray<ServedRow>
  readonly cursor: string | null
  readonly hasMore: boolean
}

export interface Row {
  readonly position: number
  readonly body: string
}

/** What a page's rows are read by: positions from `low` to `high`, both included, at most `limit` of them. */
export interface Window {
  readonly low: number
  readonly high: number
  readonly order: "asc" | "desc"
  readonly limit: number
}

/** Reads one page and the cursor behind it. `read` gets one row more than is asked for, to know whether there are more. */
export const pageOf = (
  db: Database,
  options: PageOptions,
  scope: string,
  confirmed: number,
  read: (window: Window) => ReadonlyArray<Row & { readonly confirmed?: boolean }>
): Page => {
  const order = options.order ?? "desc"
  const limit = Math.min(Math.max(options.limit ?? limits.pageDefault, 1), limits.pageMax)
  const after =
    options.cursor === undefined || options.cursor === null ? null : place(db, decodeListCursor(scope, options.cursor))
  const found = read({
    order,
    limit: limit + 1,
    low: order === "asc" && after !== null ? after.position + (after.gone ? 0 : 1) : 0,
    high: order === "desc" && after !== null ? after.position - 1 : Number.MAX_SAFE_INTEGER
  })
  const rows = found.slice(0, limit).map((row): ServedRow => ({
    position: row.position,
    body: row.body,
    confirmed: row.confirmed ?? row.position < confirmed
  }))
  const last = rows.at(-1)
  const hasMore = found.length > limit
  const cursor =
    hasMore && last !== undefined ? encodeListCursor(scope, { id: idOf(last.body), position: last.position }) : null
  return { rows, cursor, hasMore }
}

/**
 * Where the entry of a cursor is now. Where a new order has dropped it, what followed it has moved up into its place, and so
 * a walk upwards begins at its place and a walk downwards before it.
 */
const place = (db: Database, { id, position }: ListCursor): { readonly position: number; readonly gone: boolean } => {
  const now = positionOf(db, id)
  return now === null ? { position, gone: true } : { position: now, gone: false }
}

/** The position of an accepted entry. */
export const positionOf = (db: Database, id: string): number | null => {
  const ident = identOf(id)
  if (ident === null) return null
  return (
    db.get<{ position: number }>("select position from ident where prefix = ? and n = ?", ident.prefix, ident.n)
      ?.position ?? null
  )
}

/** The id at the start of a served body. */
export const idOf = (body: string): string => body.slice(7, body.indexOf('"', 7))

/** Reads a window through an index: `source` names its rows and the position they are ordered by. */
export const readWindow = (
  db: Database,
  source: {
    readonly select: string
    readonly where: string
    readonly position: string
    readonly values: ReadonlyArray<Value>
  },
  { high, limit, low, order }: Window
): ReadonlyArray<Row> =>
  db.all<Row>(
    `${source.select} where ${source.where === "" ? "" : `${source.where} and `}${source.position} between ? and ?
      order by ${source.position} ${order} limit ?`,
    ...source.values,
    low,
    high,
    limit
  )
