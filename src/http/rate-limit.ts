const window = 60_000

/**
 * Counts requests in windows of a minute. The server is reached from this machine alone, whatever loopback address a
 * client takes for its own, so there is one count for all.
 */
export class RateLimit {
  readonly #limit: number
  #start = -window
  #used = 0

  /** @param limit requests a minute; 0 for no limit. */
  constructor(limit: number) {
    this.#limit = limit
  }

  /**
   * Takes one request in. 0 lets it pass, a number of seconds says when to come back.
   * @param now a steady clock, ms.
   */
  take(now: number): number {
    if (this.#limit === 0) return 0
    if (now - this.#start >= window) {
      this.#start = now
      this.#used = 0
    }
    if (this.#used < this.#limit) {
      this.#used++
      return 0
    }
    return Math.max(1, Math.ceil((this.#start + window - now) / 1000))
  }

  /** Lets one more in, for a request that another one stands for which was taken in before. */
  give(): void {
    if (this.#used > 0) this.#used--
  }
}
