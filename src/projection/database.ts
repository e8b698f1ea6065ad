import { statfsSync } from "node:fs"
import { dirname } from "node:path"
import { DatabaseSync, type SQLInputValue, type StatementSync } from "node:sqlite"
import { Internal, StorageFull } from "../domain/errors.ts"

export type Value = SQLInputValue

/** The result codes of SQLite that mean something here, without their extension. */
const codes = { io: 10, corrupt: 11, full: 13, notADatabase: 26 } as const

/** Below this much room a failed write is put down to a full disk. */
const room = 1024 * 1024

/**
 * One SQLite connection: statements are prepared once, by their text, and SQLite's failures become domain errors.
 * A full disk is `StorageFull`. A damaged file is `Internal`, and `damaged` stays true until the file is replaced.
 */
export class Database {
  readonly file: string
  readonly #db: DatabaseSync
  readonly #statements = new Map<string, Prepared>()
  #damaged = false
  /** Called when a statement meets damage for the first time. */
  onDamage: () => void = () => {}

  constructor(file: string) {
    this.file = file
    this.#db = new DatabaseSync(file)
  }

  get damaged(): boolean {
    return this.#damaged
  }

  exec(sql: string): void {
    this.#guard(() => this.#db.exec(sql))
  }

  run(sql: string, ...values: ReadonlyArray<Value>): void {
    this.#guard(() => this.#prepare(sql).statement.run(...values))
  }

  /** One row, or undefined. `Shape` is what the statement selects. */
  get<Shape>(sql: string, ...values: ReadonlyArray<Value>): Shape | undefined {
    return this.#guard(() => {
      const { names, statement } = this.#prepare(sql)
      const row = statement.get(...values)
      return row === undefined ? undefined : rowOf<Shape>(names, row)
    })
  }

  all<Shape>(sql: string, ...values: ReadonlyArray<Value>): Array<Shape> {
    return this.#guard(() => {
      const { names, statement } = this.#prepare(sql)
      return statement.all(...values).map((row) => rowOf<Shape>(names, row))
    })
  }

  /** All of `write` or nothing. */
  transaction<A>(write: () => A): A {
    this.exec("begin immediate")
    try {
      const result = write()
      this.exec("commit")
      return result
    } catch (error) {
      // SQLite ends the transaction itself where it can't go on, such as on a full disk.
      if (this.#db.isTransaction) this.#db.exec("rollback")
      throw error
    }
  }

  /** All that it reads is of one moment, whatever another connection writes meanwhile. */
  snapshot<A>(read: () => A): A {
    this.exec("begin")
    try {
      return read()
    } finally {
      this.exec("commit")
    }
  }

  close(): void {
    this.#statements.clear()
    if (this.#db.isOpen) this.#db.close()
  }

  #prepare(sql: string): Prepared {
    const known = this.#statements.get(sql)
    if (known !== undefined) return known
    const statement = this.#db.prepare(sql)
    statement.setReturnArrays(true)
    const prepared = { statement, names: statement.columns().map(({ name }) => name) }
    this.#statements.set(sql, prepared)
    return prepared
  }

  #guard<A>(action: () => A): A {
    try {
      return action()
    } catch (error) {
      throw this.#failure(error)
    }
  }

  #failure(error: unknown): unknown {
    const code = resultCode(error)
    if (code === codes.full || (code === codes.io && this.#roomless())) {
      return new StorageFull({ message: "The disk is full: the read model can't be written. Make room and try again." })
    }
    if (code !== codes.corrupt && code !== codes.notADatabase) return error
    if (!this.#damaged) {
      this.#damaged = true
      this.onDamage()
    }
    return beingRebuilt()
  }

  #roomless(): boolean {
    try {
      const { bavail, bsize } = statfsSync(dirname(this.file))
      return bavail * bsize < room
    } catch {
      return false
    }
  }
}

/** A statement that answers rows as arrays: node takes twice the time to make objects of them. */
interface Prepared {
  readonly statement: StatementSync
  readonly names: ReadonlyArray<string>
}

const rowOf = <Shape>(names: ReadonlyArray<string>, values: unknown): Shape => {
  const row: Record<string, unknown> = {}
  for (let i = 0; i < names.length; i++) row[names[i]!] = (values as ReadonlyArray<unknown>)[i]
  return row as Shape
}

export const beingRebuilt = () =>
  new Internal({ message: "The pact's read model is damaged. It is rebuilt from the pact's log, try again soon." })

const resultCode = (error: unknown): number | null =>
  error instanceof Error && "errcode" in error && typeof error.errcode === "number" ? error.errcode & 0xff : null
