import type { Database } from "./database.ts"

/** What an undo record is about. */
export type UndoKind = "task" | "member" | "invite" | "pact" | "refused"

export interface UndoRecord {
  readonly kind: UndoKind
  readonly key: string
  /** The row before the change, as JSON. Null: there was none. */
  readonly value: string | null
}

/** Keeps what a block overwrites, for as long as the block may still move. */
export class Undo {
  readonly #db: Database
  readonly #block: number
  #seq = 0

  constructor(db: Database, block: number) {
    this.#db = db
    this.#block = block
  }

  keep(kind: UndoKind, key: string, value: unknown): void {
    const text = value === null ? null : JSON.stringify(value)
    this.#db.run("insert into undo values (?, ?, ?, ?, ?)", this.#block, this.#seq++, kind, key, text)
  }
}

/** The records of the blocks from `length` on, newest first: put back in this order they restore what was there. */
export const undoRecords = (db: Database, length: number): ReadonlyArray<UndoRecord> =>
  db.all<UndoRecord>("select kind, key, value from undo where block >= ? order by block desc, seq desc", length)
