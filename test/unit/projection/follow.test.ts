import { join } from "node:path"
import { expect, it } from "vitest"
import { StorageFull } from "../../../src/domain/errors.ts"
import { agentIdOf } from "../../../src/domain/ids.ts"
import type { Batch } from "../../../src/projection/batch.ts"
import { follow } from "../../../src/projection/follow.ts"
import { spanLength } from "../../../src/projection/lists.ts"
import { openDatabase } from "../../../src/projection/open.ts"
import { Projector } from "../../../src/projection/projector.ts"
import { randomFrom } from "../../kit/random.ts"
import { ada, Blocks, bob, dump, dumpRebuilt, openProjection, sent, taskFact, tempDir } from "./kit.ts"

const begin = (blocks: Blocks) => {
  const dir = tempDir()
  const file = join(dir, "index.db")
  const projection = openProjection(file, blocks.pactId)
  const take = async () => {
    const batches: Array<Batch> = []
    const followed = await projection.follow(blocks.snapshot(), { onBatch: (batch) => batches.push(batch) })
    return { ...followed, batches }
  }
  return { dir, file, projection, take }
}

it("tells what came: blocks with their verdicts, positions, confirmations and whose facts changed", async () => {
  const blocks = new Blocks()
  const { take } = begin(blocks)
  expect(await take()).toMatchObject({ complete: true, blocks: 0, rolledBack: null, vanished: [], batches: [] })

  const task = blocks.add(
    ada,
    "task",
    { status: "open", title: "work" },
    {
      facts: (id) => [
        { kind: "member", key: ada, agent_id: agentIdOf(ada), role: "creator", active: true },
        { kind: "pact", name: "Accord", purpose: null, indexers: 1 },
        taskFact(id)
      ]
    }
  )
  const refused = blocks.refuse(bob, "NOT_A_MEMBER")
  blocks.signed = 1
  const first = await take()
  expect(first).toMatchObject({
    complete: true,
    blocks: 2,
    rolledBack: null,
    rebuilt: null,
    position: { before: 0, after: 1 },
    confirmed: { before: 0, after: 1 }
  })
  expect(
    first.batches.flatMap((batch) =>
      batch.blocks.flatMap((block) => block.decided.map((d) => [block.writer, block.length, d.id]))
    )
  ).toEqual([
    [ada, 1, task],
    [bob, 1, refused]
  ])
  expect(first.batches[0]).toMatchObject({ rolledBack: null, tasks: [task], members: [ada], invites: [], pact: true })

  blocks.know(ada, "t", "x")
  blocks.signed = 3
  expect((await take()).batches).toMatchObject([
    { position: { before: 1, after: 2 }, confirmed: { before: 1, after: 2 }, tasks: [], pact: false }
  ])
  blocks.know(ada, "t", "y")
  expect((await take()).batches).toMatchObject([
    { position: { before: 2, after: 3 }, confirmed: { before: 2, after: 2 } }
  ])
  blocks.signed = 4
  expect((await take()).batches).toMatchObject([
    { blocks: [], position: { before: 3, after: 3 }, confirmed: { before: 2, after: 3 } }
  ])
  expect((await take()).batches).toEqual([])
})

it("tells what was taken back: refused now, gone altogether, and whose facts went back", async () => {
  const blocks = new Blocks()
  const task = blocks.add(ada, "task", { status: "open", title: "work" }, { facts: (id) => [taskFact(id)] })
  const { projection, take } = begin(blocks)
  await take()
  const claim = blocks.add(
    bob,
    "task",
    { status: "claimed" },
    { refs: [task], facts: (claim) => [taskFact(task, { status: "claimed", claim })] }
  )
  const lost = blocks.know(bob, "t", "lost")
  const stays = blocks.know(ada, "t", "stays")
  await take()
  blocks.truncate(1)
  blocks.rewind(bob, 0)
  expect(blocks.refuse(bob, "TASK_ALREADY_CLAIMED")).toBe(claim)
  expect(blocks.again(ada, 2, () => ({ topic: "t", content: "stays" }))).toBe(stays)
  const { batches, ...followed } = await take()
  expect(followed).toMatchObject({ rolledBack: 1, vanished: [lost], position: { before: 4, after: 2 } })
  expect(batches).toMatchObject([
    {
      rolledBack: { position: 1, ids: [claim, lost, stays] },
      overturned: [{ id: claim, code: "TASK_ALREADY_CLAIMED" }],
      tasks: [task],
      position: { before: 4, after: 2 }
    }
  ])
  expect(sent(projection.tasks({}, 0, {}))[0]?.["status"]).toBe("open")
  expect(projection.entry(lost)).toBe(null)
  expect(projection.entry(claim)).toMatchObject({ accepted: false, code: "TASK_ALREADY_CLAIMED" })
})

it("takes only the part back that has changed", async () => {
  const blocks = new Blocks()
  const { take } = begin(blocks)
  for (let i = 0; i < 50; i++) {
    blocks.know(ada, "t", `fact ${i}`)
    await take()
  }
  blocks.truncate(47)
  for (let i = 0; i < 5; i++) blocks.know(bob, "t", `other ${i}`)
  expect(await take()).toMatchObject({ rolledBack: 47, blocks: 5 })
})

it("long lists stay what a new model would make of them, over restarts and orders", async () => {
  const random = randomFrom(12)
  const blocks = new Blocks()
  const dir = tempDir()
  const file = join(dir, "index.db")
  for (let round = 0; round < 14; round++) {
    blocks.truncate(Math.max(0, blocks.length - random.below(150)))
    const more = 20 + random.below(200)
    for (let i = 0; i < more; i++)
      blocks.know(random.pick([ada, bob]), "one", "x", { timestamp: random.below(1_000_000) })
    const projection = openProjection(file, blocks.pactId)
    await projection.follow(blocks.snapshot())
    projection.close()
    expect(dump(file), `round ${round}`).toEqual(await dumpRebuilt(dir, blocks.pactId, blocks.snapshot()))
  }
  expect(dump(file)["span"]?.length).toBeGreaterThan(8)
})

it("a run of a list is the same row whether it came entry by entry or at once, and opens again where it is taken back", async () => {
  const blocks = new Blocks()
  const { dir, file, projection } = begin(blocks)
  const grow = (length: number) => {
    while (blocks.length < length) blocks.know(blocks.length % 2 === 0 ? ada : bob, "one", `fact ${blocks.length}`)
  }
  /** Every entry stands in the lists of knowledge and of the topic, every other one in each of a writer's two. */
  const runsOf = (length: number) => {
    const lists = [length, length, ...[length + 1, length].flatMap((n) => [Math.floor(n / 2), Math.floor(n / 2)])]
    const sum = (of: (length: number) => number) => lists.reduce((all, each) => all + of(each), 0)
    return [sum((n) => Math.floor(n / spanLength)), sum((n) => n % spanLength)]
  }
  const matches = async (what: string) => {
    await projection.follow(blocks.snapshot())
    const rows = dump(file)
    expect(rows, what).toEqual(await dumpRebuilt(dir, blocks.pactId, blocks.snapshot()))
    expect([rows["span"]?.length, rows["posting"]?.length], what).toEqual(runsOf(blocks.length))
  }
  // Each a transaction of its own.
  while (blocks.length < spanLength - 2) {
    grow(blocks.length + 1)
    await projection.follow(blocks.snapshot())
  }
  for (const border of [spanLength, 2 * spanLength]) {
    for (const length of [border - 1, border, border + 1]) {
      grow(length)
      await matches(`grown to ${length}`)
    }
  }
  const back = [0, 1, 2, 3].flatMap((n) => [1, 0, -1].map((by) => (4 - n) * spanLength + by))
  grow(4 * spanLength + 3)
  await matches("several runs at once")
  for (const length of [...back, 60, 1]) {
    blocks.truncate(length)
    await matches(`back to ${length}`)
  }
  for (const length of back) {
    blocks.truncate(0)
    grow(5 * spanLength + 3)
    await projection.follow(blocks.snapshot())
    blocks.truncate(length)
    grow(length + spanLength)
    await matches(`another end from ${length} on`)
  }
})

it("takes a long log in bounded transactions and yields between them", async () => {
  const blocks = new Blocks()
  for (let i = 0; i < 3000; i++) blocks.know(i % 2 === 0 ? ada : bob, "t", `fact ${i}`)
  blocks.signed = 1500
  const { projection } = begin(blocks)
  const sizes: Array<number> = []
  let turns = 0
  let running = true
  const count = () => {
    turns++
    if (running) setImmediate(count)
  }
  setImmediate(count)
  await projection.follow(blocks.snapshot(), {
    onBatch: ({ position }) => sizes.push(position.after - position.before)
  })
  running = false
  expect(Math.max(...sizes)).toBeLessThanOrEqual(512)
  expect(sizes.reduce((sum, size) => sum + size)).toBe(3000)
  expect(turns).toBeGreaterThanOrEqual(sizes.length - 1)
})

it("stops where it is told to, and goes on from there", async () => {
  const blocks = new Blocks()
  for (let i = 0; i < 2000; i++) blocks.know(ada, "t", `fact ${i}`)
  const { dir, file, projection } = begin(blocks)
  const stop = new AbortController()
  const part = await projection.follow(blocks.snapshot(), { signal: stop.signal, onBatch: () => stop.abort() })
  expect(part.complete).toBe(false)
  expect(projection.entries).toBeGreaterThan(0)
  expect(projection.entries).toBeLessThan(2000)
  expect((await projection.follow(blocks.snapshot())).position).toEqual({ before: part.position.after, after: 2000 })
  expect(dump(file)).toEqual(await dumpRebuilt(dir, blocks.pactId, blocks.snapshot()))
})

it("follows one snapshot at a time", async () => {
  const blocks = new Blocks()
  blocks.know(ada, "t", "x")
  const { projection } = begin(blocks)
  const first = projection.follow(blocks.snapshot())
  await expect(projection.follow(blocks.snapshot())).rejects.toThrow("follows already")
  await first
  await projection.follow(blocks.snapshot())
})

it("a snapshot that fails while it is read leaves what was there, and its error goes to the caller", async () => {
  const blocks = new Blocks()
  blocks.know(ada, "t", "x")
  const { projection, take } = begin(blocks)
  await take()
  blocks.know(ada, "t", "y")
  const snapshot = { ...blocks.snapshot(), get: () => Promise.reject(new Error("session closed")) }
  await expect(projection.follow(snapshot)).rejects.toThrow("session closed")
  expect(projection.entries).toBe(1)
  expect((await take()).blocks).toBe(1)
})

const broken = () => {
  throw new Error("listener")
}

it("a listener that throws ends the follow after what it was told of", async () => {
  const blocks = new Blocks()
  for (let i = 0; i < 1500; i++) blocks.know(ada, "t", `fact ${i}`)
  const { dir, file, projection } = begin(blocks)
  await expect(projection.follow(blocks.snapshot(), { onBatch: broken })).rejects.toThrow("listener")
  expect(projection.entries).toBeGreaterThan(0)
  await projection.follow(blocks.snapshot())
  expect(dump(file)).toEqual(await dumpRebuilt(dir, blocks.pactId, blocks.snapshot()))
})

it("refuses a log that is no log of entries, rather than projecting half of it", async () => {
  const blocks = new Blocks()
  blocks.know(ada, "t", "x")
  const { projection } = begin(blocks)
  const snapshot = blocks.snapshot()
  await expect(projection.follow({ ...snapshot, get: async () => new Uint8Array([9, 9]) })).rejects.toThrow("version 9")
  blocks.know(ada, "t", "y")
  const gap = { ...blocks.snapshot(), length: 1, get: async () => blocks.snapshot().get(1) }
  await expect(projection.follow(gap)).rejects.toThrow("where 0 is next")
  expect(projection.entries).toBe(0)
  await projection.follow(blocks.snapshot())
  expect(projection.entries).toBe(2)
})

it("a full disk is StorageFull, costs nothing that was there, and is over when there is room", async () => {
  const blocks = new Blocks()
  for (let i = 0; i < 3000; i++) blocks.know(ada, "t", `fact ${i} ${"x".repeat(300)}`)
  const dir = tempDir()
  const file = join(dir, "index.db")
  const { db } = openDatabase(file, { pactId: blocks.pactId })
  const projector = new Projector(db)
  const pages = (count: number) => db.get(`pragma max_page_count = ${count}`)
  pages(156)
  await expect(follow(db, projector, blocks.snapshot(), {})).rejects.toThrow(StorageFull)
  const kept = projector.follower.next
  expect(kept).toBeGreaterThan(0)
  expect(kept).toBeLessThan(3000)
  expect(db.get<{ n: number }>("select count(*) n from entry")?.n).toBe(kept)
  expect(db.get<{ next: number }>("select next from follower")?.next).toBe(kept)
  await expect(follow(db, projector, blocks.snapshot(), {})).rejects.toThrow(StorageFull)
  expect(projector.follower.next).toBe(kept)
  pages(100_000)
  await follow(db, projector, blocks.snapshot(), {})
  db.close()
  expect(dump(file)).toEqual(await dumpRebuilt(dir, blocks.pactId, blocks.snapshot()))
})
