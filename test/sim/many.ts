import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { keepFailing } from "./failing.ts"
import { type Outcome, simulate } from "./simulate.ts"
import type { Counts } from "./world.ts"

export interface Sum extends Counts {
  readonly seeds: number
  readonly failed: ReadonlyArray<Outcome>
}

export interface Many {
  readonly from: number
  readonly seeds: number
  /** Every n-th seed runs with read models, which take most of its time. */
  readonly readersEvery: number
  /** Called after each seed. */
  readonly each?: (outcome: Outcome) => void
}

/** Runs seeds one after the other and keeps those that break a rule. */
export const simulateMany = async ({ each, from, readersEvery, seeds }: Many): Promise<Sum> => {
  const failed: Array<Outcome> = []
  const sum = { verdicts: new Map<string, number>(), undone: 0, crashes: 0, signed: 0, applied: 0 }
  for (let seed = from; seed < from + seeds; seed++) {
    const outcome = await (seed % readersEvery === 0 ? simulateWithReaders(seed) : simulate(seed))
    const { broken, counts } = outcome
    if (broken !== null) {
      failed.push(outcome)
      keepFailing({ seed, rule: broken.rule })
    }
    for (const [said, count] of counts.verdicts) sum.verdicts.set(said, (sum.verdicts.get(said) ?? 0) + count)
    for (const name of ["undone", "crashes", "signed", "applied"] as const) sum[name] += counts[name]
    each?.(outcome)
  }
  return { ...sum, seeds, failed }
}

/** Read models look on and change nothing: the same seed is the same run with and without them. */
export const simulateWithReaders = async (seed: number): Promise<Outcome> => {
  const folder = mkdtempSync(join(tmpdir(), "openpact-sim-"))
  try {
    return await simulate(seed, { folder })
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

/** What a run has seen, in a few lines. */
export const tell = ({ applied, crashes, failed, seeds, signed, undone, verdicts }: Sum): string => {
  const decided = [...verdicts].toSorted(([, a], [, b]) => b - a).map(([said, count]) => `${said} ${count}`)
  return [
    `${seeds} seeds, ${failed.length} failed: ${applied} frames applied, ${undone} taken back, ` +
      `${signed} nodes signed, ${crashes} crashes`,
    `confirmed verdicts: ${decided.join(", ")}`,
    ...failed.map(({ broken, seed }) => `seed ${seed}: ${broken?.message}`)
  ].join("\n")
}
