/** An entry id as two integers: what the tables hold, in a third of the space. */
export interface Ident {
  /** The id's hex part as a signed 32-bit integer. */
  readonly prefix: number
  readonly n: number
}

const shape = /^[0-9a-f]{8}-[1-9][0-9]{0,15}$/

/** Null for text that can be no entry's id. */
export const identOf = (id: string): Ident | null => {
  if (!shape.test(id)) return null
  const n = Number(id.slice(9))
  return Number.isSafeInteger(n) ? { prefix: prefixOf(id), n } : null
}

/** The prefix of an id or of a member key. */
export const prefixOf = (id: string): number => Number.parseInt(id.slice(0, 8), 16) | 0
