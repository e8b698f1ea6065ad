import type { Database } from "./database.ts"

/** What a query needs to know besides the tables. */
export interface Reading {
  readonly db: Database
  readonly pactId: string
  /** The number of entries, and so the next position. */
  readonly next: number
  /** Entries before this position can't move any more. */
  readonly confirmed: number
  /** Blocks before this one can't move any more. */
  readonly signed: number
  /** Another thread writes, so a query must not. */
  readonly readOnly: boolean
}
