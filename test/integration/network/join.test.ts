import { describe, expect } from "@effect/vitest"
import { Effect } from "effect"
import { within } from "../../kit/deadline.ts"
import { live } from "../../kit/live.ts"
import { knowledge } from "../../kit/machines.ts"
import { mint, networked } from "../../kit/networked.ts"
import { tempDir } from "../../kit/temp.ts"
import { testnet } from "../../kit/testnet.ts"
import type { Pact } from "../../../src/pacts/Pact.ts"

const holds = (pact: Pact, id: string) =>
  pact
    .until(() => (pact.read.entry(id)?.accepted === true ? true : null))
    .pipe(within(`entry ${id}`, "20 seconds", () => `${pact.read.entries} entries`))

describe("an invite", () => {
  live("lets a machine in that has nothing but the token", () =>
    Effect.gen(function* () {
      const boot = yield* testnet
      const ada = yield* networked(yield* tempDir(), boot)
      yield* ada.pacts.create({ name: "Accord" })
      const host = yield* ada.pacts.find("accord")
      const { id: early } = yield* host.write(knowledge("before bob came"))
      const { token } = yield* mint(host)
      const bob = yield* networked(yield* tempDir(), boot)
      const started = performance.now()
      yield* bob.pacts.join({ pactId: token.pactId, invite: token })
      const guest = yield* bob.joined("accord")
      console.log("joined in", performance.now() - started)
      yield* holds(guest, early)
      const { id } = yield* guest.write(knowledge("from bob"))
      yield* holds(host, id)
      expect(host.read.member(guest.memberKey)).toMatchObject({ active: true, role: "member" })
    })
  )
})
