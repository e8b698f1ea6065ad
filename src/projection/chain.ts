import type { Database } from "./database.ts"
import type { Ident } from "./ident.ts"

const half = 2 ** 24

/**
 * A running hash over the ids up to an entry, 48 bits: equal values at one position mean equal entries before it.
 * Feeds use it to tell whether what they gave out still stands. It guards no secret, so it needs no strength.
 */
export const chain = (before: number, { n, prefix }: Ident): number => {
  const high = Math.floor(before / half)
  const low = before % half
  const a = mix(low ^ prefix ^ Math.imul(n, 0x9e3779b1))
  const b = mix(high ^ a ^ Math.imul(Math.floor(n / half), 0x85ebca6b))
  return ((b ^ low) & (half - 1)) * half + ((a ^ Math.imul(b, 0xc2b2ae35)) & (half - 1))
}

const mix = (value: number): number => {
  const once = Math.imul(value ^ (value >>> 16), 0x85ebca6b)
  const twice = Math.imul(once ^ (once >>> 13), 0xc2b2ae35)
  return twice ^ (twice >>> 16)
}

/** The running hash over the ids of the entries before a position, null where there are not so many. */
export const chainAt = (db: Database, position: number): number | null =>
  position === 0
    ? 0
    : (db.get<{ chain: number }>("select chain from entry where position = ?", position - 1)?.chain ?? null)
