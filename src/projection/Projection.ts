import { Internal, StorageFull } from "../domain/errors.ts"
import { decodeHead } from "../engine/block.ts"
import type { LogSnapshot } from "../engine/ports.ts"
import { takeAhead } from "./ahead.ts"
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
import { startThread, type Thread, ThreadLost } from "./thread.ts"
import { type FoundState, type FoundTask, taskById, type TaskFilter, tasks, taskStateById } from "./tasks.ts"

export interface ThreadedOptions extends FollowOptions {
  /** Takes what can't move any more, see ahead.ts. */
  readonly thread?: Pick<Thread, "take">
  /** Called when it has ended. The follow goes on without it. */
  readonly onThreadLost?: (lost: ThreadLost) => void
}

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
  /** Another thread may write at any moment, and takes everything into the full-text index at once. */
  #threaded = false
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

  /** Starts a thread for follows. It must be closed first, and after a follow that built the model anew. */
  startThread(): Thread {
    return startThread(this.#file)
  }

  /** True where a follow would take at least so many entries that can't move any more. */
  async lacks(entries: number, { get, length, signedLength }: LogSnapshot): Promise<boolean> {
    const settled = Math.min(length, signedLength)
    return settled > this.length && decodeHead(await get(settled - 1)).next - this.entries >= entries
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
    options: ThreadedOptions = {}
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

  async #rebuild(reason: "damaged" | "diverged", snapshot: LogSnapshot, options: ThreadedOptions) {
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
    // A thread has the old file.
    const { thread: _, ...alone } = options
    return { ...(await this.#take(snapshot, alone)), rebuilt: opened }
  }

  async #take(snapshot: LogSnapshot, options: ThreadedOptions): Promise<Followed> {
    const { confirmed, length, next } = this.#projector.follower
    await this.#takeAhead(snapshot, options)
    const ahead = this.length - length
    const followed = await follow(this.#db, this.#projector, snapshot, options)
    if (followed.complete) this.#rebuilding = false
    return {
      ...followed,
      blocks: ahead + followed.blocks,
      position: { before: next, after: followed.position.after },
      confirmed: { before: confirmed, after: followed.confirmed.after }
    }
  }

  async #takeAhead(snapshot: LogSnapshot, { onThreadLost, thread, ...options }: ThreadedOptions): Promise<void> {
    if (thread === undefined) return
    this.#threaded = true
    try {
      await takeAhead(this.#db, this.#projector, snapshot, { thread, ...options })
    } catch (cause) {
      if (!(cause instanceof ThreadLost)) throw cause
      this.#projector.refresh()
      onThreadLost?.(cause)
    } finally {
      this.#threaded = false
    }
  }

  /** Ends it. A follow must have ended before. */
  close(): void {
    this.#db.close()
  }

  entry(id: string): Found | null {
    return this.#ask((reading) => entryById(reading, id))
  }
  /** The id of the entry at a position. */
  idAt(position: number): string | null {
    return this.#ask((reading) => idAt(reading, position))
  }
  knowledge(filter: KnowledgeFilter, page: PageOptions): Page {
    return this.#ask((reading) => knowledge(reading, filter, page))
  }
  messages(filter: MessageFilter, page: PageOptions): Page {
    return this.#ask((reading) => messages(reading, filter, page))
  }
  skills(filter: { readonly format?: string | undefined }, page: PageOptions): Page {
    return this.#ask((reading) => skills(reading, filter, page))
  }
  log(filter: LogFilter, page: PageOptions): Page {
    return this.#ask((reading) => log(reading, filter, page))
  }
  referencedBy(id: string, page: PageOptions): Page {
    return this.#ask((reading) => referencedBy(reading, id, page))
  }
  /** `now` is the reader's clock, ms: a claim whose lease is over by it is shown, and found, as open. */
  tasks(filter: TaskFilter, now: number, page: PageOptions): Page {
    return this.#ask((reading) => tasks(reading, filter, now, page))
  }
  /** A task without its history. */
  taskState(id: string, now: number): FoundState | null {
    return this.#ask((reading) => taskStateById(reading, id, now))
  }
  task(id: string, now: number): FoundTask | null {
    return this.#ask((reading) => taskById(reading, id, now))
  }
  topics(options: { readonly after?: string | undefined; readonly limit: number }): ReadonlyArray<Topic> {
    return this.#ask((reading) => topics(reading, options))
  }
  counts() {
    return this.#ask((reading) => counts(reading))
  }
  /** The active members by key, a page of them. */
  members(options: MembersOptions) {
    return this.#ask((reading) => members(reading, options))
  }
  memberCounts() {
    return this.#ask((reading) => memberCounts(reading))
  }
  member(key: string) {
    return this.#ask((reading) => memberByKey(reading, key))
  }
  /** Those of these keys that are active members. */
  activeAmong(keys: ReadonlyArray<string>) {
    return this.#ask((reading) => activeAmong(reading, keys))
  }
  /** True for an active member whose admission is confirmed. */
  isSettledMember(key: string) {
    return this.#ask((reading) => isSettledMember(reading, key))
  }
  /** The same with what it wrote. */
  memberWithWork(key: string) {
    return this.#ask((reading) => memberWithWork(reading, key))
  }
  invite(key: string, now: number) {
    return this.#ask((reading) => inviteByKey(reading, key, now))
  }
  /** An invite as `apply` holds it. */
  inviteFact(key: string) {
    return this.#ask((reading) => inviteFact(reading, key))
  }
  /** The public key of an invite by how it begins, or null. */
  inviteLike(start: string) {
    return this.#ask((reading) => inviteLike(reading, start))
  }
  invites(now: number, page: PageOptions) {
    return this.#ask((reading) => invites(reading, now, page))
  }
  pact() {
    return this.#ask((reading) => pactInfo(reading))
  }
  changes(query: ChangesQuery): Changes {
    return this.#ask((reading) => changes(reading, query))
  }
  /** The cursor for `changes` of a reader that has seen everything before `position`. */
  feedCursor(query: Pick<ChangesQuery, "type" | "confirmed">, position: number): string {
    return this.#ask((reading) => feedCursor(reading, query, position))
  }
  search(query: SearchQuery) {
    return this.#ask((reading) => {
      try {
        if (!reading.readOnly) this.#projector.index()
      } catch (error) {
        // On a full disk what came last is found once there is room.
        if (!(error instanceof StorageFull)) throw error
      }
      return search(reading, query)
    })
  }

  #ask<A>(query: (reading: Reading) => A): A {
    if (this.#rebuilding) throw beingRebuilt()
    if (!this.#threaded) return query(this.#reading)
    return this.#db.snapshot(() => {
      this.#projector.refresh()
      return query(this.#reading)
    })
  }
  get #reading(): Reading {
    const { confirmed, next, signed } = this.#projector.follower
    return { db: this.#db, pactId: this.pactId, next, confirmed, signed, readOnly: this.#threaded }
  }
}
