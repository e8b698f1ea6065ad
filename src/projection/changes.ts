import type { EntryType } from "../domain/entry.ts"
import { limits } from "../domain/limits.ts"
import { chainAt } from "./chain.ts"
import { decodeFeedCursor, encodeFeedCursor, scopeOf } from "./cursor.ts"
import { findList, listKind } from "./lists.ts"
import { readWindow, type ServedRow, type Window } from "./page.ts"
import type { Reading } from "./reading.ts"
import { readList } from "./walk.ts"

export interface ChangesQuery {
  /** The cursor of the last read. Without one the feed begins at the first entry. */
  readonly since?: string | null | undefined
  /** Begins after the last entry where there is no cursor yet. */
  readonly from?: "head" | undefined
  readonly type?: EntryType | undefined
  /** Only what can't move any more: no resets. */
  readonly confirmed?: boolean | undefined
  readonly limit?: number | undefined
}

/**
 * The entries after the cursor, in the linear order. `reset` says that the order before the cursor changed: the rows begin again
 * at what was confirmed when the cursor was made, so nothing is skipped, and what was seen before is told by its id.
 */
export interface Changes {
  readonly rows: ReadonlyArray<ServedRow>
  readonly cursor: string
  readonly hasMore: boolean
  readonly reset: boolean
}

export const changes = (reading: Reading, query: ChangesQuery): Changes => {
  const { confirmed, db, next } = reading
  const end = query.confirmed === true ? confirmed : next
  const scope = feedScope(reading, query)
  const limit = Math.min(Math.max(query.limit ?? limits.pageDefault, 1), limits.pageMax)
  const since = query.since ?? null
  const from = since === null && query.from === "head" ? { position: end, reset: false } : begin(reading, scope, since)
  // The reader knows more than the model, which is being built anew and gets there.
  if (from === null) return { rows: [], cursor: since ?? "", hasMore: false, reset: false }
  const window: Window = { low: from.position, high: end - 1, order: "asc", limit: limit + 1 }
  const list = query.type === undefined ? undefined : findList(db, listKind.type, query.type)
  const found =
    query.type === undefined
      ? readWindow(
          db,
          { select: "select e.position, e.body from entry e", where: "", position: "e.position", values: [] },
          window
        )
      : list === undefined
        ? []
        : readList(db, list.id, window)
  const rows = found.slice(0, limit).map((row) => ({ ...row, confirmed: row.position < confirmed }))
  const hasMore = found.length > limit
  const last = rows.at(-1)
  const position = hasMore && last !== undefined ? last.position + 1 : Math.max(end, from.position)
  return { rows, cursor: cursorAt(reading, scope, position), hasMore, reset: from.reset }
}

/** The cursor of a reader that has seen everything before `position`. */
export const feedCursor = (
  reading: Reading,
  query: Pick<ChangesQuery, "type" | "confirmed">,
  position: number
): string => cursorAt(reading, feedScope(reading, query), position)

const feedScope = ({ pactId }: Reading, { confirmed, type }: Pick<ChangesQuery, "type" | "confirmed">): string =>
  scopeOf(pactId, "changes", [type, confirmed === true])

const cursorAt = ({ confirmed, db }: Reading, scope: string, position: number): string =>
  encodeFeedCursor(scope, { position, chain: chainAt(db, position) ?? 0, confirmed: Math.min(confirmed, position) })

/** Where to go on reading. Null while the model holds less than was confirmed to this reader. */
const begin = (
  { confirmed, db, next }: Reading,
  scope: string,
  since: string | null
): { readonly position: number; readonly reset: boolean } | null => {
  if (since === null) return { position: 0, reset: false }
  const cursor = decodeFeedCursor(scope, since)
  if (cursor.confirmed > confirmed) return null
  const stands = cursor.position <= next && chainAt(db, cursor.position) === cursor.chain
  return stands ? { position: cursor.position, reset: false } : { position: cursor.confirmed, reset: true }
}
