import { createRequire } from "node:module"
import { join } from "node:path"
import { expect, it, onTestFinished } from "vitest"
import { encodeBlock } from "../../../src/engine/block.ts"
import type { LogSnapshot } from "../../../src/engine/ports.ts"
import { randomHistory } from "../../kit/history.ts"
import { randomFrom } from "../../kit/random.ts"
import { dump, dumpRebuilt, openProjection, tempDir, TestLog } from "../../unit/projection/kit.ts"

interface Core {
  readonly length: number
  ready(): Promise<void>
  close(): Promise<void>
  append(blocks: ReadonlyArray<Uint8Array>): Promise<unknown>
  truncate(length: number): Promise<void>
  get(index: number): Promise<Uint8Array>
  treeHash(length: number): Promise<Uint8Array>
  snapshot(options: { readonly valueEncoding: "binary" }): Core
}
const Hypercore = createRequire(import.meta.url)("hypercore") as new (dir: string) => Core

const same = (a: Uint8Array, b: Uint8Array) => Buffer.compare(a, b) === 0

const snapshotOf = async (core: Core, signedLength: number): Promise<LogSnapshot & { close(): Promise<void> }> => {
  const pinned = core.snapshot({ valueEncoding: "binary" })
  await pinned.ready()
  return {
    length: pinned.length,
    signedLength,
    get: (index) => pinned.get(index),
    hash: (length) => pinned.treeHash(length),
    close: () => pinned.close()
  }
}

it.each([1, 2, 3])(
  "seed %i: follows a real Hypercore through truncations, restarts and growth under its reads",
  async (seed) => {
    const random = randomFrom(seed)
    const { frames, pactId } = randomHistory(random, 160)
    const log = new TestLog(pactId, frames, random)
    const dir = tempDir()
    const file = join(dir, "index.db")
    const core = new Hypercore(join(dir, "core"))
    await core.ready()
    onTestFinished(() => core.close())
    let projection = openProjection(file, pactId)
    let rolledBack = 0

    /** Makes the core hold what the log in memory holds, as Autobase would: cut to what is shared, then appended. */
    const mirror = async () => {
      let shared = 0
      while (shared < core.length && shared < log.length && same(await core.get(shared), log.views.blocks[shared]!))
        shared++
      if (shared < core.length) await core.truncate(shared)
      await core.append(log.views.blocks.slice(shared))
    }
    for (let round = 0; round < 25; round++) {
      await log.grow(random.below(10))
      if (random.chance(0.5)) await log.reorder(random.below(log.length + 1), random.below(5))
      if (random.chance(0.3)) log.sign(random.below(log.length + 1))
      await mirror()
      if (random.chance(0.4)) continue
      const snapshot = await snapshotOf(core, log.views.signedLength)
      // What is appended now is not in the snapshot.
      const follow = projection.follow(snapshot)
      const extra = encodeBlock({ writer: pactId, length: 9999, next: 0, mark: 0, decided: [] })
      if (random.chance(0.5)) await core.append([extra])
      if ((await follow).rolledBack !== null) rolledBack++
      if (core.length > log.length) await core.truncate(log.length)
      projection.close()
      expect(dump(file), `round ${round}`).toEqual(await dumpRebuilt(dir, pactId, snapshot))
      await snapshot.close()
      projection = openProjection(file, pactId)
    }
    expect(rolledBack).toBeGreaterThan(2)
  },
  60_000
)
