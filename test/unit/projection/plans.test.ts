import { readdirSync, readFileSync } from "node:fs"
import { join } from "node:path"
import { expect, it, onTestFinished } from "vitest"
import { agentIdOf } from "../../../src/domain/ids.ts"
import { Database, type Value } from "../../../src/projection/database.ts"
import { randomHistory } from "../../kit/history.ts"
import { randomFrom } from "../../kit/random.ts"
import { openProjection, sent, tempDir, TestLog } from "./kit.ts"

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

it("no statement is prepared anywhere else, where that test would not see it", () => {
  const folder = join(import.meta.dirname, "../../../src/projection")
  const offenders = readdirSync(folder).filter(
    (file) => file !== "database.ts" && /\.prepare\(|node:sqlite/.test(readFileSync(join(folder, file), "utf8"))
  )
  expect(offenders).toEqual([])
})
