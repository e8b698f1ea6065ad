import { expect, it } from "vitest"
import { applyFrame } from "../../../src/engine/apply.ts"
import { decodeBlock } from "../../../src/engine/block.ts"
import { violations } from "../../../src/engine/invariants.ts"
import { MemoryViews } from "../../../src/engine/memory.ts"
import type { Frame } from "../../../src/engine/ports.ts"
import { randomHistory } from "../../kit/history.ts"
import { randomFrom } from "../../kit/random.ts"

const run = async (pactId: string, views: MemoryViews, frames: ReadonlyArray<Frame>) => {
  const broken: Array<string> = []
  for (const frame of frames) {
    await applyFrame(pactId, views, frame, (before, after, id) => broken.push(...violations(before, after, id)))
  }
  return broken
}

const seeds = Array.from({ length: 40 }, (_, i) => 1000 + i)

it.each(seeds)("seed %i: the views depend on the order alone, whatever was undone and redone", async (seed) => {
  const random = randomFrom(seed)
  const { frames, pactId } = randomHistory(random, 80)
  const straight = new MemoryViews()
  expect(await run(pactId, straight, frames)).toEqual([])

  const rewound = new MemoryViews()
  let at = 0
  for (let step = 0; step < 40; step++) {
    const to = Math.min(frames.length, at + random.below(12))
    await run(pactId, rewound, frames.slice(at, to))
    at = random.below(to + 1)
    rewound.truncate(at)
    // What another order put there meanwhile leaves no trace.
    await run(pactId, rewound, randomHistory(random, 3).frames)
    rewound.truncate(at)
  }
  await run(pactId, rewound, frames.slice(at))
  expect(rewound.hash).toBe(straight.hash)
})

it.each(seeds)("seed %i: positions count the accepted entries and every id is decided once", async (seed) => {
  const { frames, pactId } = randomHistory(randomFrom(seed), 80)
  const views = new MemoryViews()
  await run(pactId, views, frames)
  const decided = views.blocks.flatMap((block) => decodeBlock(block).decided)
  const positions = decided.flatMap((d) => (d.accepted ? [d.position] : []))
  expect(positions).toEqual(positions.map((_, i) => i))
  expect(new Set(decided.map((d) => d.id)).size).toBe(decided.length)
  expect(views.blocks.length).toBe(frames.length)
})

it("the random histories admit by invite too", async () => {
  let admitted = 0
  for (const seed of seeds) {
    const { frames, pactId } = randomHistory(randomFrom(seed), 80)
    const views = new MemoryViews()
    await run(pactId, views, frames)
    for (const [key, value] of views.facts)
      if (key.startsWith("_invites/") && JSON.parse(Buffer.from(value).toString()).admitted) admitted++
  }
  expect(admitted).toBeGreaterThan(seeds.length / 2)
})

it("the random histories reach every verdict", async () => {
  const seen = new Set<string>()
  for (const seed of seeds) {
    const { frames, pactId } = randomHistory(randomFrom(seed), 80)
    const views = new MemoryViews()
    await run(pactId, views, frames)
    for (const d of views.blocks.flatMap((b) => decodeBlock(b).decided)) seen.add(d.accepted ? "accepted" : d.code)
  }
  const elsewhere = ["PAYLOAD_TOO_LARGE", "HANDLE_TAKEN"]
  const { refusals } = await import("../../../src/engine/verdict.ts")
  expect([...refusals, "accepted"].filter((code) => !seen.has(code) && !elsewhere.includes(code))).toEqual([])
})
