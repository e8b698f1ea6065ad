import { join } from "node:path"
import { expect, it } from "vitest"
import type { LogSnapshot } from "../../../src/engine/ports.ts"
import type { Batch } from "../../../src/projection/batch.ts"
import { randomHistory } from "../../kit/history.ts"
import { type Random, randomFrom } from "../../kit/random.ts"
import { dump, dumpRebuilt, openProjection, tempDir, TestLog } from "./kit.ts"

/** A snapshot whose reads fail from the n-th on, as when a session closes under the follower. */
const breaking = (snapshot: LogSnapshot, reads: number): LogSnapshot => {
  let left = reads
  const tick = <A>(value: Promise<A>): Promise<A> => (left-- > 0 ? value : Promise.reject(new Error("session closed")))
  return { ...snapshot, get: (index) => tick(snapshot.get(index)), hash: (length) => tick(snapshot.hash(length)) }
}

const run = async (seed: number, size: number, rounds: number, burst: number) => {
  const random: Random = randomFrom(seed)
  const { frames, pactId } = randomHistory(random, size)
  const log = new TestLog(pactId, frames, random)
  const dir = tempDir()
  const file = join(dir, "index.db")
  let projection = openProjection(file, pactId)
  let rolledBack = 0
  let compared = 0

  const check = async (round: number) => {
    const snapshot = log.snapshot()
    const followed = await projection.follow(snapshot)
    expect(followed.rebuilt, `round ${round}`).toBe(null)
    if (followed.rolledBack !== null) rolledBack++
    projection.tasks({}, 0, {})
    expect(dump(file), `seed ${seed}, round ${round}`).toEqual(await dumpRebuilt(dir, pactId, snapshot))
    compared++
  }
  for (let round = 0; round < rounds; round++) {
    if (random.chance(0.7)) await log.grow(random.below(burst))
    if (random.chance(0.5))
      await log.reorder(random.below(log.length + 1), random.chance(0.3) ? random.below(burst) : 0)
    if (random.chance(0.3)) log.sign(random.below(log.length + 1))
    // A signal that is dropped is a round without a follow.
    const what = random.below(6)
    if (what === 0) await projection.follow(breaking(log.snapshot(), random.below(40))).catch(() => undefined)
    if (what === 1) {
      const stop = new AbortController()
      await projection.follow(log.snapshot(), { signal: stop.signal, onBatch: () => stop.abort() })
    }
    if (what === 2) projection.tasks({ status: "open" }, 1_750_000_000_000 + random.below(9_000_000), {})
    if (random.chance(0.15)) {
      projection.close()
      projection = openProjection(file, pactId)
      expect(projection.opened.state).toBe("kept")
    }
    if (what > 3) await check(round)
  }
  await log.grow(log.rest)
  await check(rounds)
  return { rolledBack, compared }
}

const seeds = Array.from({ length: 24 }, (_, i) => 4000 + i)
const all = { rolledBack: 0, compared: 0 }

it.each(seeds)("seed %i: a model that followed equals one built from scratch", async (seed) => {
  const { compared, rolledBack } = await run(seed, 100, 30, 10)
  all.compared += compared
  all.rolledBack += rolledBack
})

it("the seeds have gone back and compared often enough to mean something", () => {
  expect(all.compared).toBeGreaterThan(seeds.length * 5)
  expect(all.rolledBack).toBeGreaterThan(seeds.length * 2)
})

it("a long unsigned end goes back in several transactions, each a whole prefix of the log", async () => {
  const random = randomFrom(77)
  const { frames, pactId } = randomHistory(random, 1100)
  const log = new TestLog(pactId, frames, random)
  const dir = tempDir()
  const file = join(dir, "index.db")
  const projection = openProjection(file, pactId)
  await log.grow(40)
  log.sign(40)
  await projection.follow(log.snapshot())
  const shared = projection.entries
  await log.grow(1000)
  await projection.follow(log.snapshot())
  await log.reorder(40)
  // What is signed now is the new order. The old one, half taken back, must not be taken for it.
  log.sign(700)

  const batches: Array<Batch> = []
  const followed = await projection.follow(log.snapshot(), { onBatch: (batch) => batches.push(batch) })
  const back = batches.filter((batch) => batch.rolledBack !== null)
  expect(back.length).toBeGreaterThan(3)
  expect(back.at(-1)?.rolledBack?.position).toBe(shared)
  expect(back.every((batch) => (batch.rolledBack?.ids.length ?? 0) <= 512)).toBe(true)
  expect(followed.rolledBack).toBe(shared)
  for (const [i, batch] of batches.entries()) {
    expect(batch.position.before).toBe(i === 0 ? followed.position.before : batches[i - 1]?.position.after)
  }
  expect(dump(file)).toEqual(await dumpRebuilt(dir, pactId, log.snapshot()))
}, 120_000)
