import { signal } from "@preact/signals"
import type { Entry, Page } from "./api.ts"
import { type Happening, listen } from "./events.ts"

export interface FeedState<Item> {
  readonly items: ReadonlyArray<Item>
  /** True where older ones can be read. */
  readonly more: boolean
  readonly busy: boolean
  /** True until something was read. */
  readonly fresh: boolean
  readonly error: unknown
}

export interface FeedOptions {
  readonly pactId: string
  readonly load: (query: { readonly limit: number; readonly cursor?: string }) => Promise<Page<Entry>>
  /** What of the live entries belongs to it. */
  readonly takes: (entry: Entry) => boolean
  /** How many one page has. */
  readonly page?: number
}

/** More than anybody scrolls through. The oldest go when it is passed, and come back when somebody scrolls there. */
const most = 5000
/** What a list shows of a text. The whole of it is read when somebody opens the entry. */
const longest = 600
/** How long events are gathered before they are shown, ms. */
const gather = 60

/**
 * A list of entries, newest first by the linear order, that stays as the daemon has it: what arrives is put on top, what
 * moved comes again and moves, what was overturned goes. It holds the beginning of long texts only, and a bounded number.
 */
export class Feed {
  readonly state = signal<FeedState<Entry>>({ items: [], more: false, busy: true, fresh: true, error: null })
  readonly #options: FeedOptions
  readonly #page: number
  #cursor: string | null = null
  readonly #pending: Pending = new Map()
  #waiting: Array<Happening> = []
  #timer: ReturnType<typeof setTimeout> | undefined
  #reading = 0
  readonly #leave: () => void

  constructor(options: FeedOptions) {
    this.#options = options
    this.#page = options.page ?? 100
    this.#leave = listen((happened) => this.#hear(happened))
    void this.#read(true)
  }

  close(): void {
    this.#leave()
    clearTimeout(this.#timer)
    this.#reading++
  }

  /** Reads the next page, if there is one and none is under way. */
  readonly more = (): void => {
    const { busy, more } = this.state.peek()
    if (more && !busy) void this.#read(false)
  }

  readonly again = (): void => void this.#read(true)

  async #read(anew: boolean): Promise<void> {
    const turn = ++this.#reading
    this.state.value = { ...this.state.peek(), busy: true, error: null }
    try {
      const held = this.state.peek().items
      // Where the end was let go, its cursor is gone too: as much as is there is read again, and more.
      const lost = !anew && this.#cursor === null
      const limit = lost ? Math.min(1000, held.length + this.#page) : this.#page
      const cursor = anew || lost ? null : this.#cursor
      const page = await this.#options.load({ limit, ...(cursor === null ? {} : { cursor }) })
      if (turn !== this.#reading) return
      const read = page.entries.map(lean)
      const known = new Set(read.map(({ id }) => id))
      const before = cursor === null ? [] : held.filter(({ id }) => !known.has(id))
      this.#cursor = page.cursor
      this.state.value = { items: [...before, ...read], more: page.has_more, busy: false, fresh: false, error: null }
    } catch (error) {
      if (turn === this.#reading) this.state.value = { ...this.state.peek(), busy: false, error }
    }
  }

  #hear(happened: Happening): void {
    const { data, event } = happened
    if (event === "lost" && (data.pact_id ?? this.#options.pactId) === this.#options.pactId) return this.again()
    if (data.pact_id !== this.#options.pactId || !event.startsWith("entry-")) return
    this.#waiting.push(data.entry === undefined ? happened : { event, data: { ...data, entry: lean(data.entry) } })
    if (this.#waiting.length > most * 2) this.#waiting = this.#waiting.slice(-most)
    this.#timer ??= setTimeout(() => this.#flush(), gather)
  }

  #flush(): void {
    this.#timer = undefined
    const before = this.state.peek()
    const items = merge(before.items, this.#waiting, this.#options.takes, this.#pending)
    this.#waiting = []
    if (items === null) return this.again()
    if (items === before.items) return
    const cut = items.length > most
    if (cut) this.#cursor = null
    this.state.value = { ...before, items: cut ? items.slice(0, most) : items, more: before.more || cut }
  }
}

/**
 * What is not confirmed yet, of all types, in the order in which it was told. An event says up to which entry the order
 * is confirmed, and that entry may be in no list that is shown.
 */
type Pending = Map<string, true>

/** The list after these events, the same one where nothing in it changes. Null where it has to be read anew to know. */
const merge = (
  items: ReadonlyArray<Entry>,
  happened: ReadonlyArray<Happening>,
  takes: (entry: Entry) => boolean,
  pending: Pending
): ReadonlyArray<Entry> | null => {
  // Newest last, so that what arrives is put behind the others. A map keeps the order in which keys were put.
  const byId = new Map(items.toReversed().map((entry) => [entry.id, entry]))
  let changed = false
  let confirms = false
  for (const { data, event } of happened) {
    if (event === "entry-applied" && data.entry !== undefined) {
      const { entry } = data
      pending.delete(entry.id)
      pending.set(entry.id, true)
      changed = byId.delete(entry.id) || changed
      if (!takes(entry)) continue
      byId.set(entry.id, entry)
      changed = true
    } else if (event === "entry-rejected" && data.id !== undefined) {
      pending.delete(data.id)
      changed = byId.delete(data.id) || changed
    } else if (event === "entry-confirmed" && data.upto !== undefined) {
      if (!pending.has(data.upto)) {
        if (items.some(({ confirmed }) => !confirmed)) return null
        continue
      }
      confirms = true
      for (const id of pending.keys()) {
        pending.delete(id)
        if (id === data.upto) break
      }
    }
  }
  if (confirms) {
    for (const [id, entry] of byId) {
      if (entry.confirmed || pending.has(id)) continue
      byId.set(id, { ...entry, confirmed: true })
      changed = true
    }
  }
  return changed ? [...byId.values()].toReversed() : items
}

/** An entry with the beginnings of its texts. */
export const lean = (entry: Entry): Entry => {
  const long = Object.entries(entry.payload).filter(([, value]) => typeof value === "string" && value.length > longest)
  const odd = Object.entries(entry.payload).filter(([, value]) => typeof value === "object" && value !== null)
  if (long.length === 0 && odd.length === 0) return entry
  const short = Object.fromEntries(long.map(([name, value]) => [name, String(value).slice(0, longest)]))
  const left = Object.fromEntries(odd.map(([name]) => [name, null]))
  return { ...entry, payload: { ...entry.payload, ...left, ...short } } as Entry
}
