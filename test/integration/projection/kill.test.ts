import { spawn } from "node:child_process"
import { once } from "node:events"
import { join } from "node:path"
import { expect, it } from "vitest"
import { randomFrom } from "../../kit/random.ts"
import { dump, dumpRebuilt, openProjection, tempDir } from "../../unit/projection/kit.ts"
import { logOf } from "./log.ts"

const followAndDie = async (...args: ReadonlyArray<string | number>): Promise<NodeJS.Signals | null> => {
  const child = spawn(process.execPath, [join(import.meta.dirname, "child.ts"), ...args.map(String)], {
    stdio: ["ignore", "ignore", "inherit"]
  })
  const [, signal] = (await once(child, "exit")) as [number | null, NodeJS.Signals | null]
  return signal
}

it("killed in the middle of transactions, again and again, it goes on from a whole prefix of the log", async () => {
  const seed = 31
  const random = randomFrom(seed)
  const dir = tempDir()
  const file = join(dir, "index.db")
  let killed = 0
  for (let step = 0; step < 6; step++) {
    const signal = await followAndDie(file, seed, step, random.below(step === 0 ? 3000 : 400))
    if (signal === "SIGKILL") killed++
    const { log, pactId } = await logOf(seed, step)
    const projection = openProjection(file, pactId)
    expect(projection.opened.state).not.toBe("rebuilt")
    // Now and then the dead one's work is finished by the next process only.
    if (random.chance(0.5)) {
      await projection.follow(log.snapshot())
      projection.close()
      expect(dump(file), `step ${step}`).toEqual(await dumpRebuilt(dir, pactId, log.snapshot()))
    }
    projection.close()
  }
  expect(killed).toBeGreaterThan(3)
}, 60_000)
