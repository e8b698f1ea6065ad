import { describe, expect } from "@effect/vitest"
import { Effect } from "effect"
import { existsSync, readdirSync, readFileSync, statSync } from "node:fs"
import { join } from "node:path"
import type { Pact } from "../../../src/pacts/Pact.ts"
import { settled } from "../../kit/ledgers.ts"
import { creator, failed, holds, until, waitsFor } from "../../kit/joins.ts"
import { live } from "../../kit/live.ts"
import { knowledge } from "../../kit/machines.ts"
import { mint, networked } from "../../kit/networked.ts"
import { tempDir } from "../../kit/temp.ts"
import { type Bootstrap, testnet } from "../../kit/testnet.ts"

/** Joins by an invite of its own. */
const guest = Effect.fnUntraced(function* (boot: Bootstrap, host: Pact) {
  const dir = yield* tempDir()
  const home = yield* networked(dir, boot)
  const { token } = yield* mint(host)
  yield* home.pacts.join({ pactId: host.pactId, invite: token })
  return { dir, home, pact: yield* home.joined("accord") }
})

/** The same as an indexer, once all know it. */
const indexer = Effect.fnUntraced(function* (boot: Bootstrap, host: Pact) {
  const made = yield* guest(boot, host)
  const key = made.pact.memberKey
  yield* host.write({ type: "admin", payload: { action: "addWriter", key, indexer: true } })
  yield* settled(made.pact.ledger, "an indexer", () => made.pact.indexer)
  return made
})

const contentOf = (folder: string): Buffer =>
  Buffer.concat(
    readdirSync(folder, { recursive: true, encoding: "utf8" })
      .map((name) => join(folder, name))
      .filter((path) => statSync(path).isFile())
      .map((path) => readFileSync(path))
  )

describe("more than one indexer", () => {
  live(
    "any of them lets somebody in, also while the creator is away",
    () =>
      Effect.gen(function* () {
        const boot = yield* testnet
        const ada = yield* creator(boot)
        const carol = yield* indexer(boot, ada.pact)
        const dave = yield* indexer(boot, ada.pact)
        const { invite, token } = yield* mint(ada.pact)
        for (const { pact } of [carol, dave])
          yield* until(pact, "the invite, confirmed", () =>
            pact.read.inviteFact(invite) !== null && pact.read.confirmed === pact.read.entries ? true : null
          )
        yield* ada.home.stop
        const bob = yield* networked(yield* tempDir(), boot)
        yield* bob.pacts.join({ pactId: token.pactId, invite: token })
        const pact = yield* bob.joined("accord")
        yield* holds(pact, ada.id)
        const { id } = yield* pact.write(knowledge("ada was away"))
        yield* holds(carol.pact, id)
      }),
    90_000
  )

  live(
    "one that is removed signs that itself, and is cut off then",
    () =>
      Effect.gen(function* () {
        const boot = yield* testnet
        const ada = yield* creator(boot)
        const carol = yield* indexer(boot, ada.pact)
        const key = carol.pact.memberKey
        yield* until(ada.pact, "two indexers", () => (ada.pact.ledger.signs(key) ? true : null))
        yield* ada.pact.write({ type: "admin", payload: { action: "removeWriter", key } }, { wait: "confirmed" })
        yield* until(carol.pact, "the news", () => (carol.pact.read.member(key)?.active === false ? true : null))
        // One indexer is left, and the pact goes on.
        const { id } = yield* ada.pact.write(knowledge("after the removal"), { wait: "confirmed" })
        const { pact } = yield* guest(boot, ada.pact)
        yield* holds(pact, id)
        expect(ada.pact.ledger.signs(key)).toBe(false)
        expect(carol.pact.read.entry(id)).toBe(null)
      }),
    90_000
  )

  live(
    "that redeem one invite while cut off from each other let one in, and the other learns that it is spent",
    () =>
      Effect.gen(function* () {
        const [here, there] = [yield* testnet, yield* testnet]
        const ada = yield* creator(here)
        const carol = yield* indexer(here, ada.pact)
        const { invite, token } = yield* mint(ada.pact)
        yield* until(carol.pact, "the invite", () => (carol.pact.read.inviteFact(invite) === null ? null : true))
        yield* carol.home.stop
        const cut = yield* networked(carol.dir, there)
        const [bobDir, eveDir] = [yield* tempDir(), yield* tempDir()]
        const bob = yield* networked(bobDir, here)
        let eve = yield* networked(eveDir, there)
        for (const { pacts } of [bob, eve]) yield* pacts.join({ pactId: token.pactId, invite: token })
        // Each indexer has redeemed it, and neither can confirm that alone.
        for (const home of [bob, eve]) yield* waitsFor(home, "confirmation")
        const { memberKey: bobKey } = yield* waitsFor(bob, "confirmation")
        const { memberKey: eveKey } = yield* waitsFor(eve, "confirmation")
        const other = yield* cut.opened("accord")
        for (const [pact, key] of [
          [ada.pact, bobKey],
          [other, eveKey]
        ] as const) {
          yield* until(pact, "a redemption", () => (pact.read.inviteFact(invite)?.redeemed_by === key ? true : null))
          expect(pact.read.inviteFact(invite)?.settled).toBe(false)
        }
        for (const dir of [bobDir, eveDir]) expect(existsSync(join(dir, "pacts/accord/config.json"))).toBe(false)

        yield* eve.stop
        yield* cut.stop
        const healed = yield* networked(carol.dir, here)
        eve = yield* networked(eveDir, here)
        const winner = yield* until(ada.pact, "a settled invite", () => {
          const found = ada.pact.read.inviteFact(invite)
          return found?.settled === true ? found.redeemed_by : null
        })
        const [won, lost, lostDir, lostKey] =
          winner === bobKey ? [bob, eve, eveDir, eveKey] : [eve, bob, bobDir, bobKey]
        const pact = yield* won.joined("accord")
        yield* holds(pact, ada.id)
        expect(yield* failed(lost)).toMatchObject({ code: "INVITE_SPENT" })
        for (const { read } of [ada.pact, yield* healed.opened("accord"), pact]) {
          expect(read.member(lostKey)?.active ?? false).toBe(false)
        }
        // It has no key, and nothing that it could read.
        yield* lost.stop
        expect(existsSync(join(lostDir, "pacts/accord/config.json"))).toBe(false)
        const kept = contentOf(lostDir)
        expect(kept.includes("a secret of the pact")).toBe(false)
        expect(kept.includes(ada.pact.ledger.encryptionKey)).toBe(false)
        expect(kept.includes(Buffer.from(ada.pact.ledger.encryptionKey, "hex"))).toBe(false)
      }),
    90_000
  )
})
