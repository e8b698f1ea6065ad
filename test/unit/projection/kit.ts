import { createHash } from "node:crypto"
import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { DatabaseSync } from "node:sqlite"
import { onTestFinished } from "vitest"
import type { EntryType } from "../../../src/domain/entry.ts"
import { agentIdOf, entryIdOf } from "../../../src/domain/ids.ts"
import { applyFrame } from "../../../src/engine/apply.ts"
import { type Decided, decodeHead, encodeBlock } from "../../../src/engine/block.ts"
import type { Fact, TaskFact } from "../../../src/engine/facts.ts"
import { MemoryViews } from "../../../src/engine/memory.ts"
import type { Frame, LogSnapshot } from "../../../src/engine/ports.ts"
import type { Refusal } from "../../../src/engine/verdict.ts"
import { Database } from "../../../src/projection/database.ts"
import type { Page, PageOptions, ServedRow } from "../../../src/projection/page.ts"
import { Projection } from "../../../src/projection/Projection.ts"
import { Projector } from "../../../src/projection/projector.ts"
import type { Random } from "../../kit/random.ts"

/** A folder that is gone after the test. */
export const tempDir = (): string => {
  const dir = mkdtempSync(join(tmpdir(), "openpact-projection-"))
  onTestFinished(() => rmSync(dir, { recursive: true, force: true }))
  return dir
}

export const openProjection = (file: string, pactId: string): Projection => {
  const projection = Projection.open(file, { pactId })
  onTestFinished(() => projection.close())
  return projection
}

/** Every row of every table, but for hashes, which stand at the ends of transactions and these fall where they fall. */
export const dump = (file: string): Record<string, ReadonlyArray<unknown>> => {
  const found = new Database(file)
  // As a search does.
  new Projector(found).index()
  found.close()
  const db = new DatabaseSync(file)
  try {
    db.exec("create virtual table temp.vocabulary using fts5vocab('main', 'words', 'instance')")
    const tables = db.prepare("select name from sqlite_schema where type = 'table' and name not like 'words%'").all()
    const rows: Record<string, ReadonlyArray<unknown>> = {}
    for (const { name } of tables) {
      const columns = name === "block" ? "length, next" : "*"
      rows[String(name)] = db.prepare(`select ${columns} from ${name} order by 1, 2`).all()
    }
    rows["words"] = db.prepare("select * from vocabulary order by term, doc, offset").all()
    return rows
  } finally {
    db.close()
  }
}

/** What a new read model of the same log holds. */
export const dumpRebuilt = async (dir: string, pactId: string, snapshot: LogSnapshot) => {
  const file = join(dir, "rebuilt.db")
  const projection = Projection.open(file, { pactId })
  await projection.follow(snapshot)
  projection.close()
  const rows = dump(file)
  rmSync(file)
  return rows
}

/** A log in memory whose unsigned end is put into another order again and again, each writer's frames staying in theirs. */
export class TestLog {
  readonly views = new MemoryViews()
  readonly pactId: string
  readonly #order: Array<Frame> = []
  readonly #waiting: Array<Frame>
  readonly #random: Random

  constructor(pactId: string, frames: ReadonlyArray<Frame>, random: Random) {
    this.pactId = pactId
    this.#waiting = [...frames]
    this.#random = random
  }
  get length(): number {
    return this.#order.length
  }
  get rest(): number {
    return this.#waiting.length
  }
  snapshot(): LogSnapshot {
    return this.views.snapshot()
  }
  /** The next frames come in. */
  async grow(count: number): Promise<void> {
    for (const frame of this.#waiting.splice(0, count)) await this.#append(frame)
  }
  /** Takes back everything from `length` on and puts it in another order. `drop` leaves out that many of the last ones. */
  async reorder(length: number, drop = 0): Promise<void> {
    const from = Math.max(length, this.views.signedLength)
    const moved = this.#order.splice(from)
    this.views.truncate(from)
    const writers = [...new Set(moved.map(({ writer }) => writer))]
    const queues = writers.map((writer) => moved.filter((frame) => frame.writer === writer))
    const order: Array<Frame> = []
    while (queues.some((queue) => queue.length > 0)) {
      order.push(this.#random.pick(queues.filter((queue) => queue.length > 0)).shift()!)
    }
    this.#waiting.unshift(...order.splice(Math.max(0, order.length - drop)))
    for (const frame of order) await this.#append(frame)
  }
  sign(length: number): void {
    this.views.signedLength = Math.max(this.views.signedLength, Math.min(length, this.#order.length))
  }
  async #append(frame: Frame): Promise<void> {
    this.#order.push(frame)
    await applyFrame(this.pactId, this.views, frame)
  }
}

export interface Made {
  readonly timestamp?: number
  readonly refs?: ReadonlyArray<string>
  readonly displayName?: string | null
  readonly facts?: (id: string) => ReadonlyArray<Fact>
}

/** A log that is written block by block, as `apply` would have decided it. */
export class Blocks {
  readonly pactId = "ab".repeat(32)
  readonly #blocks: Array<Uint8Array> = []
  readonly #lengths = new Map<string, number>()
  #next = 0
  signed = 0

  get length(): number {
    return this.#blocks.length
  }
  /** Adds a block with one entry and returns its id. */
  add(writer: string, type: EntryType, payload: unknown, made: Made = {}): string {
    const { displayName = null, facts, refs = [], timestamp = 1_750_000_000_000 + this.#next } = made
    const entry = { agent_id: agentIdOf(writer), display_name: displayName, payload, refs, timestamp, type }
    return this.#push(writer, (id) => ({
      accepted: true,
      id,
      position: this.#next++,
      json: JSON.stringify(entry),
      facts: facts?.(id) ?? []
    }))
  }
  refuse(writer: string, code: Refusal): string {
    return this.#push(writer, (id) => ({ accepted: false, id, code }))
  }
  know(writer: string, topic: string, content: string, made: Made = {}): string {
    return this.add(writer, "knowledge", { topic, content }, made)
  }
  say(writer: string, content: string, made: Made = {}): string {
    return this.add(writer, "message", { content }, made)
  }
  /** An entry that stood in the log before, `length` in its writer's own, is put at the end again. */
  again(writer: string, length: number, payload: (id: string) => unknown): string {
    this.rewind(writer, length - 1)
    return this.add(writer, "knowledge", payload(entryIdOf(writer, length, 0)))
  }
  /** The next block of a writer is the one after `length` of its own. */
  rewind(writer: string, length: number): void {
    this.#lengths.set(writer, length)
  }
  /** Takes back all blocks from `length` on. */
  truncate(length: number): void {
    this.#blocks.length = length
    const last = this.#blocks.at(-1)
    this.#next = last === undefined ? 0 : decodeHead(last).next
  }
  snapshot(): LogSnapshot {
    const blocks = [...this.#blocks]
    return {
      length: blocks.length,
      signedLength: this.signed,
      get: async (index) => blocks[index]!,
      hash: async (length) => {
        const hash = createHash("sha256")
        for (const block of blocks.slice(0, length)) hash.update(block)
        return hash.digest()
      }
    }
  }
  #push(writer: string, decide: (id: string) => Decided): string {
    const length = (this.#lengths.get(writer) ?? 0) + 1
    this.#lengths.set(writer, length)
    const decided = decide(entryIdOf(writer, length, 0))
    this.#blocks.push(encodeBlock({ writer, length, next: this.#next, mark: 0, decided: [decided] }))
    return decided.id
  }
}

export const ada = `a${"1".repeat(63)}`
export const bob = `b${"2".repeat(63)}`

export const taskFact = (id: string, more: Partial<TaskFact> = {}): TaskFact => ({
  kind: "task",
  id,
  status: "open",
  assigned_to: null,
  ttl: null,
  claim: null,
  fence: 0,
  holder: null,
  holder_key: null,
  worker: null,
  claimed_at: null,
  lease: null,
  until: null,
  ...more
})

export interface Sent {
  readonly id: string
  readonly confirmed: boolean
  readonly [field: string]: unknown
}

/** The entries of a page, as HTTP would send them. */
export const sent = ({ rows }: { readonly rows: ReadonlyArray<ServedRow> }): ReadonlyArray<Sent> =>
  rows.map(({ body, confirmed }) => JSON.parse(`${body},"confirmed":${confirmed}}`))

/** All pages of a list, one after the other. */
export const walk = (list: (page: PageOptions) => Page, options: PageOptions): ReadonlyArray<ServedRow> => {
  const rows: Array<ServedRow> = []
  let cursor: string | null = null
  for (;;) {
    const page = list({ ...options, cursor })
    rows.push(...page.rows)
    if (page.hasMore !== (page.cursor !== null)) throw new Error("a page has more exactly when it has a cursor")
    if (page.cursor === null) return rows
    cursor = page.cursor
  }
}
