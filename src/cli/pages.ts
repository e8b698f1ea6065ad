import { Effect } from "effect"

interface Page<Item> {
  readonly entries: ReadonlyArray<Item>
  readonly cursor: string | null
}

export interface PageQuery {
  readonly limit: number
  readonly cursor?: string
}

/** The greatest page that the API gives. */
const longest = 1000

/** Walks a list page by page until `limit` items are there or the list ends. */
export const walk = Effect.fnUntraced(function* <Item, E, R>(
  limit: number,
  fetch: (query: PageQuery) => Effect.Effect<Page<Item>, E, R>
) {
  const found: Array<Item> = []
  let cursor: string | null = null
  do {
    const size = Math.min(longest, limit - found.length)
    const page: Page<Item> = yield* fetch(cursor === null ? { limit: size } : { limit: size, cursor })
    found.push(...page.entries)
    cursor = page.cursor
  } while (cursor !== null && found.length < limit)
  return { found, more: cursor !== null }
})
