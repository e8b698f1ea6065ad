import { expect, it } from "vitest"
import { refusals } from "../../src/engine/verdict.ts"
import { failingSeeds } from "./failing.ts"
import { simulateMany, simulateWithReaders, tell } from "./many.ts"
import { simulate } from "./simulate.ts"

// `npm run sim` asks for more.
const seeds = 200
const from = Number(process.env["OPENPACT_SIM_SEED"] ?? Date.now() % 1_000_000_000)

it(`${seeds} pacts from seed ${from} keep every rule`, async () => {
  const sum = await simulateMany({ from, seeds, readersEvery: 16 })
  console.log(tell(sum))
  expect(sum.failed, tell(sum)).toEqual([])
  // It went through what it is there for.
  const elsewhere = ["PAYLOAD_TOO_LARGE", "HANDLE_TAKEN"]
  expect([...refusals, "accepted"].filter((said) => !sum.verdicts.has(said) && !elsewhere.includes(said))).toEqual([])
  expect(sum.undone).toBeGreaterThan(seeds * 10)
  expect(sum.crashes).toBeGreaterThan(seeds)
  expect(sum.signed).toBeGreaterThan(seeds * 10)
}, 300_000)

it("seeds that failed before hold now", async () => {
  for (const { seed } of failingSeeds()) expect((await simulateWithReaders(seed)).broken, `seed ${seed}`).toBe(null)
})

it("a seed is the same run every time, with read models or without", async () => {
  const [first, second] = [await simulate(from), await simulateWithReaders(from)]
  expect(second).toEqual(first)
  expect((await simulate(from + 1)).counts).not.toEqual(first.counts)
})
