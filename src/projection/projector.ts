import { constant } from "effect/Function"
import type { Accepted, Block, Refused } from "../engine/block.ts"
import { chain, chainAt } from "./chain.ts"
import type { Database } from "./database.ts"
import { bodyOf, briefOf, type Envelope, envelopeOf, identOfEntry, listsOf, typeNumber } from "./entry.ts"
import { nothingTouched, setFact, type Touched } from "./facts.ts"
import { identOf } from "./ident.ts"
import { type WrittenList, listKind, Lists, pairName } from "./lists.ts"
import { rollBack } from "./rollback.ts"
import { Undo } from "./undo.ts"
import { wordsOf, writeWords } from "./words.ts"

/** Where the follower stands. Positions and lengths count: `next` entries and `length` blocks are in. */
export interface Follower {
  readonly length: number
  readonly next: number
  /** The running hash over the ids of all entries, see chain.ts. */
  readonly chain: number
  /** Blocks, and entries of them, that can't move any more. */
  readonly signed: number
  readonly confirmed: number
}

/** One transaction's work: go back to `back` blocks, take `blocks`, and note how much is signed. */
export interface Step {
  readonly back: number | null
  /** Each is asked for when the one before is written, so that few need be in memory. */
  readonly blocks: Iterable<Block>
  readonly count: number
  /** The tree hash of the log at its end, which makes the end a checkpoint. Null while going back in parts. */
  readonly hash: Uint8Array | null
  readonly signed: { readonly length: number; readonly hash: Uint8Array }
}

export interface Stepped {
  /** The accepted entries that were taken back. */
  readonly taken: ReadonlyArray<string>
  readonly touched: Touched
  readonly before: Follower
  readonly after: Follower
}

/** Turns blocks into rows, a transaction a step. Everything in a row comes from the blocks, nothing is decided here. */
export class Projector {
  readonly #db: Database
  readonly #lists: Lists
  #follower: Follower
  /** Another number after every change by another connection. */
  #version: number
  /** Where the full-text index was brought to its end. */
  #searched: Follower | null = null

  constructor(db: Database) {
    this.#db = db
    this.#lists = new Lists(db)
    this.#version = versionOf(db)
    this.#follower = followerOf(db)
  }

  get follower(): Follower {
    return this.#follower
  }

  /** Goes on from where another connection has brought the read model meanwhile. */
  refresh(): void {
    const version = versionOf(this.#db)
    if (version === this.#version) return
    this.#version = version
    this.#lists.forget()
    this.#follower = followerOf(this.#db)
  }

  /** `searchable` leaves nothing to wait for the full-text index. */
  step(step: Step, searchable = false): Stepped {
    const before = this.#follower
    const touched = nothingTouched()
    try {
      const { after, taken } = this.#db.transaction(() => this.#write(step, touched, searchable))
      this.#follower = after
      return { taken, touched, before, after }
    } catch (error) {
      this.#lists.forget()
      throw error
    }
  }

  /** Takes in what waits for the full-text index. */
  index(): void {
    if (this.#searched === this.#follower) return
    this.#db.transaction(() => writeWords(this.#db, this.#lists, null, true))
    this.#searched = this.#follower
  }

  #write(
    step: Step,
    touched: Touched,
    searchable: boolean
  ): { readonly after: Follower; readonly taken: ReadonlyArray<string> } {
    const db = this.#db
    let { chain: hash, confirmed, length, next, signed } = this.#follower
    let taken: ReadonlyArray<string> = []
    let back: number | null = null
    if (step.back !== null && step.back < length) {
      const to = blockRow(db, step.back)
      taken = rollBack(db, this.#lists, { length: step.back, position: to.next }, touched)
      length = step.back
      back = next = to.next
      hash = chainAt(db, next) ?? 0
    }
    const settled = length + step.count <= step.signed.length
    const fresh: Array<() => string | null> = []
    for (const block of step.blocks) {
      const undo = settled ? null : new Undo(db, length)
      for (const decided of block.decided) {
        if (!decided.accepted) this.#refuse(decided, length, undo)
        else if (decided.position !== next)
          throw new Error(`the log has ${decided.id} at ${decided.position} where ${next} is next`)
        else {
          hash = chain(hash, identOfEntry(decided.id))
          const entry = this.#accept(decided, hash, touched, undo)
          // Where it is needed for sure the text is kept, and not the entry that it is made from.
          fresh.push(searchable ? constant(wordsOf(entry, this.#lists)) : () => wordsOf(entry, this.#lists))
          next++
        }
      }
      length++
      if (!settled) db.run("insert into block values (?, ?, null)", length, next)
    }
    this.#lists.flush()
    if (settled && step.count > 0) db.run("insert into block values (?, ?, null)", length, next)
    if (step.hash !== null) db.run("update block set hash = ? where length = ?", step.hash, length)
    if (step.signed.length > signed) {
      signed = step.signed.length
      confirmed = blockRow(db, signed).next
      db.run("update block set hash = ? where length = ?", step.signed.hash, signed)
      db.run("delete from block where length < ?", signed)
      db.run("delete from undo where block < ?", signed)
    }
    db.run(
      "update follower set length = ?, next = ?, chain = ?, signed = ?, confirmed = ?",
      length,
      next,
      hash,
      signed,
      confirmed
    )
    writeWords(db, this.#lists, back, searchable, fresh)
    return { after: { length, next, chain: hash, signed, confirmed }, taken }
  }

  #refuse({ code, id }: Refused, block: number, undo: Undo | null): void {
    const { n, prefix } = identOfEntry(id)
    this.#db.run("insert into refused values (?, ?, ?, ?)", prefix, n, block, code)
    undo?.keep("refused", id, null)
  }

  #accept({ facts, id, json, position }: Accepted, hash: number, touched: Touched, undo: Undo | null): Envelope {
    const db = this.#db
    const entry = envelopeOf(json)
    const { n, prefix } = identOfEntry(id)
    const root = entry.type === "message" ? this.#root(entry, position) : null
    db.run(
      "insert into entry values (?, ?, ?, ?, ?, ?)",
      position,
      typeNumber(entry.type),
      entry.timestamp,
      hash,
      root,
      bodyOf(id, json)
    )
    db.run("insert into ident values (?, ?, ?)", prefix, n, position)
    for (const ref of entry.refs) {
      const target = identOf(ref)
      if (target !== null) db.run("insert or ignore into ref values (?, ?, ?)", target.prefix, target.n, position)
    }
    this.#list(entry, position, root)
    if (entry.type === "skill") db.run("insert into skill values (?, ?)", position, briefOf(id, entry))
    for (const fact of facts) setFact(db, fact, id, position, touched, undo)
    return entry
  }

  /** Puts the entry into its lists. */
  #list(entry: Envelope, position: number, root: number | null): void {
    for (const [kind, name] of listsOf(entry, root)) {
      const known = this.#lists.find(kind, name)
      const list = known ?? this.#lists.open(kind, name, position)
      if (known === undefined && kind === listKind.thread && root !== null) this.#openThread(list, position, root)
      this.#lists.add(list, position, entry.timestamp)
    }
  }

  /** The first reply makes the lists of its thread, and the message that it answers is first in them. */
  #openThread(thread: WrittenList, created: number, root: number): void {
    const first = this.#db.get<{ body: string; timestamp: number }>(
      "select body, timestamp from entry where position = ?",
      root
    )
    if (first === undefined) throw new Error(`the message at ${root} is not there`)
    const author = envelopeOf(`${first.body}}`).agent_id
    for (const list of [thread, this.#lists.open(listKind.threadAgent, pairName(author, String(root)), created)]) {
      this.#lists.add(list, root, first.timestamp)
    }
  }

  /** The message that began the thread: what the first ref to an earlier message leads to. Null for one that begins its own. */
  #root({ refs }: Envelope, position: number): number | null {
    for (const ref of refs) {
      const target = identOf(ref)
      const found =
        target === null
          ? undefined
          : this.#db.get<{ position: number; type: number; root: number | null }>(
              "select e.position, e.type, e.root from ident i join entry e on e.position = i.position where i.prefix = ? and i.n = ?",
              target.prefix,
              target.n
            )
      if (found !== undefined && found.position < position && found.type === typeNumber("message"))
        return found.root ?? found.position
    }
    return null
  }
}

const followerOf = (db: Database): Follower => {
  const follower = db.get<Follower>("select length, next, chain, signed, confirmed from follower")
  if (follower === undefined) throw new Error("the read model has lost its own state")
  return follower
}

const versionOf = (db: Database): number => db.get<{ data_version: number }>("pragma data_version")!.data_version

const blockRow = (db: Database, length: number): { readonly next: number } => {
  const row = db.get<{ next: number }>("select next from block where length = ?", length)
  if (row === undefined) throw new Error(`the read model keeps nothing of block ${length}`)
  return row
}
