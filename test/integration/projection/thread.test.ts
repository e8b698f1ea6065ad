import { join } from "node:path"
import { expect, it, onTestFinished } from "vitest"
import { agentIdOf } from "../../../src/domain/ids.ts"
import type { Batch } from "../../../src/projection/batch.ts"
import type { Projection } from "../../../src/projection/Projection.ts"
import { type Part, startThread, type Thread, type ThreadLost } from "../../../src/projection/thread.ts"
import { randomHistory } from "../../kit/history.ts"
import { randomFrom } from "../../kit/random.ts"
import {
  ada,
  Blocks,
  dump,
  dumpRebuilt,
  openProjection,
  sent,
  taskFact,
  tempDir,
  TestLog
} from "../../unit/projection/kit.ts"

const threadOn = (projection: Projection): Thread => {
  const thread = projection.startThread()
  onTestFinished(thread.close)
  return thread
}

/** A pact whose entries can't move any more, in a new file. */
const settledPact = (entries: number) => {
  const blocks = new Blocks()
  for (let i = 0; i < entries; i++) blocks.know(ada, `topic-${i % 7}`, `fact n${i}`)
  blocks.signed = entries
  const dir = tempDir()
  const file = join(dir, "index.db")
  const projection = openProjection(file, blocks.pactId)
  const expectWhole = async () => expect(dump(file)).toEqual(await dumpRebuilt(dir, blocks.pactId, blocks.snapshot()))
  return { blocks, file, projection, expectWhole }
}

it.each([61, 62, 63, 64])("seed %i: a model that a thread took part in equals one built from scratch", async (seed) => {
  const random = randomFrom(seed)
  const { frames, pactId } = randomHistory(random, 300)
  const log = new TestLog(pactId, frames, random)
  const dir = tempDir()
  const file = join(dir, "index.db")
  const projection = openProjection(file, pactId)
  const thread = threadOn(projection)
  let at = 0
  let compared = 0
  // Whoever wrote, the batches follow on each other.
  const onBatch = ({ blocks, position, rolledBack }: Batch) => {
    expect(position.before).toBe(at)
    const accepted = blocks.flatMap(({ decided }) => decided.filter((d) => d.accepted)).length
    expect(position.after).toBe((rolledBack?.position ?? at) + accepted)
    at = position.after
  }
  while (log.rest > 0) {
    await log.grow(random.below(20))
    if (random.chance(0.3)) await log.reorder(random.below(log.length + 1))
    if (random.chance(0.6)) log.sign(random.below(log.length + 1))
    const stop = new AbortController()
    const stopping = random.chance(0.2)
    await projection.follow(log.snapshot(), {
      ...(random.chance(0.7) ? { thread } : {}),
      signal: stop.signal,
      onBatch: (batch) => {
        onBatch(batch)
        if (stopping) stop.abort()
      }
    })
    if (random.chance(0.3)) projection.search({ q: "fact" })
    if (stopping || random.chance(0.5)) continue
    expect(dump(file), `${log.length} frames`).toEqual(await dumpRebuilt(dir, pactId, log.snapshot()))
    compared++
  }
  expect(compared).toBeGreaterThan(5)
})

it("whoever asks while the thread writes sees one whole prefix, and finds all of it", async () => {
  const { blocks, expectWhole, projection } = settledPact(1500)
  let partly = 0
  const ended = new AbortController()
  const ask = async () => {
    while (!ended.signal.aborted) {
      const { rows } = projection.log({}, { limit: 5 })
      for (const { confirmed } of rows) expect(confirmed).toBe(true)
      const newest = rows[0]?.position ?? -1
      if (newest >= 0) expect(projection.search({ q: `n${newest}` }).hits[0]?.position).toBe(newest)
      if (newest >= 0 && newest < 1499) partly++
      await new Promise((resolve) => setImmediate(resolve))
    }
  }
  const follow = async () => {
    try {
      return await projection.follow(blocks.snapshot(), { thread: threadOn(projection) })
    } finally {
      ended.abort()
    }
  }
  const [followed] = await Promise.all([follow(), ask()])
  expect(followed).toMatchObject({ complete: true, blocks: 1500, position: { before: 0, after: 1500 }, rebuilt: null })
  expect(partly).toBeGreaterThan(0)
  await expectWhole()
})

it("tasks are listed while the thread writes, also those whose lease is over", async () => {
  const blocks = new Blocks()
  const task = (n: number) => {
    const id = blocks.add(
      ada,
      "task",
      { status: "open", title: `task ${n}` },
      { timestamp: 1, facts: (id) => [taskFact(id)] }
    )
    const held = { status: "claimed", fence: 1, holder: agentIdOf(ada), holder_key: ada, claimed_at: 2 } as const
    blocks.add(
      ada,
      "task",
      { status: "claimed" },
      { timestamp: 2, refs: [id], facts: (claim) => [taskFact(id, { ...held, claim, lease: 8, until: 10 })] }
    )
  }
  for (let i = 0; i < 1200; i++) task(i)
  blocks.signed = blocks.length
  const projection = openProjection(join(tempDir(), "index.db"), blocks.pactId)
  let asked = 0
  const onBatch = () => {
    asked++
    // Each shows what the clock says. By the lists they are moved when this side may write again.
    const rows = sent(projection.tasks({}, 20, { limit: 10 }))
    expect(rows.length).toBeGreaterThan(0)
    for (const { status } of rows) expect(status).toBe("open")
  }
  await projection.follow(blocks.snapshot(), { thread: threadOn(projection), onBatch })
  expect(asked).toBeGreaterThan(0)
  expect(sent(projection.tasks({ status: "open" }, 20, { limit: 10 }))).toHaveLength(10)
  expect(sent(projection.tasks({ status: "claimed" }, 20, { limit: 10 }))).toEqual([])
})

it("a thread that can't start is told of, and the follow goes on without it", async () => {
  const { blocks, expectWhole, projection } = settledPact(700)
  const thread = startThread(join(tempDir(), "nowhere", "index.db"))
  const lost: Array<ThreadLost> = []
  await projection.follow(blocks.snapshot(), { thread, onThreadLost: (cause) => lost.push(cause) })
  expect(lost.map(({ cause }) => cause)).toEqual([
    expect.objectContaining({ message: expect.stringContaining("open") })
  ])
  expect(projection.entries).toBe(700)
  await expectWhole()
  await thread.close()
})

it("one that ends in the middle leaves a whole prefix, and the rest is taken without it", async () => {
  const { blocks, expectWhole, projection } = settledPact(2500)
  const thread = threadOn(projection)
  let batches = 0
  let lost = 0
  await projection.follow(blocks.snapshot(), {
    thread,
    onBatch: () => {
      if (batches++ === 0) void thread.close()
    },
    onThreadLost: () => lost++
  })
  expect(lost).toBe(1)
  expect(projection.entries).toBe(2500)
  await expectWhole()
})

it("a reader of batches that fails ends the follow, and no write is under way then", async () => {
  const { blocks, expectWhole, projection } = settledPact(1500)
  const { take } = threadOn(projection)
  let writing = 0
  const thread = { take: (part: Part) => (writing++, take(part).finally(() => writing--)) }
  const failing = projection.follow(blocks.snapshot(), {
    thread,
    onBatch: () => {
      throw new Error("the reader is gone")
    }
  })
  await expect(failing).rejects.toThrow("the reader is gone")
  expect(writing).toBe(0)
  await projection.follow(blocks.snapshot())
  await expectWhole()
})
