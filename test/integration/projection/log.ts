import { randomHistory } from "../../kit/history.ts"
import { randomFrom } from "../../kit/random.ts"
import { TestLog } from "../../unit/projection/kit.ts"

/** A log after `steps` changes of its order: the same seed gives the same log in every process. */
export const logOf = async (seed: number, steps: number) => {
  const random = randomFrom(seed)
  const { frames, pactId } = randomHistory(random, 140)
  const log = new TestLog(pactId, frames, random)
  await log.grow(60)
  for (let step = 0; step < steps; step++) {
    log.sign(step * 8)
    await log.reorder(step * 8)
    await log.grow(10)
  }
  return { log, pactId }
}
