import type { EntryType } from "../domain/entry.ts"
import type { Database } from "./database.ts"

/**
 * Everything that entries can be listed by, one number each. Every filter and every combination of filters that a route
 * takes has a list of its own, so that a page is one walk along one index, whether the filter is rare, frequent or absent.
 */
export const listKind = {
  type: 1,
  topic: 2,
  knowledgeAgent: 3,
  topicAgent: 4,
  messageAgent: 5,
  thread: 6,
  threadAgent: 7,
  skillFormat: 8,
  /** The changes of one task, by its id. */
  history: 10,
  /** Only counted: what a member wrote, of all types. */
  author: 9
} as const
export type ListKind = (typeof listKind)[keyof typeof listKind]

/** The name of a list that two filters make. */
export const pairName = (agentId: string, other: string): string => `${agentId} ${other}`

/** A topic as SQLite keeps it: half a surrogate pair is no UTF-8. */
export const topicName = (topic: string): string => topic.replace(/\p{Cs}/gu, "\ufffd")

export const entryTypes = ["knowledge", "task", "skill", "message", "admin", "invite-redeemed"] as const satisfies ReadonlyArray<EntryType>

export interface List {
  readonly id: number
  readonly kind: ListKind
  entries: number
  /** `entries` as the table has it. */
  written: number
}

/** A run of this many entries of a list gets one span, so that a filter by time skips the runs that hold nothing so new. */
export const spanLength = 128

const cached = 4096

const find = "select id, kind, entries, entries written from list where kind = ? and name = ?"

export const findList = (db: Database, kind: ListKind, name: string): List | undefined => db.get<List>(find, kind, name)

/** The lists as one transaction changes them. Counts are kept here and written once, by `flush`. */
export class Lists {
  readonly #db: Database
  readonly #known = new Map<string, List>()
  readonly #touched = new Set<List>()

  constructor(db: Database) {
    this.#db = db
  }

  find(kind: ListKind, name: string): List | undefined {
    const key = `${kind} ${name}`
    const known = this.#known.get(key)
    if (known !== undefined) return known
    const list = findList(this.#db, kind, name)
    if (list !== undefined) this.#known.set(key, list)
    return list
  }

  /** Finds a list or makes it. `created` is the position that makes it: a roll back to there or before takes it away. */
  open(kind: ListKind, name: string, created: number): List {
    const found = this.find(kind, name)
    if (found !== undefined) return found
    this.#db.run("insert into list (kind, name, entries, created) values (?, ?, 0, ?)", kind, name, created)
    const list = findList(this.#db, kind, name)
    if (list === undefined) throw new Error(`list ${kind} ${name} is not there after its insert`)
    this.#known.set(`${kind} ${name}`, list)
    return list
  }

  count(list: List, by: number): void {
    list.entries += by
    this.#touched.add(list)
  }

  /** Writes the counts, and a span for each run that is full now. */
  flush(): void {
    for (const list of this.#touched) {
      this.#db.run("update list set entries = ? where id = ?", list.entries, list.id)
      if (list.kind !== listKind.author) this.#spans(list)
      list.written = list.entries
    }
    this.#touched.clear()
    if (this.#known.size > cached) this.forget()
  }

  /** Drops what is known, after a transaction that failed or took lists away. */
  forget(): void {
    this.#known.clear()
    this.#touched.clear()
  }

  #spans({ entries, id, written }: List): void {
    const more = Math.floor(entries / spanLength) - Math.floor(written / spanLength)
    for (let n = 0; n < more; n++) this.#db.run(nextSpan, id, id)
  }
}

const nextSpan = `insert into span (list, first, last, newest)
  select list, min(position), max(position), max(timestamp) from (
    select p.list, p.position, e.timestamp from posting p join entry e on e.position = p.position
    where p.list = ? and p.position > coalesce((select max(last) from span where list = ?), -1)
    order by p.position limit ${spanLength})`
