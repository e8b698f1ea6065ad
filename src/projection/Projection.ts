import { Internal, StorageFull } from "../domain/errors.ts"
import type { LogSnapshot } from "../engine/ports.ts"
import { type Changes, changes, type ChangesQuery, feedCursor } from "./changes.ts"
import { beingRebuilt, type Database } from "./database.ts"
import {
  entryById,
  type Found,
  idAt,
  knowledge,
  type KnowledgeFilter,
  log,
  type LogFilter,
  type MessageFilter,
  messages,
  referencedBy,
  skills
} from "./entries.ts"
import { Diverged, follow, type Followed, type FollowOptions } from "./follow.ts"
import { openDatabase, type Opened, type OpenOptions, replaceDatabase } from "./open.ts"
import {
  activeAmong,
  isSettledMember,
  memberByKey,
  memberCounts,
  members,
  type MembersOptions,
  memberWithWork
} from "./members.ts"
import { counts, inviteByKey, inviteFact, inviteLike, invites, pactInfo, type Topic, topics } from "./overview.ts"
import type { Page, PageOptions } from "./page.ts"
import { Projector } from "./projector.ts"
import type { Reading } from "./reading.ts"
import { search, type SearchQuery } from "./search.ts"
import { type FoundState, type FoundTask, taskById, type TaskFilter, tasks, taskStateById } from "./tasks.ts"

/**
 * The read model of one pact: a SQLite file made from its log alone, which answers every query. It may be deleted at any time.
 * All queries are synchronous, see one whole prefix of the log, and cost what their page costs, however large the pact is.
 * They throw `BadCursor` and `BadRequest` for what the caller sent, and `Internal` when the file turns out to be damaged,
 * until a follow has built it anew.
 */
export class Projection {
  readonly pactId: string
  readonly #file: string
  #db: Database
  #projector: Projector
  #opened: Opened
  #following = false
  /** Not all of the log is in again yet, so no query can be answered. */
  #rebuilding = false
  /** Why the file has to go, until a new one is in its place: a full disk may keep that from being made. */
  #condemned: "damaged" | "diverged" | null = null
  #onDamage = () => {}

  private constructor(file: string, { pactId }: OpenOptions, db: Database, opened: Opened) {
    this.#file = file
    this.pactId = pactId
    this.#db = db
    this.#opened = opened
    this.#projector = new Projector(db)
    db.onDamage = () => this.#onDamage()
  }

  /** Opens the file, or makes a new one where there is none that this build can go on with. See {@link opened}. */
  static open(file: string, options: OpenOptions): Projection {
    const { db, opened } = openDatabase(file, options)
    return new Projection(file, options, db, opened)
  }

  /** What was found when it was opened or, since then, replaced by a follow. */
  get opened(): Opened {
    return this.#opened
  }
  /** True once a query met damage. The next follow makes a new file. */
  get damaged(): boolean {
    return this.#db.damaged
  }
  /** Calls back when a query meets damage, so that somebody follows. */
  whenDamaged(callback: () => void): void {
    this.#onDamage = callback
  }
  /** Another object after each change of what queries answer. */
  get version(): object {
    return this.#projector.follower
  }
  /** The number of entries, and the position of the next one. */
  get entries(): number {
    return this.#projector.follower.next
  }
  /** Entries before this position can't move any more. */
  get confirmed(): number {
    return this.#projector.follower.confirmed
  }
  /** The number of blocks of the log that are in. */
  get length(): number {
    return this.#projector.follower.length
  }

  /**
   * Brings the model to the log as the snapshot has it, see follow.ts. One at a time. Where the file is damaged, or the log no
   * longer holds what was signed, the model is built anew, and `rebuilt` says why.
   * @throws StorageFull, with all but the last transaction kept. It goes on from there the next time.
   */
  async follow(
    snapshot: LogSnapshot,
    options: FollowOptions = {}
  ): Promise<Followed & { readonly rebuilt: Opened | null }> {
    if (this.#following) throw new Error("this read model follows already")
    this.#following = true
    try {
      const reason = this.#condemned ?? (this.#db.damaged ? "damaged" : null)
      if (reason !== null) return await this.#rebuild(reason, snapshot, options)
      try {
        return { ...(await this.#take(snapshot, options)), rebuilt: null }
      } catch (error) {
        if (error instanceof Diverged) return await this.#rebuild("diverged", snapshot, options)
        if (error instanceof Internal && this.#db.damaged) return await this.#rebuild("damaged", snapshot, options)
        throw error
      }
    } finally {
      this.#following = false
    }
  }

  async #rebuild(reason: "damaged" | "diverged", snapshot: LogSnapshot, options: FollowOptions) {
    this.#rebuilding = true
    this.#condemned = reason
    this.#db.close()
    const { db, opened } = replaceDatabase(this.#file, this.pactId, reason)
    this.#condemned = null
    this.#db = db
    db.onDamage = () => this.#onDamage()
    this.#opened = opened
    this.#projector = new Projector(db)
    options.onRebuild?.(opened)
    return { ...(await this.#take(snapshot, options)), rebuilt: opened }
  }

  async #take(snapshot: LogSnapshot, options: FollowOptions): Promise<Followed> {
    const followed = await follow(this.#db, this.#projector, snapshot, options)
    if (followed.complete) this.#rebuilding = false
    return followed
  }

  /** Ends it. A follow must have ended before. */
  close(): void {
    this.#db.close()
  }

  entry(id: string): Found | null {
    return entryById(this.#reading, id)
  }
  /** The id of the entry at a position. */
  idAt(position: number): string | null {
    return idAt(this.#reading, position)
  }
  knowledge(filter: KnowledgeFilter, page: PageOptions): Page {
    return knowledge(this.#reading, filter, page)
  }
  messages(filter: MessageFilter, page: PageOptions): Page {
    return messages(this.#reading, filter, page)
  }
  skills(filter: { readonly format?: string | undefined }, page: PageOptions): Page {
    return skills(this.#reading, filter, page)
  }
  log(filter: LogFilter, page: PageOptions): Page {
    return log(this.#reading, filter, page)
  }
  referencedBy(id: string, page: PageOptions): Page {
    return referencedBy(this.#reading, id, page)
  }
  /** `now` is the reader's clock, ms: a claim whose lease is over by it is shown, and found, as open. */
  tasks(filter: TaskFilter, now: number, page: PageOptions): Page {
    return tasks(this.#reading, filter, now, page)
  }
  /** A task without its history. */
  taskState(id: string, now: number): FoundState | null {
    return taskStateById(this.#reading, id, now)
  }
  task(id: string, now: number): FoundTask | null {
    return taskById(this.#reading, id, now)
  }
  topics(options: { readonly after?: string | undefined; readonly limit: number }): ReadonlyArray<Topic> {
    return topics(this.#reading, options)
  }
  counts() {
    return counts(this.#reading)
  }
  /** The active members by key, a page of them. */
  members(options: MembersOptions) {
    return members(this.#reading, options)
  }
  memberCounts() {
    return memberCounts(this.#reading)
  }
  member(key: string) {
    return memberByKey(this.#reading, key)
  }
  /** Those of these keys that are active members. */
  activeAmong(keys: ReadonlyArray<string>) {
    return activeAmong(this.#reading, keys)
  }
  /** True for an active member whose admission is confirmed. */
  isSettledMember(key: string) {
    return isSettledMember(this.#reading, key)
  }
  /** The same with what it wrote. */
  memberWithWork(key: string) {
    return memberWithWork(this.#reading, key)
  }
  invite(key: string, now: number) {
    return inviteByKey(this.#reading, key, now)
  }
  /** An invite as `apply` holds it. */
  inviteFact(key: string) {
    return inviteFact(this.#reading, key)
  }
  /** The public key of an invite by how it begins, or null. */
  inviteLike(start: string) {
    return inviteLike(this.#reading, start)
  }
  invites(now: number, page: PageOptions) {
    return invites(this.#reading, now, page)
  }
  pact() {
    return pactInfo(this.#reading)
  }
  changes(query: ChangesQuery): Changes {
    return changes(this.#reading, query)
  }
  /** The cursor for `changes` of a reader that has seen everything before `position`. */
  feedCursor(query: Pick<ChangesQuery, "type" | "confirmed">, position: number): string {
    return feedCursor(this.#reading, query, position)
  }
  search(query: SearchQuery) {
    const reading = this.#reading
    try {
      this.#projector.index()
    } catch (error) {
      // On a full disk what came last is found once there is room.
      if (!(error instanceof StorageFull)) throw error
    }
    return search(reading, query)
  }

  get #reading(): Reading {
    if (this.#rebuilding) throw beingRebuilt()
    const { confirmed, next, signed } = this.#projector.follower
    return { db: this.#db, pactId: this.pactId, next, confirmed, signed }
  }
}
