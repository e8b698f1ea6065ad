import { parseArgs } from "node:util"
import { simulateMany, tell } from "./many.ts"

// npm run sim -- --seeds 10000 --from 1
const { values } = parseArgs({ options: { seeds: { type: "string" }, from: { type: "string" } } })
const seeds = Number(values.seeds ?? 1000)
const from = Number(values.from ?? Date.now() % 1_000_000_000)
const began = performance.now()
let done = 0
console.log(`Simulating ${seeds} seeds from ${from}.`)
const sum = await simulateMany({
  from,
  seeds,
  readersEvery: 16,
  each: ({ broken, seed }) => {
    done++
    if (broken !== null) console.log(`seed ${seed}: ${broken.message}`)
    else if (done % 1000 === 0) console.log(`${done} done`)
  }
})
console.log(`${tell(sum)}\n${Math.round((performance.now() - began) / 1000)} s, seeds ${from} to ${from + seeds - 1}`)
process.exitCode = sum.failed.length === 0 ? 0 : 1
