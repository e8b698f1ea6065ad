import { hash } from "node:crypto"
import { BadCursor } from "../domain/errors.ts"

/** What a cursor is good for: one list of one pact with its filters and order. Any other use is `BadCursor`. */
export const scopeOf = (
  pactId: string,
  list: string,
  filters: ReadonlyArray<string | number | boolean | null | undefined>
): string => hash("sha256", JSON.stringify([pactId, list, filters.map((f) => f ?? null)]), "base64url").slice(0, 11)

/** The last entry of a page. Its id finds it again where the order has moved, its position stands in where it is gone. */
export interface ListCursor {
  readonly id: string
  readonly position: number
}

/** How far a feed was read, and what stood before: see changes.ts. */
export interface FeedCursor {
  /** The position to read next. */
  readonly position: number
  /** The running hash over the ids before it. */
  readonly chain: number
  /** The confirmed position at that time. */
  readonly confirmed: number
}

export const encodeListCursor = (scope: string, { id, position }: ListCursor): string => encode([scope, id, position])
export const encodeFeedCursor = (scope: string, { chain, confirmed, position }: FeedCursor): string =>
  encode([scope, position, chain, confirmed])

export const decodeListCursor = (scope: string, cursor: string): ListCursor => {
  const [id, position, ...rest] = decode(scope, cursor)
  if (typeof id !== "string" || !isCount(position) || rest.length > 0) throw refused()
  return { id, position }
}

export const decodeFeedCursor = (scope: string, cursor: string): FeedCursor => {
  const [position, chain, confirmed, ...rest] = decode(scope, cursor)
  if (!isCount(position) || !isCount(chain) || !isCount(confirmed) || rest.length > 0) throw refused()
  return { position, chain, confirmed }
}

const encode = (fields: ReadonlyArray<string | number>): string =>
  Buffer.from(JSON.stringify(fields)).toString("base64url")

const decode = (scope: string, cursor: string): ReadonlyArray<unknown> => {
  const bytes = Buffer.from(cursor.slice(0, 200), "base64url")
  // Node's decoder passes over what is no base64url.
  if (bytes.toString("base64url") !== cursor) throw refused()
  const fields = parsed(bytes.toString("utf8"))
  if (!Array.isArray(fields) || fields[0] !== scope) throw refused()
  return fields.slice(1)
}

const parsed = (text: string): unknown => {
  try {
    return JSON.parse(text)
  } catch {
    throw refused()
  }
}

const isCount = (value: unknown): value is number => Number.isSafeInteger(value) && (value as number) >= 0

const refused = (): BadCursor =>
  new BadCursor({ message: "This cursor is not of this list with these filters. Begin again without a cursor." })
