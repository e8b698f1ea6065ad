import { expect, it } from "vitest"
import { loadMutant, mutants } from "./mutants.ts"
import { simulate } from "./simulate.ts"

/** The seeds that a planted bug may hide from. */
const within = 200

it.each(mutants)(
  "finds that $name",
  async (mutant) => {
    const apply = await loadMutant(mutant)
    const search = async () => {
      for (let seed = 1; seed <= within; seed++) {
        // Without the engine's own rules for facts: what is tested here is what the simulation sees by itself.
        const { broken } = await simulate(seed, { apply, rules: false })
        if (broken !== null) return { seed, ...broken }
      }
      return null
    }
    const found = await search()
    expect(found).not.toBe(null)
    // It is seen by a rule, and not because it crashed.
    expect(found!.rule, found!.message).not.toBe("nothing throws")
    console.log(`${mutant.name}: seed ${found!.seed}, ${found!.rule}`)
  },
  60_000
)
