import { readdirSync, readFileSync } from "node:fs"
import { join } from "node:path"
import { expect, it, onTestFinished } from "vitest"
import { agentIdOf } from "../../../src/domain/ids.ts"
import { Database, type Value } from "../../../src/projection/database.ts"
import { spanLength } from "../../../src/projection/lists.ts"
import type { Page, PageOptions } from "../../../src/projection/page.ts"
import { randomHistory } from "../../kit/history.ts"
import { randomFrom } from "../../kit/random.ts"
import { ada, Blocks, openProjection, sent, tempDir, TestLog } from "./kit.ts"

/** Every statement that is read with, and values for it, until the test ends. */
const record = () => {
  const seen = new Map<string, { readonly db: Database; readonly values: ReadonlyArray<Value> }>()
  const { all, get } = Database.prototype
  const watched = <A extends typeof all | typeof get>(method: A) =>
    function (this: Database, sql: string, ...values: ReadonlyArray<Value>) {
      seen.set(sql, { db: this, values })
      return method.call(this, sql, ...values)
    }
  Object.assign(Database.prototype, { all: watched(all), get: watched(get) })
  onTestFinished(() => void Object.assign(Database.prototype, { all, get }))
  return {
    seen,
    explain: (db: Database, sql: string, values: ReadonlyArray<Value>) =>
      (all.call(db, `explain query plan ${sql}`, ...values) as Array<{ detail: string }>).map(({ detail }) => detail)
  }
}

/** A read model with lists of that length. */
const longLists = async (length: number) => {
  const blocks = new Blocks()
  for (let i = 0; i < length; i++) {
    blocks.know(ada, "t", "x")
    blocks.add(ada, "skill", { name: "s", version: "1.0.0", format: "generic", content: "x", checksum: "sha256:00" })
  }
  blocks.signed = 40
  const long = openProjection(join(tempDir(), "index.db"), blocks.pactId)
  await long.follow(blocks.snapshot())
  return long
}

const maybe = <A>(value: A) => [undefined, value]

/** Tables of one row. */
const small = ["follower", "pact"]

it("every read walks an index: no statement scans a table that grows, and none sorts", async () => {
  const { explain, seen } = record()
  const random = randomFrom(1)
  const { frames, pactId } = randomHistory(random, 300)
  const log = new TestLog(pactId, frames, random)
  await log.grow(frames.length)
  const projection = openProjection(join(tempDir(), "index.db"), pactId)
  await projection.follow(log.snapshot())
  await log.reorder(log.length - 20)
  await projection.follow(log.snapshot())

  const agentId = agentIdOf(pactId)
  const [task] = sent(projection.tasks({}, 0, {}))
  const [message] = sent(projection.messages({}, {}))
  for (const order of ["asc", "desc"] as const) {
    for (const since of maybe(1)) {
      for (const agent of maybe(agentId)) {
        for (const topic of maybe("t1")) projection.knowledge({ topic, agent_id: agent, since }, { order })
        for (const thread of maybe(message!.id)) projection.messages({ thread, agent_id: agent, since }, { order })
      }
    }
    for (const assignedTo of maybe(agentId)) {
      for (const claimedBy of maybe(agentId)) {
        for (const status of [undefined, "open", "claimed", "complete"] as const)
          projection.tasks({ status, assigned_to: assignedTo, claimed_by: claimedBy }, 5, { order })
      }
    }
    for (const type of maybe("task" as const)) for (const since of maybe(1)) projection.log({ type, since }, { order })
    for (const format of maybe("generic")) projection.skills({ format }, { order })
    const page = projection.log({}, { order, limit: 2 })
    projection.log({}, { order, cursor: page.cursor })
    projection.referencedBy(task!.id, { order })
    projection.invites(0, { order })
  }
  projection.task(task!.id, 0)
  projection.entry("ffffffff-256")
  projection.topics({ limit: 10 })
  projection.counts()
  projection.members({ limit: 10 })
  projection.memberCounts()
  projection.memberWithWork(pactId)
  projection.activeAmong([pactId])
  projection.invite("ab".repeat(32), 0)
  projection.inviteLike("ab".repeat(16))
  projection.member(pactId)
  projection.pact()
  projection.changes({ since: projection.changes({ from: "head" }).cursor })
  projection.changes({ type: "task", confirmed: true })
  projection.search({ q: "work", type: "task", topic: "t1" })

  // Lists long enough to have full runs.
  const long = await longLists(2 * spanLength)
  for (const order of ["asc", "desc"] as const) {
    for (const since of maybe(1)) long.knowledge({ since }, { order, limit: 200 })
    long.skills({}, { order, limit: 200 })
  }

  const statements = [...seen].filter(([sql]) => /^\s*select/i.test(sql))
  expect(statements.length).toBeGreaterThan(30)
  const offenders = statements.flatMap(([sql, { db, values }]) =>
    explain(db, sql, values)
      // The full-text index is no scan: it walks the words' own lists. What the caller asks about is no table.
      .filter((step) => /SCAN|TEMP B-TREE|AUTOMATIC/.test(step) && !/^SCAN (words|json_each) VIRTUAL TABLE/.test(step))
      .filter((step) => !small.some((table) => step === `SCAN ${table}`))
      .map((step) => `${step}: ${sql}`)
  )
  expect(offenders).toEqual([])
})

it("a page of a list reads the runs that it is made of, however long the list is", async () => {
  const calls: Array<{ readonly sql: string; readonly rows: number }> = []
  const { all, get } = Database.prototype
  Object.assign(Database.prototype, {
    all(this: Database, sql: string, ...values: ReadonlyArray<Value>) {
      const rows = all.call(this, sql, ...values)
      calls.push({ sql, rows: rows.length })
      return rows
    },
    get(this: Database, sql: string, ...values: ReadonlyArray<Value>) {
      const row = get.call(this, sql, ...values)
      calls.push({ sql, rows: row === undefined ? 0 : 1 })
      return row
    }
  })
  onTestFinished(() => void Object.assign(Database.prototype, { all, get }))
  const read = <A>(query: () => A) => {
    calls.length = 0
    const result = query()
    return { result, rows: calls.reduce((sum, { rows }) => sum + rows, 0), statements: calls.length }
  }
  const sizes = []
  for (const length of [3 * spanLength + 32, 30 * spanLength + 32]) {
    const long = await longLists(length)
    const lists: ReadonlyArray<(page: PageOptions) => Page> = [
      (page) => long.knowledge({}, page),
      (page) => long.knowledge({ topic: "t", since: 1 }, page),
      (page) => long.skills({}, page),
      (page) => long.log({ type: "knowledge" }, page)
    ]
    const pages = lists.flatMap((list) =>
      (["asc", "desc"] as const).flatMap((order) => {
        const first = read(() => list({ order }))
        const second = read(() => list({ order, cursor: first.result.cursor }))
        const third = read(() => list({ order, cursor: second.result.cursor }))
        return [first, second, third]
      })
    )
    for (const { result } of pages) expect(result.rows).toHaveLength(50)
    const others = [
      read(() => long.changes({ type: "knowledge" })),
      read(() => long.changes({ type: "knowledge", confirmed: true })),
      read(() => long.topics({ limit: 10 }))
    ]
    sizes.push([...pages, ...others].map(({ rows, statements }) => ({ rows, statements })))
  }
  expect(sizes[1]).toEqual(sizes[0])
})

it("no statement is prepared anywhere else, where that test would not see it", () => {
  const folder = join(import.meta.dirname, "../../../src/projection")
  const offenders = readdirSync(folder).filter(
    (file) => file !== "database.ts" && /\.prepare\(|node:sqlite/.test(readFileSync(join(folder, file), "utf8"))
  )
  expect(offenders).toEqual([])
})
