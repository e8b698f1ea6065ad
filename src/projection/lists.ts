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
}

/** A run of a list: from which position to which, and the greatest timestamp. */
interface Run {
  first: number
  last: number
  newest: number
}

/** A list as it is written to. */
export interface Counted extends List {
  /** The run that isn't full yet. Null where it began before this was read. */
  open: Run | null
  /** The runs that were filled since the last flush. */
  readonly full: Array<Run | null>
}

/** A run of this many entries of a list gets one span, so that a filter by time skips the runs that hold nothing so new. */
export const spanLength = 128

const cached = 4096

const find = "select id, kind, entries from list where kind = ? and name = ?"

export const findList = (db: Database, kind: ListKind, name: string): List | undefined => db.get<List>(find, kind, name)

/** The lists as one transaction changes them. Counts are kept here and written once, by `flush`. */
export class Lists {
  readonly #db: Database
  readonly #known = new Map<string, Counted>()
  readonly #touched = new Set<Counted>()

  constructor(db: Database) {
    this.#db = db
  }

  find(kind: ListKind, name: string): Counted | undefined {
    const key = `${kind} ${name}`
    const known = this.#known.get(key)
    if (known !== undefined) return known
    const found = findList(this.#db, kind, name)
    if (found === undefined) return undefined
    const list: Counted = { ...found, open: null, full: [] }
    this.#known.set(key, list)
    return list
  }

  /** Finds a list or makes it. `created` is the position that makes it: a roll back to there or before takes it away. */
  open(kind: ListKind, name: string, created: number): Counted {
    const found = this.find(kind, name)
    if (found !== undefined) return found
    this.#db.run("insert into list (kind, name, entries, created) values (?, ?, 0, ?)", kind, name, created)
    const list = this.find(kind, name)
    if (list === undefined) throw new Error(`list ${kind} ${name} is not there after its insert`)
    return list
  }

  /** Puts an entry at the end of a list. */
  add(list: Counted, position: number, timestamp: number): void {
    this.#touched.add(list)
    const place = list.entries++ % spanLength
    if (list.kind === listKind.author) return
    this.#db.run("insert into posting values (?, ?)", list.id, position)
    if (place === 0) list.open = { first: position, last: position, newest: timestamp }
    else if (list.open !== null) {
      list.open.last = position
      list.open.newest = Math.max(list.open.newest, timestamp)
    }
    if (place === spanLength - 1) {
      list.full.push(list.open)
      list.open = null
    }
  }

  /** Takes the `count` entries from `position` on off a list. */
  cut(list: Counted, count: number, position: number): void {
    list.entries -= count
    list.open = null
    this.#touched.add(list)
    if (list.kind === listKind.author) return
    this.#db.run("delete from posting where list = ? and position >= ?", list.id, position)
    this.#db.run("delete from span where list = ? and last >= ?", list.id, position)
  }

  /** Writes the counts, and a span for each run that is full now. */
  flush(): void {
    for (const list of this.#touched) {
      this.#db.run("update list set entries = ? where id = ?", list.entries, list.id)
      for (const run of list.full.splice(0)) {
        if (run === null) this.#db.run(nextSpan, list.id, list.id)
        else this.#db.run("insert into span (list, first, last, newest) values (?, ?, ?, ?)", list.id, run.first, run.last, run.newest)
      }
    }
    this.#touched.clear()
    if (this.#known.size > cached) this.forget()
  }

  /** Drops what is known, after a transaction that failed or took lists away. */
  forget(): void {
    this.#known.clear()
    this.#touched.clear()
  }
}

/** The span of the first run that has none. */
const nextSpan = `insert into span (list, first, last, newest)
  select list, min(position), max(position), max(timestamp) from (
    select p.list, p.position, e.timestamp from posting p join entry e on e.position = p.position
    where p.list = ? and p.position > coalesce((select max(last) from span where list = ?), -1)
    order by p.position limit ${spanLength})`
