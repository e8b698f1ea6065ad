import { readFileSync, writeFileSync } from "node:fs"
import { join } from "node:path"

/** A seed that once broke a rule. The default suite replays them all, so a bug that is mended stays mended. */
export interface Failing {
  readonly seed: number
  readonly rule: string
}

const file = join(import.meta.dirname, "failing-seeds.json")

export const failingSeeds = (): ReadonlyArray<Failing> => JSON.parse(readFileSync(file, "utf8")) as Array<Failing>

/** Keeps a seed for every later run of the suite. */
export const keepFailing = ({ rule, seed }: Failing): void => {
  const known = failingSeeds().filter((each) => each.seed !== seed)
  writeFileSync(file, `${JSON.stringify([...known, { seed, rule }], null, 2)}\n`)
}
