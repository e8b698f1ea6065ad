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

/** Walks a list page by page until `limit` items that are `wanted` are there or the list ends. */
export const walk = Effect.fnUntraced(function* <Item, E, R>(
  limit: number,
  fetch: (query: PageQuery) => Effect.Effect<Page<Item>, E, R>,
  wanted?: (item: Item) => boolean
) {
  const found: Array<Item> = []
  let cursor: string | null = null
  do {
    const size = wanted === undefined ? Math.min(longest, limit - found.length) : longest
    const page: Page<Item> = yield* fetch(cursor === null ? { limit: size } : { limit: size, cursor })
    for (const item of page.entries) if (wanted?.(item) ?? true) found.push(item)
    cursor = page.cursor
  } while (cursor !== null && found.length < limit)
  return { found: found.slice(0, limit), more: cursor !== null || found.length > limit }
})
