/** The ids that came last, to tell those that come again. Bounded: the oldest are forgotten. */
export class Recent {
  readonly #ids: Set<string>
  readonly #capacity: number

  constructor(ids: Iterable<string>, capacity = 100_000) {
    this.#ids = new Set(ids)
    this.#capacity = capacity
  }

  /** True for an id that is new. */
  add(id: string): boolean {
    if (this.#ids.has(id)) return false
    this.#ids.add(id)
    if (this.#ids.size > this.#capacity) {
      for (const oldest of this.#ids) {
        this.#ids.delete(oldest)
        break
      }
    }
    return true
  }
}
