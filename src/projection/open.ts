import { existsSync, renameSync, rmSync, statSync } from "node:fs"
import { Database } from "./database.ts"
import { applicationId, schema, schemaVersion } from "./schema.ts"

/**
 * What was found at the file's place. `rebuilt` means: it was no read model of this pact by this build, so a new one was begun
 * and the next follow takes the whole log. `aside` is where the old file lies now, null where it was deleted.
 */
export type Opened =
  | { readonly state: "kept" }
  | { readonly state: "created" }
  | { readonly state: "rebuilt"; readonly reason: Reason; readonly aside: string | null }

/** `diverged`: the log holds other blocks than those that were signed when they were read. */
export type Reason = "damaged" | "foreign" | "version" | "diverged"

export interface OpenOptions {
  /** The pact whose log it follows, 64 hex. */
  readonly pactId: string
  /** Reads the whole file for damage first. For after an unclean stop of the machine: about 1 ms an MB. */
  readonly check?: boolean
}

type Found = "ours" | "empty" | "damaged" | "foreign" | "version"

/** Opens the file, or replaces it where it isn't one that this build can go on with. */
export const openDatabase = (
  file: string,
  options: OpenOptions
): { readonly db: Database; readonly opened: Opened } => {
  const present = existsSync(file) && statSync(file).size > 0
  const db = new Database(file)
  const found = present ? inspect(db, options) : "empty"
  if (found === "ours") return { db: prepare(db), opened: { state: "kept" } }
  if (found === "empty") return { db: create(db, options.pactId), opened: { state: "created" } }
  db.close()
  return replaceDatabase(file, options.pactId, found)
}

/** Puts a closed file out of the way and begins a new one. What is damaged or foreign is kept beside it. */
export const replaceDatabase = (
  file: string,
  pactId: string,
  reason: Reason
): { readonly db: Database; readonly opened: Opened } => {
  const aside = reason === "version" || reason === "diverged" ? null : asideName(file, reason)
  // A log of changes that stays behind would be taken for the new file's.
  for (const part of ["", "-wal"]) {
    if (aside !== null && existsSync(file + part)) renameSync(file + part, aside + part)
    rmSync(file + part, { force: true })
  }
  rmSync(`${file}-shm`, { force: true })
  try {
    return { db: create(new Database(file), pactId), opened: { state: "rebuilt", reason, aside } }
  } catch (error) {
    // Or the next try would keep this one in the place of the damaged file.
    for (const part of ["", "-wal"]) rmSync(file + part, { force: true })
    throw error
  }
}

/** One damaged file is kept, the newest. Foreign ones belong to somebody, so none is overwritten. */
const asideName = (file: string, reason: string): string => {
  const first = `${file}.${reason}`
  if (reason === "damaged") return first
  let name = first
  for (let n = 2; existsSync(name); n++) name = `${first}-${n}`
  return name
}

const inspect = (db: Database, { check, pactId }: OpenOptions): Found => {
  try {
    const application = db.get<{ application_id: number }>("pragma application_id")?.application_id
    const version = db.get<{ user_version: number }>("pragma user_version")?.user_version
    if (application === 0 && version === 0 && db.get("select 1 from sqlite_schema limit 1") === undefined)
      return "empty"
    if (application !== applicationId) return "foreign"
    if (version !== schemaVersion) return "version"
    const follower = db.get<{ pact: string }>("select pact from follower")
    if (follower === undefined) return "damaged"
    if (follower.pact !== pactId) return "foreign"
    if (check === true && db.get<{ quick_check: string }>("pragma quick_check(1)")?.quick_check !== "ok")
      return "damaged"
    return "ours"
  } catch (error) {
    if (db.damaged) return "damaged"
    db.close()
    throw error
  }
}

const create = (db: Database, pactId: string): Database => {
  try {
    db.exec("pragma journal_mode = wal")
    prepare(db)
    db.transaction(() => {
      db.exec(schema)
      // Merging more of what transactions wrote at once, and less often, costs less, and a search no more. But never all
      // at once, which would hold up the transaction that does it.
      db.exec("insert into words (words, rank) values ('automerge', 16), ('crisismerge', 64)")
      db.exec(`pragma application_id = ${applicationId}; pragma user_version = ${schemaVersion}`)
      db.run("insert into follower values (1, ?, 0, 0, 0, 0, 0, 0)", pactId)
      db.run("insert into block values (0, 0, x'')")
      db.run("insert into tally values (1, 0, 0)")
    })
    return db
  } catch (error) {
    db.close()
    throw error
  }
}

/** What a connection needs each time. After a power cut the file is whole but may lack its end, which is followed anew. */
export const prepare = (db: Database): Database => {
  db.exec(
    "pragma synchronous = normal; pragma temp_store = memory; pragma cache_size = -8000; pragma wal_autocheckpoint = 4000; pragma journal_size_limit = 4194304"
  )
  return db
}
