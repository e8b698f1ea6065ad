import { join } from "node:path"
import { expect, it } from "vitest"
import { BadCursor } from "../../../src/domain/errors.ts"
import { agentIdOf } from "../../../src/domain/ids.ts"
import type { Projection } from "../../../src/projection/Projection.ts"
import { randomFrom } from "../../kit/random.ts"
import { ada, Blocks, bob, openProjection, sent, tempDir } from "./kit.ts"

const open = async (blocks: Blocks) => {
  const projection = openProjection(join(tempDir(), "index.db"), blocks.pactId)
  await projection.follow(blocks.snapshot())
  return projection
}
const fill = (blocks: Blocks, count: number) =>
  Array.from({ length: count }, (_, i) => blocks.know(ada, "t", `fact ${i}`))
const ids = (page: {
  readonly rows: ReadonlyArray<{ readonly position: number; readonly body: string; readonly confirmed: boolean }>
}) => sent(page).map((entry) => entry.id)

it.each(["asc", "desc"] as const)(
  "a walk %s sees each entry once while entries arrive between its pages",
  async (order) => {
    const random = randomFrom(3)
    const blocks = new Blocks()
    const before = fill(blocks, 100)
    const projection = await open(blocks)
    const seen: Array<string> = []
    const late: Array<string> = []
    let cursor: string | null = null
    do {
      const page = projection.knowledge({ topic: "t" }, { order, limit: 1 + random.below(9), cursor })
      seen.push(...ids(page))
      cursor = page.cursor
      if (late.length < 30) late.push(...fill(blocks, 1 + random.below(3)))
      await projection.follow(blocks.snapshot())
    } while (cursor !== null)
    expect(seen).toEqual(order === "asc" ? [...before, ...late] : before.toReversed())
  }
)

/** Puts two late entries in front of the unsigned ones, as when a member comes back. */
const comeBack = (blocks: Blocks, at: number): ReadonlyArray<string> => {
  blocks.truncate(at)
  return [blocks.know(bob, "t", "late 1"), blocks.know(bob, "t", "late 2")]
}

it.each(["asc", "desc"] as const)(
  "a walk %s goes on at its entry when the order before it has grown",
  async (order) => {
    const blocks = new Blocks()
    const settled = fill(blocks, 10)
    blocks.signed = 10
    const moving = fill(blocks, 10)
    const projection = await open(blocks)
    const first = projection.knowledge({}, { order, limit: 5 + (order === "asc" ? 10 : 0) })
    comeBack(blocks, 10)
    for (const [i, id] of moving.entries()) expect(id).toBe(reAdd(blocks, i))
    await projection.follow(blocks.snapshot())
    const rest = projection.knowledge({}, { order, limit: 100, cursor: first.cursor })
    const seen = [...ids(first), ...ids(rest)]
    expect(new Set(seen).size).toBe(seen.length)
    expect(seen).toEqual(expect.arrayContaining([...settled, ...moving]))
  }
)

/** The same entry of ada's again, behind another one. */
const reAdd = (blocks: Blocks, i: number): string =>
  blocks.again(ada, 11 + i, (id) => ({ topic: "t", content: `fact ${i} ${id}` }))

it.each(["asc", "desc"] as const)("a walk %s misses nothing when the entry of its cursor is gone", async (order) => {
  const blocks = new Blocks()
  const settled = fill(blocks, 5)
  blocks.signed = 5
  const gone = blocks.know(ada, "t", "gone")
  const projection = await open(blocks)
  const after = [blocks.know(bob, "t", "b1"), blocks.know(bob, "t", "b2")]
  await projection.follow(blocks.snapshot())
  const page = projection.knowledge({}, { order, limit: order === "asc" ? 6 : 3 })
  expect(ids(page).at(-1)).toBe(gone)
  blocks.truncate(5)
  const back = [1, 2].map((n) => blocks.again(bob, n, () => ({ topic: "t", content: `b${n}` })))
  expect(back).toEqual(after)
  await projection.follow(blocks.snapshot())
  const rest = ids(projection.knowledge({}, { order, cursor: page.cursor }))
  expect(rest).toEqual(order === "asc" ? after : settled.toReversed())
})

it("a cursor is good for its list, filters, order and pact, and for nothing else", async () => {
  const blocks = new Blocks()
  fill(blocks, 5)
  for (let i = 0; i < 5; i++) blocks.say(ada, "hello")
  const projection = await open(blocks)
  const cursor = projection.knowledge({ topic: "t" }, { limit: 2 }).cursor!
  const head = projection.changes({ from: "head" }).cursor
  const uses: ReadonlyArray<(read: Projection, cursor: string) => unknown> = [
    (read, cursor) => read.knowledge({}, { cursor }),
    (read, cursor) => read.knowledge({ topic: "t2" }, { cursor }),
    (read, cursor) => read.knowledge({ topic: "t", since: 1 }, { cursor }),
    (read, cursor) => read.knowledge({ topic: "t", agent_id: agentIdOf(ada) }, { cursor }),
    (read, cursor) => read.knowledge({ topic: "t" }, { cursor, order: "asc" }),
    (read, cursor) => read.messages({}, { cursor }),
    (read, cursor) => read.skills({}, { cursor }),
    (read, cursor) => read.log({}, { cursor }),
    (read, cursor) => read.tasks({}, 0, { cursor }),
    (read, cursor) => read.invites(0, { cursor }),
    (read, cursor) => read.referencedBy("1a2b3c4d-256", { cursor }),
    (read, cursor) => read.changes({ since: cursor, type: "task" }),
    (read, cursor) => read.changes({ since: cursor, confirmed: true })
  ]
  for (const use of uses) {
    expect(() => use(projection, cursor), String(use)).toThrow(BadCursor)
    expect(() => use(projection, head), String(use)).toThrow(BadCursor)
  }
  expect(projection.knowledge({ topic: "t" }, { cursor, limit: 1000 }).rows).toHaveLength(3)

  const elsewhere = openProjection(join(tempDir(), "index.db"), "cd".repeat(32))
  await elsewhere.follow(blocks.snapshot())
  expect(() => elsewhere.knowledge({ topic: "t" }, { cursor })).toThrow(BadCursor)
})

const made = (...parts: ReadonlyArray<unknown>) => Buffer.from(JSON.stringify(parts)).toString("base64url")

it("refuses what is no cursor", async () => {
  const blocks = new Blocks()
  fill(blocks, 5)
  const projection = await open(blocks)
  const cursor = projection.log({}, { limit: 2 }).cursor!
  const [scope, ...fields] = JSON.parse(Buffer.from(cursor, "base64url").toString()) as Array<unknown>
  const bad = [
    "",
    "x",
    "%%%",
    cursor.slice(0, -4),
    `${cursor}A`,
    `${cursor}\n`,
    "A".repeat(300),
    made(),
    made(scope),
    made(scope, 1, 2),
    made(scope, ...fields, 1),
    made(scope, "id", -1),
    made(scope, "id", 1.5),
    made(scope, "id", "1"),
    made(scope, "id", null),
    Buffer.from("{}").toString("base64url"),
    Buffer.from([0xff, 0xfe]).toString("base64url")
  ]
  for (const text of bad) {
    expect(() => projection.log({}, { cursor: text }), text).toThrow(BadCursor)
    expect(() => projection.changes({ since: text }), text).toThrow(BadCursor)
  }
})
