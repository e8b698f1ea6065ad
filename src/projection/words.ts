import type { Database } from "./database.ts"
import { type Envelope, typeNumber } from "./entry.ts"
import type { List } from "./lists.ts"
import { indexable, searchable, topicTag, typeTag } from "./text.ts"

/** What the full-text index is to hold of an entry; null takes it out. */
export interface Words {
  readonly position: number
  readonly text: string | null
}

/** Null for an entry without text. */
export const wordsOf = (entry: Envelope, topic: List | null): string | null => {
  const { head, text } = searchable(entry.type, entry.payload)
  if (head === "" && text === "") return null
  const type = typeTag(typeNumber(entry.type))
  return `${topic === null ? type : `${type} ${topicTag(topic.id)}`}\n${indexable(head)}\n${indexable(text)}`
}

/**
 * Comes last in a transaction: FTS5 collects what it is given until the commit, but writes it out, entry by entry, before any
 * statement that SQLite would have to undo on its own.
 */
export const writeWords = (db: Database, words: ReadonlyArray<Words>): void => {
  for (const { position, text } of words) {
    if (text === null) db.run("delete from words where rowid = ?", position)
    else db.run("insert into words (rowid, text) values (?, ?)", position, text)
  }
}
