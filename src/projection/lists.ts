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

/** The lists whose entries are counted. */
const counted: ReadonlyArray<ListKind> = [listKind.type, listKind.topic, listKind.author]

export interface List {
  readonly id: number
  readonly kind: ListKind
}

/** The end of a list that has no span yet: from which position to which, how many, and the greatest timestamp. */
interface Run {
  count: number
  first: number
  last: number
  newest: number
}

/** A list as it is written to. */
export interface WrittenList extends List {
  entries: number
  /** Null until it is needed. */
  run: Run | null
  /** The entries that were added and are not in the table yet. */
  readonly posted: Array<number>
}

/** A run of this many entries of a list gets a span, so that a filter by time skips the runs that hold nothing so new. */
const spanLength = 128

const cached = 4096

const find = "select id, kind, entries from list where kind = ? and name = ?"

export const findList = (db: Database, kind: ListKind, name: string): List | undefined => db.get<List>(find, kind, name)

/**
 * The lists as one transaction changes them. Counts and postings are kept here and written once, by `flush`: those of one
 * list stand side by side in the table, and going there for each of them is most of what they cost.
 */
export class Lists {
  readonly #db: Database
  readonly #known = new Map<ListKind, Map<string, WrittenList>>()
  readonly #touched = new Set<WrittenList>()
  #size = 0

  constructor(db: Database) {
    this.#db = db
  }

  find(kind: ListKind, name: string): WrittenList | undefined {
    let ofKind = this.#known.get(kind)
    if (ofKind === undefined) this.#known.set(kind, (ofKind = new Map()))
    const known = ofKind.get(name)
    if (known !== undefined) return known
    const found = this.#db.get<List & { entries: number }>(find, kind, name)
    if (found === undefined) return undefined
    const list = { ...found, run: null, posted: [] }
    ofKind.set(name, list)
    this.#size++
    return list
  }

  /** Finds a list or makes it. `created` is the position that makes it: a roll back to there or before takes it away. */
  open(kind: ListKind, name: string, created: number): WrittenList {
    const found = this.find(kind, name)
    if (found !== undefined) return found
    this.#db.run("insert into list (kind, name, entries, created) values (?, ?, 0, ?)", kind, name, created)
    const list = this.find(kind, name)
    if (list === undefined) throw new Error(`list ${kind} ${name} is not there after its insert`)
    return list
  }

  /** Puts an entry at the end of a list. */
  add(list: WrittenList, position: number, timestamp: number): void {
    this.#count(list, 1)
    if (list.kind === listKind.author) return
    const run = (list.run ??= this.#openRun(list.id))
    list.posted.push(position)
    this.#touched.add(list)
    if (run.count++ === 0) run.first = position
    run.last = position
    run.newest = Math.max(run.newest, timestamp)
    if (run.count < spanLength) return
    const { first, last, newest } = run
    this.#db.run("insert into span (list, first, last, newest) values (?, ?, ?, ?)", list.id, first, last, newest)
    list.run = { count: 0, first: 0, last: 0, newest: 0 }
  }

  /** Takes the `count` entries from `position` on off a list. */
  cut(list: WrittenList, count: number, position: number): void {
    this.#count(list, -count)
    if (list.kind === listKind.author) return
    this.#db.run("delete from posting where list = ? and position >= ?", list.id, position)
    this.#db.run("delete from span where list = ? and last >= ?", list.id, position)
    list.run = null
  }

  flush(): void {
    for (const { entries, id, kind, posted } of this.#touched) {
      if (counted.includes(kind)) this.#db.run("update list set entries = ? where id = ?", entries, id)
      if (posted.length === 1) this.#db.run("insert into posting values (?, ?)", id, posted[0]!)
      else if (posted.length > 1)
        this.#db.run("insert into posting select ?, value from json_each(?)", id, `[${posted.join()}]`)
      posted.length = 0
    }
    this.#touched.clear()
    if (this.#size > cached) this.forget()
  }

  /** Drops what is known, after a transaction that failed or took lists away. */
  forget(): void {
    this.#known.clear()
    this.#touched.clear()
    this.#size = 0
  }

  #count(list: WrittenList, by: number): void {
    if (!counted.includes(list.kind)) return
    list.entries += by
    this.#touched.add(list)
  }

  #openRun(list: number): Run {
    const run = this.#db.get<Run>(
      `select count(*) count, coalesce(min(p.position), 0) first, coalesce(max(p.position), 0) last,
          coalesce(max(e.timestamp), 0) newest
        from posting p cross join entry e on e.position = p.position
        where p.list = ? and p.position > coalesce((select max(last) from span where list = ?), -1)`,
      list,
      list
    )
    return run ?? { count: 0, first: 0, last: 0, newest: 0 }
  }
}
