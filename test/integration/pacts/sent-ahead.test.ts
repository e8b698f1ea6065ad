import { assert, describe } from "@effect/vitest"
import { Deferred, Effect, Exit, Option, Scope } from "effect"
import { applyFrame } from "../../../src/engine/apply.ts"
import { locationsOf } from "../../../src/home/locations.ts"
import { openPact } from "../../../src/pacts/open-pact.ts"
import { within } from "../../kit/deadline.ts"
import { linkLedgers, linkUntil, openClosable } from "../../kit/ledgers.ts"
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
  /** Ada writes much, and Bob is there until he was sent ahead. Where he is quick enough to order all of it she writes more. */
  const sentAhead = Effect.gen(function* () {
    const lacks = () => Effect.runSync(Effect.orDie(bob.ledger.lacking)) > 0
    for (let round = 0; round < 5 && !lacks(); round++) {
      for (let i = 0; i < 400; i++) yield* ada.pact.write(task(`task ${round} ${i} ${"text ".repeat(30)}`))
      const cut = () => lacks() || bob.read.entries >= ada.pact.read.entries
      yield* linkUntil(ada.pact.ledger, bob.ledger, cut).pipe(within("a log that has come", "20 seconds", dump))
    }
    assert.isTrue(lacks())
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
    "is not kept from its peers by an entry of its own that can't be decided without them",
    () =>
      Effect.gen(function* () {
        const { ada, bob, close, dump, places, sentAhead } = yield* apart
        const { id } = yield* bob.write(task("nobody has it"))
        yield* sentAhead
        yield* close
        // What decides an entry waits for blocks of peers.
        const came = Deferred.makeUnsafe<void>()
        const apply: typeof applyFrame = async (...frame) => {
          await Effect.runPromise(Deferred.await(came))
          return applyFrame(...frame)
        }
        const { pactId } = bob
        const waiting = yield* openClosable({ dir: places.data, pactId, apply })
        const recovering = yield* waiting.recovering.pipe(within("an answer", "8 seconds", dump))
        assert.isFalse(recovering)
        yield* Deferred.succeed(came, undefined)
        yield* waiting.close

        const again = yield* openPact(places, options)
        yield* linkLedgers(ada.pact.ledger, again.ledger)
        yield* ada.pact
          .until(() => (ada.pact.read.entry(id)?.confirmed === true ? true : null))
          .pipe(within("the entry everywhere", "20 seconds", dump))
      }),
    90_000
  )
})
