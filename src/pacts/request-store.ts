import fs from "node:fs"
import { Internal, StorageFull } from "../domain/errors.ts"
import { dirname } from "node:path"
import { Database } from "../projection/database.ts"

/** Where what a request writes stands, if it was written: in this pact, or it is this very pact. */
export interface Mark {
  readonly pactId: string
  readonly entry: EntryMark | null
}

/** Where to look for an entry, see `Ledger.findFrame`. */
export interface EntryMark {
  /** The length of the own log before the frame. */
  readonly length: number
  /** The SHA-256 of the frame. */
  readonly frame: Uint8Array
  /** The place in it. */
  readonly place: number
}

/** What was answered, as it went out. */
export interface Kept {
  readonly type: string
  readonly body: string | Uint8Array
}

export interface FoundRequest {
  readonly print: string
  readonly mark: Mark | null
  readonly answer: (Kept & { readonly query: string }) | null
}

/** How long a key is kept, ms. */
export const keptFor = 24 * 60 * 60 * 1000
/** 256 MiB of keys and answers, in pages of 4 KiB. One that comes when it is full is refused. */
const maxPages = 65_536
/** The part of it that kept answers may help to fill. Past it the oldest go that a mark can make anew. */
const roomy = 3 / 4
/** How many go at a time. */
const dropped = 64
/** Bytes of an answer that is kept though a mark can make it anew. */
const maxBody = 16 * 1024

/**
 * The keyed requests of the last 24 hours, in a SQLite file. What {@link note} has written is on disk when the next
 * {@link sync} ends; an answer that {@link keep} has written survives a kill of the process.
 */
export class RequestStore {
  readonly #db: Database
  readonly #wal: number
  /** From so many pages on answers make room for keys. */
  readonly #high: number
  #broken: Error | null = null
  #syncing: Promise<void> | null = null
  #next: Promise<void> | null = null

  private constructor(db: Database, wal: number, pages: number) {
    this.#db = db
    this.#wal = wal
    this.#high = pages * roomy
  }

  /** Opens the file or makes a new one. `aside` is where one lies now that could not be used. */
  static open(file: string, pages = maxPages): { readonly store: RequestStore; readonly aside: string | null } {
    const aside = isUsable(file) ? null : moveAway(file)
    const db = new Database(file)
    try {
      db.exec(`${opening}; pragma max_page_count = ${pages}`)
      if (version(db) === 0) db.transaction(() => db.exec(schema))
      db.exec(droppable)
      syncFolderOf(file)
      return { store: new RequestStore(db, fs.openSync(`${file}-wal`, "r+"), pages), aside }
    } catch (error) {
      db.close()
      throw told(error)
    }
  }

  /** Null for a key that never came, or came 24 hours or more before `now`, ms, or by a clock that was set back since. */
  find(key: string, now: number): FoundRequest | null {
    const row = this.#try(() =>
      this.#db.get<Row>(
        "select print, pact, length, frame, place, query, type, body from request where key = ? and at between ? and ?",
        key,
        now - keptFor + 1,
        now + keptFor
      )
    )
    if (row === undefined) return null
    const { body, frame, length, pact: pactId, place, print, query, type } = row
    return {
      print,
      mark:
        pactId === null
          ? null
          : { pactId, entry: length === null || frame === null || place === null ? null : { length, frame, place } },
      answer: body === null ? null : { query, type, body }
    }
  }

  /** Writes down where the entry of a request is going to stand. */
  note(key: string, print: string, now: number, { entry, pactId }: Mark): void {
    const { frame = null, length = null, place = null } = entry ?? {}
    this.#insert(key, print, now)
    const set = "update request set pact = ?, length = ?, frame = ?, place = ? where key = ?"
    this.#try(() => this.#db.run(set, pactId, length, frame, place, key))
  }

  /** Keeps the first answer to a request. A large one is left to the mark, where there is one. */
  keep(key: string, print: string, now: number, query: string, { body, type }: Kept): void {
    this.#insert(key, print, now)
    const bytes = Buffer.from(body)
    const set = `update request set query = ?, type = ?, body = ?
      where key = ? and body is null and (pact is null or ? <= ${maxBody})`
    this.#try(() => this.#db.run(set, query, type, bytes, key, bytes.byteLength))
  }

  /** Deletes all about a pact, from the disk too. */
  forget(pactId: string): void {
    this.#try(() => {
      this.#db.run("delete from request where pact = ?", pactId)
      this.#db.exec("pragma wal_checkpoint(truncate)")
    })
  }

  /**
   * Resolves when all that was noted before the call is on disk. Calls at the same time share the work. Once it failed it
   * fails for good: the system may have dropped what it could not write, so a later success would prove nothing.
   */
  sync(): Promise<void> {
    if (this.#broken !== null) return Promise.reject(this.#broken)
    if (this.#syncing === null) {
      this.#syncing = new Promise<void>((resolve, reject) =>
        fs.fdatasync(this.#wal, (error) => {
          if (error === null) return resolve()
          this.#broken = error
          reject(error)
        })
      ).finally(() => (this.#syncing = null))
      return this.#syncing
    }
    // One under way may have begun before the caller's note.
    this.#next ??= this.#syncing
      .catch(() => {})
      .then(() => {
        this.#next = null
        return this.sync()
      })
    return this.#next
  }

  close(): void {
    this.#db.close()
    fs.closeSync(this.#wal)
  }

  #insert(key: string, print: string, now: number): void {
    this.#makeRoom()
    this.#try(() =>
      this.#db.transaction(() => {
        this.#db.run("delete from request where at <= ? or at > ?", now - keptFor, now + keptFor)
        this.#db.run("insert into request (key, print, at) values (?, ?, ?) on conflict do nothing", key, print, now)
      })
    )
  }

  /** Lets go of the oldest answers that their marks can make anew. A row that is put in anew gives its page back. */
  #makeRoom(): void {
    const pages = () => this.#db.get<{ readonly page_count: number }>("pragma page_count")?.page_count ?? 0
    const kept = () => this.#db.get(`select 1 from ${droppables} limit 1`) !== undefined
    this.#try(() => {
      while (pages() > this.#high && kept()) {
        this.#db.run(
          `replace into request (key, print, at, pact, length, frame, place)
            select key, print, at, pact, length, frame, place from request where rowid in (
              select rowid from ${droppables} order by at limit ${dropped})`
        )
      }
    })
  }

  #try<A>(action: () => A): A {
    try {
      return action()
    } catch (error) {
      throw told(error)
    }
  }
}

interface Row {
  readonly print: string
  readonly pact: string | null
  readonly length: number | null
  readonly frame: Uint8Array | null
  readonly place: number | null
  readonly query: string
  readonly type: string
  readonly body: Uint8Array | null
}

/** "OPrq" in ASCII. */
const applicationId = 0x4f507271
const opening = `pragma auto_vacuum = full; pragma journal_mode = wal; pragma locking_mode = exclusive;
  pragma synchronous = normal; pragma secure_delete = on;
  pragma journal_size_limit = 4194304`
const schema = `
create table request (
  key text primary key, print text not null, at integer not null,
  pact text, length integer, frame blob, place integer,
  query text, type text, body blob
);
create index request_at on request (at);
create index request_pact on request (pact) where pact is not null;
pragma application_id = ${applicationId};
pragma user_version = 1`

/** Files of older builds get it too. */
const isDroppable = "body is not null and pact is not null"
const droppable = `create index if not exists request_droppable on request (at) where ${isDroppable}`
const droppables = `request indexed by request_droppable where ${isDroppable}`

const version = (db: Database): number =>
  db.get<{ readonly user_version: number }>("pragma user_version")?.user_version ?? 0

/** True for no file, an empty one, and one that this build wrote and that is whole. */
const isUsable = (file: string): boolean => {
  if (!fs.existsSync(file) || fs.statSync(file).size === 0) return true
  const db = new Database(file)
  try {
    const application = db.get<{ readonly application_id: number }>("pragma application_id")?.application_id
    if (version(db) === 0) return db.get("select 1 from sqlite_schema limit 1") === undefined
    return (
      application === applicationId &&
      version(db) === 1 &&
      db.get<{ readonly quick_check: string }>("pragma quick_check(1)")?.quick_check === "ok"
    )
  } catch (error) {
    if (db.damaged) return false
    throw told(error)
  } finally {
    db.close()
  }
}

const moveAway = (file: string): string => {
  let aside = `${file}.damaged`
  for (let n = 2; fs.existsSync(aside); n++) aside = `${file}.damaged-${n}`
  for (const part of ["", "-wal"]) if (fs.existsSync(file + part)) fs.renameSync(file + part, aside + part)
  return aside
}

/** A file that was just made is there after a power cut. Windows can't sync a folder. */
const syncFolderOf = (file: string): void => {
  if (process.platform === "win32") return
  const folder = fs.openSync(dirname(file), "r")
  try {
    fs.fsyncSync(folder)
  } finally {
    fs.closeSync(folder)
  }
}

const told = (error: unknown): unknown => {
  if (error instanceof StorageFull) return noRoom()
  return error instanceof Internal
    ? new Internal({ message: "requests.db in the home is damaged. Restart the daemon: it is set aside then." })
    : error
}

const noRoom = () =>
  new StorageFull({
    message:
      "There is no room to keep an Idempotency-Key: the disk is full, or 256 MiB of them came within 24 hours. " +
      "Nothing was written. Free some space, or send the request without a key."
  })
