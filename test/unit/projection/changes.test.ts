import { rmSync } from "node:fs"
import { join } from "node:path"
import { expect, it } from "vitest"
import { decodeBlock } from "../../../src/engine/block.ts"
import { Projection } from "../../../src/projection/Projection.ts"
import { randomHistory } from "../../kit/history.ts"
import { randomFrom } from "../../kit/random.ts"
import { ada, Blocks, bob, openProjection, sent, tempDir, TestLog } from "./kit.ts"

const accepted = (log: TestLog): ReadonlyArray<string> =>
  log.views.blocks.flatMap((block) => decodeBlock(block).decided.flatMap((d) => (d.accepted ? [d.id] : [])))

const seeds = Array.from({ length: 20 }, (_, i) => 9000 + i)
let resets = 0

it.each(seeds)("seed %i: a reader of the feed misses nothing, however the order changes", async (seed) => {
  const random = randomFrom(seed)
  const { frames, pactId } = randomHistory(random, 150)
  const log = new TestLog(pactId, frames, random)
  const dir = tempDir()
  const file = join(dir, "index.db")
  let projection = openProjection(file, pactId)
  const seen = new Set<string>()
  const settled: Array<string> = []
  let cursor: string | null = null
  let settledCursor: string | null = null

  const read = (limit: number): boolean => {
    const page = projection.changes({ since: cursor, limit })
    if (page.reset) resets++
    for (const { id } of sent(page)) seen.add(id)
    cursor = page.cursor
    const sure = projection.changes({ since: settledCursor, limit, confirmed: true })
    expect(sure.reset).toBe(false)
    expect(sure.rows.every((row) => row.confirmed)).toBe(true)
    settled.push(...sent(sure).map((entry) => entry.id))
    settledCursor = sure.cursor
    return page.hasMore || sure.hasMore
  }
  for (let round = 0; round < 40; round++) {
    if (random.chance(0.7)) await log.grow(random.below(10))
    if (random.chance(0.4)) await log.reorder(random.below(log.length + 1), random.below(4))
    if (random.chance(0.3)) log.sign(random.below(log.length + 1))
    await projection.follow(log.snapshot())
    if (random.chance(0.1)) {
      // Its cursors outlive the file.
      projection.close()
      rmSync(file)
      projection = openProjection(file, pactId)
      read(10)
      await projection.follow(log.snapshot())
    }
    read(1 + random.below(30))
  }
  while (read(50));
  const all = accepted(log)
  for (const id of all) expect(seen, `seed ${seed} misses ${id}`).toContain(id)
  expect(settled).toEqual(all.slice(0, projection.confirmed))
})

it("some of those readers were sent back", () => expect(resets).toBeGreaterThan(seeds.length))

const open = async (blocks: Blocks): Promise<Projection> => {
  const projection = openProjection(join(tempDir(), "index.db"), blocks.pactId)
  await projection.follow(blocks.snapshot())
  return projection
}

it("is reset only when what stood before the cursor has changed", async () => {
  const blocks = new Blocks()
  const first = blocks.know(ada, "t", "first")
  blocks.signed = 1
  const second = blocks.know(bob, "t", "second")
  const projection = await open(blocks)
  const { cursor } = projection.changes({})
  const after = (since: string) => {
    const { reset, ...page } = projection.changes({ since })
    return { reset, ids: sent(page).map((entry) => entry.id) }
  }
  expect(after(cursor)).toEqual({ reset: false, ids: [] })

  const third = blocks.know(bob, "t", "third")
  await projection.follow(blocks.snapshot())
  expect(after(cursor)).toEqual({ reset: false, ids: [third] })

  // The same length and the same last entry, but another one before it.
  blocks.truncate(1)
  const other = blocks.know(ada, "t", "other")
  await projection.follow(blocks.snapshot())
  expect(after(cursor)).toEqual({ reset: true, ids: [other] })
  expect(after(projection.feedCursor({}, 1))).toEqual({ reset: false, ids: [other] })
  expect([first, second, other]).toHaveLength(3)

  // Back again: what the reader saw is what stands.
  blocks.truncate(1)
  expect(blocks.again(bob, 1, () => ({ topic: "t", content: "second" }))).toBe(second)
  await projection.follow(blocks.snapshot())
  expect(after(cursor)).toEqual({ reset: false, ids: [] })
})

it("begins at the start, at the head, and filters by type without losing its place", async () => {
  const blocks = new Blocks()
  const said = Array.from({ length: 5 }, (_, i) => blocks.say(ada, `m${i}`))
  for (let i = 0; i < 50; i++) blocks.know(ada, "t", `k${i}`)
  const projection = await open(blocks)
  expect(projection.changes({ limit: 1000 }).rows).toHaveLength(55)
  const head = projection.changes({ from: "head", type: "message" })
  expect(head).toMatchObject({ rows: [], hasMore: false, reset: false })
  const page = projection.changes({ type: "message", limit: 3 })
  expect(page.hasMore).toBe(true)
  const rest = projection.changes({ type: "message", since: page.cursor })
  expect([...sent(page), ...sent(rest)].map((entry) => entry.id)).toEqual(said)
  expect(rest.cursor).toBe(head.cursor)
  const late = blocks.say(bob, "late")
  await projection.follow(blocks.snapshot())
  expect(sent(projection.changes({ type: "message", since: head.cursor })).map((entry) => entry.id)).toEqual([late])
  expect(projection.changes({ type: "skill" })).toMatchObject({ rows: [], hasMore: false, reset: false })
})

it("with confirmed, gives out an entry when it can't move any more", async () => {
  const blocks = new Blocks()
  const ids = [blocks.know(ada, "t", "1"), blocks.know(ada, "t", "2")]
  const projection = await open(blocks)
  const none = projection.changes({ confirmed: true })
  expect(none.rows).toEqual([])
  blocks.signed = 1
  await projection.follow(blocks.snapshot())
  const one = projection.changes({ confirmed: true, since: none.cursor })
  expect(sent(one).map((entry) => entry.id)).toEqual([ids[0]])
  expect(projection.changes({ confirmed: true, from: "head" }).cursor).toBe(one.cursor)
})
