/** A page of a list. `cursor` leads to the next one and is null where there is none. */
export interface Page<Item> {
  readonly entries: ReadonlyArray<Item>
  readonly cursor: string | null
  readonly has_more: boolean
}

/** An answer that is asked for when it is first awaited, and not before. */
export abstract class Lazy<A> implements PromiseLike<A> {
  #answer: Promise<A> | undefined

  protected abstract ask(): Promise<A>

  // oxlint-disable-next-line unicorn/no-thenable -- to be awaited is what it is for
  then<B = A, C = never>(
    done?: ((answer: A) => B | PromiseLike<B>) | null,
    failed?: ((reason: unknown) => C | PromiseLike<C>) | null
  ): Promise<B | C> {
    return (this.#answer ??= this.ask()).then(done, failed)
  }

  catch<C = never>(failed?: ((reason: unknown) => C | PromiseLike<C>) | null): Promise<A | C> {
    return this.then(undefined, failed)
  }
}

/**
 * A list. `await` it for one page, or go through it with `for await`: that fetches page after page, and gives every
 * entry once. `limit` is the size of a page.
 */
export class Listing<Item> extends Lazy<Page<Item>> implements AsyncIterable<Item> {
  readonly #fetch: (cursor: string | undefined) => Promise<Page<Item>>

  constructor(fetch: (cursor: string | undefined) => Promise<Page<Item>>) {
    super()
    this.#fetch = fetch
  }

  protected ask(): Promise<Page<Item>> {
    return this.#fetch(undefined)
  }

  /** Page by page. */
  async *pages(): AsyncGenerator<Page<Item>, void, undefined> {
    let cursor: string | undefined
    do {
      const page: Page<Item> = await this.#fetch(cursor)
      yield page
      cursor = page.cursor ?? undefined
    } while (cursor !== undefined)
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<Item, void, undefined> {
    for await (const { entries } of this.pages()) yield* entries
  }
}

/**
 * Rows in the order of their names or keys. `await` them for one page, or go through them with `for await`, which fetches
 * page after page. `limit` is the size of a page, 1000 unless it is given.
 */
export class Rows<Row> extends Lazy<ReadonlyArray<Row>> implements AsyncIterable<Row> {
  readonly #fetch: (last: Row | undefined) => Promise<ReadonlyArray<Row>>

  /** @param fetch the rows behind this one, or where the options say. */
  constructor(fetch: (last: Row | undefined) => Promise<ReadonlyArray<Row>>) {
    super()
    this.#fetch = fetch
  }

  protected ask(): Promise<ReadonlyArray<Row>> {
    return this.#fetch(undefined)
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<Row, void, undefined> {
    let rows = await this.#fetch(undefined)
    while (rows.length > 0) {
      yield* rows
      rows = await this.#fetch(rows.at(-1))
    }
  }
}
