import { Lazy } from "./listing.ts"

interface Batch {
  readonly entries: ReadonlyArray<unknown>
  readonly cursor: string
  readonly reset: boolean
}

/**
 * What changes. `await` it for one answer, or follow it with `for await`: that gives batch after batch as they come, and
 * waits for a daemon that is away. It ends with its signal or a `break`. Keep the `cursor` of a batch when it is dealt
 * with: `since` goes on behind it. A batch with `reset` says that the order before the cursor changed: it and the ones
 * after it tell again what comes from the last confirmed place on.
 */
export class Feed<A extends Batch> extends Lazy<A> implements AsyncIterable<A> {
  readonly #once: () => Promise<A>
  readonly #follow: (cursor: string | undefined) => Promise<A>

  /** @param follow waits for news; undefined starts where the options say. */
  constructor(once: () => Promise<A>, follow: (cursor: string | undefined) => Promise<A>) {
    super()
    this.#once = once
    this.#follow = follow
  }

  protected ask(): Promise<A> {
    return this.#once()
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<A, void, undefined> {
    let cursor: string | undefined
    while (true) {
      const batch = await this.#follow(cursor)
      cursor = batch.cursor
      if (batch.entries.length > 0 || batch.reset) yield batch
    }
  }
}
