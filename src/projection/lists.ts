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

/** The end of a list that is no full run yet: how many entries, and their greatest timestamp. */
interface Run {
  count: number
  newest: number
}

/** A list as it is written to. */
export interface WrittenList extends List {
  entries: number
  /** Null until it is needed. */
  run: Run | null
  /** The entries of the open run that are not in the table yet. */
  readonly posted: Array<number>
}

/**
 * So many entries of a list are a full run. It is one row, a span, where a row for each entry costs several times as much to
 * write, and a filter by time skips the spans that hold nothing so new.
 */
export const spanLength = 128

/** Positions in order as a span keeps them: the first one, and then how far it is from each to the next. */
const spanText = (positions: ReadonlyArray<number>): string => {
  let text = `[${positions[0]}`
  for (let i = 1; i < positions.length; i++) text += `,${positions[i]! - positions[i - 1]!}`
  return `${text}]`
}

/** The positions of a span, in order. */
export const positionsOf = (text: string): ReadonlyArray<number> => {
  const positions = JSON.parse(text) as Array<number>
  for (let i = 1; i < positions.length; i++) positions[i]! += positions[i - 1]!
  return positions
}

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
    run.count++
    run.newest = Math.max(run.newest, timestamp)
    if (run.count === spanLength) this.#close(list, run, position)
  }

  /** Takes the `count` entries from `position` on off a list. What is left of a full run is open again. */
  cut(list: WrittenList, count: number, position: number): void {
    this.#count(list, -count)
    if (list.kind === listKind.author) return
    const reached = this.#db.get<{ positions: string }>(
      "select positions from span where list = ? and last >= ? order by last limit 1",
      list.id,
      position
    )
    this.#db.run("delete from span where list = ? and last >= ?", list.id, position)
    this.#db.run("delete from posting where list = ? and position >= ?", list.id, position)
    if (reached !== undefined)
      this.#post(
        list.id,
        positionsOf(reached.positions).filter((before) => before < position)
      )
    list.run = null
  }

  flush(): void {
    for (const { entries, id, kind, posted } of this.#touched) {
      if (counted.includes(kind)) this.#db.run("update list set entries = ? where id = ?", entries, id)
      this.#post(id, posted)
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

  /** Makes a span of a full run, which ends at `last`. In bulk none of it is in the table of postings. */
  #close({ id, posted }: WrittenList, run: Run, last: number): void {
    const before =
      run.count === posted.length
        ? []
        : this.#db.all<{ position: number }>("select position from posting where list = ? order by position", id)
    const positions = [...before.map(({ position }) => position), ...posted]
    this.#db.run("insert into span values (?, ?, ?, ?)", id, last, run.newest, spanText(positions))
    if (before.length > 0) this.#db.run("delete from posting where list = ?", id)
    posted.length = run.count = run.newest = 0
  }

  #post(list: number, positions: ReadonlyArray<number>): void {
    if (positions.length === 1) this.#db.run("insert into posting values (?, ?)", list, positions[0]!)
    else if (positions.length > 1)
      this.#db.run("insert into posting select ?, value from json_each(?)", list, `[${positions.join()}]`)
  }

  #openRun(list: number): Run {
    const run = this.#db.get<Run>(
      `select count(*) count, coalesce(max(e.timestamp), 0) newest
        from posting p cross join entry e on e.position = p.position where p.list = ?`,
      list
    )
    return run ?? { count: 0, newest: 0 }
  }
}
