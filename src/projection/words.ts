import type { Database } from "./database.ts"
import { closed, type Envelope, envelopeOf, typeNumber } from "./entry.ts"
import { listKind, type Lists, topicName } from "./lists.ts"
import type { Row } from "./page.ts"
import { indexable, searchable, topicTag, typeTag } from "./text.ts"

/** How many entries may wait for the full-text index. Many at once cost less than a few at a time. */
const gathered = 256
/** Entries are large at times, so few are read at once. */
const readAtOnce = 64

/**
 * Brings the full-text index near the end of the entries, or to their very end with `all`. What is still missing then is
 * taken in before the next search, so that nobody sees it. `back`: the entries from there on are others now.
 *
 * Comes last in a transaction: FTS5 collects what it is given until the commit, but writes it out, entry by entry, before any
 * statement that SQLite would have to undo on its own.
 */
export const writeWords = (
  db: Database,
  lists: Lists,
  back: number | null,
  all: boolean,
  fresh: ReadonlyArray<() => string | null> = []
): void => {
  const { next, searchable: before } = db.get<Reached>("select next, searchable from follower")!
  const from = Math.min(back ?? before, before)
  const to = all || next - from >= gathered ? next : from
  if (to === before && from === before) return
  db.run("update follower set searchable = ?", to)
  for (let position = from; position < before; position++) db.run("delete from words where rowid = ?", position)
  const put = (position: number, text: string | null) => {
    if (text !== null) db.run("insert into words (rowid, text) values (?, ?)", position, text)
  }
  const old = Math.min(to, next - fresh.length)
  for (let position = from; position < old; position += readAtOnce) {
    const rows = db.all<Row>(
      "select position, body from entry where position >= ? and position < ?",
      position,
      Math.min(position + readAtOnce, old)
    )
    for (const row of rows) put(row.position, wordsOf(envelopeOf(closed(row.body)), lists))
  }
  for (let position = Math.max(from, old); position < to; position++)
    put(position, fresh[position - (next - fresh.length)]!())
}

interface Reached {
  readonly next: number
  /** Entries before this position are in the index. */
  readonly searchable: number
}

/** What the index is to hold of an entry. Null for an entry without text. */
export const wordsOf = ({ payload, type }: Envelope, lists: Lists): string | null => {
  const { head, text } = searchable(type, payload)
  if (head === "" && text === "") return null
  const topic = type === "knowledge" ? lists.find(listKind.topic, topicName(String(payload["topic"]))) : undefined
  const tag = typeTag(typeNumber(type))
  return `${topic === undefined ? tag : `${tag} ${topicTag(topic.id)}`}\n${indexable(head)}\n${indexable(text)}`
}
