import { assert, describe } from "@effect/vitest"
import { Effect, Option } from "effect"
import { locationsOf } from "../../../src/home/locations.ts"
import { openPact } from "../../../src/pacts/open-pact.ts"
import { within } from "../../kit/deadline.ts"
import { linkLedgers } from "../../kit/ledgers.ts"
import { live } from "../../kit/live.ts"
import { creator, joinHome, knowledge } from "../../kit/machines.ts"
import { tempDir } from "../../kit/temp.ts"

const options = { durability: "os", paranoid: true } as const
const turn = Effect.promise(() => new Promise((done) => setImmediate(done)))

describe("a member that was sent ahead and lost its peers before the blocks came", () => {
  live(
    "is answered what it writes, and others take it in later",
    () =>
      Effect.gen(function* () {
        const ada = yield* creator([])
        const home = yield* tempDir()
        yield* joinHome(home, "accord", ada.pact)
        const bob = yield* openPact(locationsOf(home).pact("accord"), options)
        const dump = () => `${bob.read.entries} of ${ada.pact.read.entries} entries`
        const unlink = yield* linkLedgers(ada.pact.ledger, bob.ledger)
        yield* bob
          .until(() => (bob.read.member(bob.memberKey)?.active === true ? true : null))
          .pipe(within("an admission", "20 seconds", dump))
        yield* bob.write(knowledge("hello"), { wait: "confirmed" })
        yield* unlink
        for (let i = 0; i < 400; i++) yield* ada.pact.write(knowledge(`entry ${i} ${"text ".repeat(200)}`))
        const again = yield* linkLedgers(ada.pact.ledger, bob.ledger)
        const ahead = Effect.gen(function* () {
          while ((yield* bob.ledger.lacking) === 0) yield* turn
        })
        yield* ahead.pipe(within("a log that is not all here", "20 seconds", dump))
        yield* again

        const { id } = yield* bob.write(knowledge("offline")).pipe(within("an answer", "20 seconds", dump))
        const renamed = yield* bob.rename("Bob").pipe(within("an answer", "20 seconds", dump))
        assert.isNotNull(renamed)
        // Whoever can't wait is let go.
        const confirmed = yield* Effect.timeoutOption(bob.write(knowledge("later"), { wait: "confirmed" }), "50 millis")
        assert.isTrue(Option.isNone(confirmed))

        yield* linkLedgers(ada.pact.ledger, bob.ledger)
        for (const { read, until } of [ada.pact, bob]) {
          yield* until(() => (read.entry(id)?.confirmed === true ? true : null)).pipe(
            within("the entry everywhere", "20 seconds", dump)
          )
          assert.isTrue(read.entry(id)?.accepted)
        }
      }),
    90_000
  )
})
