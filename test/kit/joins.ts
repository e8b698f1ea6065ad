import { Effect } from "effect"
import type { WaitingFor } from "../../src/domain/joining.ts"
import type { Pact } from "../../src/pacts/Pact.ts"
import { within } from "./deadline.ts"
import { knowledge } from "./machines.ts"
import { type Networked, networked } from "./networked.ts"
import { tempDir } from "./temp.ts"
import type { Bootstrap } from "./testnet.ts"

export const until = <A>(pact: Pact, what: string, probe: () => A | null) =>
  pact.until(probe).pipe(
    within(what, "20 seconds", () => `${pact.read.entries} entries, ${pact.read.confirmed} confirmed`),
    Effect.orDie
  )
export const holds = (pact: Pact, id: string) =>
  until(pact, `entry ${id}`, () => (pact.read.entry(id)?.accepted === true ? true : null))
export const waitsFor = (home: Networked, what: WaitingFor) =>
  home.pactUntil("accord", `waiting for ${what}`, ({ joining }) =>
    joining?.progress().waitingFor === what ? joining : null
  )
export const failed = (home: Networked) =>
  home.pactUntil("accord", "the end of a join", ({ joining }) => joining?.progress().error ?? null)

/** A creator with a pact of one entry. */
export const creator = Effect.fnUntraced(function* (boot: Bootstrap) {
  const dir = yield* tempDir()
  const home = yield* networked(dir, boot)
  yield* home.pacts.create({ name: "Accord" })
  const pact = yield* home.pacts.find("accord")
  const { id } = yield* pact.write(knowledge("a secret of the pact"))
  return { dir, home, pact, id }
})
