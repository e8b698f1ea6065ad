import { describe, expect } from "@effect/vitest"
import { Effect, Exit, type FileSystem, Scope } from "effect"
import { locationsOf } from "../../../src/home/locations.ts"
import { joinPact, openPact, type Pact } from "../../../src/pacts/Pact.ts"
import { within } from "../../kit/deadline.ts"
import { linkLedgers } from "../../kit/ledgers.ts"
import { live } from "../../kit/live.ts"
import { creator, knowledge, logHash } from "../../kit/machines.ts"
import { tempDir } from "../../kit/temp.ts"

const options = { durability: "os", paranoid: true } as const
const frames = 400
const turn = Effect.promise(() => new Promise((done) => setImmediate(done)))

/** Opens a pact in a Scope that ends when the answer runs. */
const closable = Effect.fnUntraced(function* <E>(opening: Effect.Effect<Pact, E, Scope.Scope | FileSystem.FileSystem>) {
  const scope = yield* Scope.fork(yield* Effect.scope)
  const pact = yield* opening.pipe(Scope.provide(scope))
  return { pact, close: Scope.close(scope, Exit.void) }
})

describe("a newcomer that was sent ahead", () => {
  live("opens again, alone, though it went away in the middle of fetching what leads there", () =>
    Effect.gen(function* () {
      const ada = yield* creator([])
      for (let i = 0; i < frames; i++) yield* ada.pact.write(knowledge(`entry ${i} ${"text ".repeat(200)}`))
      const { encryptionKey, pactId } = ada.pact.ledger
      const places = locationsOf(yield* tempDir()).pact("pact")
      const first = yield* closable(joinPact(places, { pactId, encryptionKey, display_name: null }, options))
      yield* ada.pact.write({ type: "admin", payload: { action: "addWriter", key: first.pact.memberKey } })
      const unlink = yield* linkLedgers(ada.pact.ledger, first.pact.ledger)
      // Where it ends is known to it before the blocks are there.
      const ahead = Effect.gen(function* () {
        while (yield* first.pact.ledger.whole) yield* turn
      })
      yield* ahead.pipe(within("being sent ahead", "20 seconds", () => `${first.pact.read.entries} entries`))
      yield* unlink
      yield* first.close

      const again = yield* closable(openPact(places, options)).pipe(
        within("opening alone", "20 seconds", () => "it waits for peers")
      )
      expect(yield* again.pact.ledger.whole).toBe(false)
      expect(yield* again.pact.synced).toBe(false)
      expect(again.pact.read.entries).toBeLessThan(ada.pact.read.entries)
      yield* linkLedgers(ada.pact.ledger, again.pact.ledger)
      yield* again.pact
        .until(() => (again.pact.read.entries === ada.pact.read.entries ? true : null))
        .pipe(within("all entries", "20 seconds", () => `${again.pact.read.entries} entries`))
      expect(yield* logHash({ ...ada, pact: again.pact })).toBe(yield* logHash(ada))
      const { id } = yield* again.pact.write(knowledge("by the newcomer"))
      expect(again.pact.read.entry(id)?.accepted).toBe(true)
    })
  )
})
