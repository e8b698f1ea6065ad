import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { DatabaseSync } from "node:sqlite"
import { onTestFinished } from "vitest"
import { applyFrame } from "../../../src/engine/apply.ts"
import { MemoryViews } from "../../../src/engine/memory.ts"
import type { Frame, LogSnapshot } from "../../../src/engine/ports.ts"
import { Projection } from "../../../src/projection/Projection.ts"
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
