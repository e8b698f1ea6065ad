import { assert, describe } from "@effect/vitest"
import { Effect, Exit, Option, Scope } from "effect"
import { locationsOf } from "../../../src/home/locations.ts"
import { openPact } from "../../../src/pacts/open-pact.ts"
import { within } from "../../kit/deadline.ts"
import { linkLedgers, linkUntil } from "../../kit/ledgers.ts"
import { live } from "../../kit/live.ts"
import { creator, joinHome, knowledge } from "../../kit/machines.ts"
import { tempDir } from "../../kit/temp.ts"

const options = { durability: "os", paranoid: true } as const

const task = (title: string) => ({ type: "task", payload: { title, status: "open" } }) as const

/** Ada's pact, and Bob, a member of it that is away. */
const apart = Effect.gen(function* () {
  const ada = yield* creator([])
  const home = yield* tempDir()
  yield* joinHome(home, "accord", ada.pact)
  const places = locationsOf(home).pact("accord")
  const scope = yield* Scope.fork(yield* Effect.scope)
  const bob = yield* openPact(places, options).pipe(Scope.provide(scope))
  const dump = () => `${bob.read.entries} of ${ada.pact.read.entries} entries`
  const unlink = yield* linkLedgers(ada.pact.ledger, bob.ledger)
  yield* bob
    .until(() => (bob.read.member(bob.memberKey)?.active === true ? true : null))
    .pipe(within("an admission", "20 seconds", dump))
  yield* bob.write(knowledge("hello"), { wait: "confirmed" })
  yield* unlink
  /** Ada writes much, and Bob is there until he was sent ahead. */
  const sentAhead = Effect.gen(function* () {
    for (let i = 0; i < 400; i++) yield* ada.pact.write(task(`task ${i} ${"text ".repeat(30)}`))
    const lacks = () => Effect.runSync(Effect.orDie(bob.ledger.lacking)) > 0
    yield* linkUntil(ada.pact.ledger, bob.ledger, lacks).pipe(within("a log that is not all here", "20 seconds", dump))
  })
  return { ada, bob, close: Scope.close(scope, Exit.void), dump, places, sentAhead }
})

describe("a member that was sent ahead and lost its peers before the blocks came", () => {
  live(
    "is answered what it writes, and others take it in later",
    () =>
      Effect.gen(function* () {
        const { ada, bob, dump, sentAhead } = yield* apart
        yield* sentAhead

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

  live(
    "knows by itself that its own log is whole, though the entry at its end has to be decided anew",
    () =>
      Effect.gen(function* () {
        const { ada, bob, close, dump, places, sentAhead } = yield* apart
        const { id } = yield* bob.write(task("nobody has it"))
        yield* sentAhead
        yield* close

        const again = yield* openPact(places, options)
        const recovering = yield* again.ledger.recovering.pipe(within("an answer", "5 seconds", dump))
        assert.isFalse(recovering)
        yield* linkLedgers(ada.pact.ledger, again.ledger)
        yield* ada.pact
          .until(() => (ada.pact.read.entry(id)?.confirmed === true ? true : null))
          .pipe(within("the entry everywhere", "20 seconds", dump))
      }),
    90_000
  )
})
