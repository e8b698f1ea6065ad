const window = 60_000

/**
 * Counts requests by address in windows of a minute, each begun by an address's first request. O(1) a request. All
 * counts are dropped once a minute when none of them can matter any more, so what was seen is not kept.
 */
export class RateLimit {
  readonly #limit: number
  #counts = new Map<string, { start: number; used: number }>()
  #swept = 0

  /** @param limit requests a minute and address; 0 for no limit. */
  constructor(limit: number) {
    this.#limit = limit
  }

  /**
   * Takes one request in. 0 lets it pass, a number of seconds says when to come back.
   * @param now a steady clock, ms.
   */
  take(address: string, now: number): number {
    if (this.#limit === 0) return 0
    const count = this.#counts.get(address)
    if (count === undefined || now - count.start >= window) {
      this.#sweep(now)
      this.#counts.set(address, { start: now, used: 1 })
      return 0
    }
    if (count.used < this.#limit) {
      count.used++
      return 0
    }
    return Math.max(1, Math.ceil((count.start + window - now) / 1000))
  }

  #sweep(now: number): void {
    if (now - this.#swept < window) return
    this.#swept = now
    for (const [address, { start }] of this.#counts) if (now - start >= window) this.#counts.delete(address)
  }
}
