/** One event of the history: its number, what it is, and how many bytes it takes. */
export interface Kept<Event> {
  readonly seq: number
  readonly size: number
  readonly event: Event
}

/** The newest events, up to a number of bytes, numbered without gaps. Every step is O(1). */
export class History<Event> {
  readonly #limit: number
  #kept: Array<Kept<Event> | undefined> = []
  /** Where the oldest stands: the places before it are empty and cleared away now and then. */
  #first = 0
  #size = 0
  #seq = 0

  /** @param limit bytes to keep. The newest event is kept however large it is. */
  constructor(limit: number) {
    this.#limit = limit
  }

  /** The number of the newest event, 0 before the first. */
  get newest(): number {
    return this.#seq
  }
  /** The number of the oldest event that is kept, one past the newest where none is. */
  get oldest(): number {
    return this.#seq - (this.#kept.length - this.#first) + 1
  }

  add(event: Event, size: number): Kept<Event> {
    const kept: Kept<Event> = { seq: ++this.#seq, size, event }
    this.#kept.push(kept)
    this.#size += size
    while (this.#size > this.#limit && this.#first < this.#kept.length - 1) {
      this.#size -= this.#kept[this.#first]!.size
      this.#kept[this.#first++] = undefined
    }
    if (this.#first > 1024 && this.#first * 2 > this.#kept.length) {
      this.#kept = this.#kept.slice(this.#first)
      this.#first = 0
    }
    return kept
  }

  /** The event of this number. Undefined for one that is not kept. */
  at(seq: number): Kept<Event> | undefined {
    return seq < this.oldest ? undefined : this.#kept[this.#first + seq - this.oldest]
  }
}
