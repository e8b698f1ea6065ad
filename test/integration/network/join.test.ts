import { describe, expect } from "@effect/vitest"
import { Effect } from "effect"
import { existsSync, readdirSync, statSync } from "node:fs"
import { join } from "node:path"
import { creator, failed, holds, waitsFor } from "../../kit/joins.ts"
import { live } from "../../kit/live.ts"
import { knowledge } from "../../kit/machines.ts"
import { mint, networked } from "../../kit/networked.ts"
import { tempDir } from "../../kit/temp.ts"
import { testnet } from "../../kit/testnet.ts"

describe("a join", () => {
  live("takes nothing but the token", () =>
    Effect.gen(function* () {
      const boot = yield* testnet
      const ada = yield* creator(boot)
      const { token } = yield* mint(ada.pact)
      const dir = yield* tempDir()
      const bob = yield* networked(dir, boot)
      const { alias, joining } = yield* bob.pacts.join({ pactId: token.pactId, invite: token, display_name: "Bob" })
      expect(alias).toBe("accord")
      const places = join(dir, "pacts/accord")
      expect(statSync(join(places, "joining.json")).mode & 0o777).toBe(0o600)
      expect((yield* Effect.flip(bob.pacts.find("accord")))._tag).toBe("PACT_NOT_READY")
      const pact = yield* bob.joined("accord")
      expect(pact.memberKey).toBe(joining?.memberKey)
      expect(statSync(join(places, "config.json")).mode & 0o777).toBe(0o600)
      expect(existsSync(join(places, "joining.json"))).toBe(false)
      yield* holds(pact, ada.id)
      const { id } = yield* pact.write(knowledge("from bob"))
      yield* holds(ada.pact, id)
      expect(ada.pact.read.member(pact.memberKey)).toMatchObject({ active: true, role: "member" })
    })
  )

  live("goes on where it was after a restart of either side, and by a newer invite", () =>
    Effect.gen(function* () {
      const boot = yield* testnet
      const ada = yield* creator(boot)
      const [first, second] = [yield* mint(ada.pact), yield* mint(ada.pact)]
      yield* ada.home.stop
      const dir = yield* tempDir()
      let bob = yield* networked(dir, boot)
      yield* bob.pacts.join({ pactId: first.token.pactId, invite: first.token })
      const { memberKey } = yield* waitsFor(bob, "peers")
      yield* bob.stop
      bob = yield* networked(dir, boot)
      expect((yield* waitsFor(bob, "peers")).memberKey).toBe(memberKey)
      // Another invite for the same pact: the same key goes on with it, once that is meant.
      const other = { pactId: first.token.pactId, invite: second.token }
      expect((yield* Effect.flip(bob.pacts.join(other)))._tag).toBe("NOT_CONFIRMED")
      const again = yield* bob.pacts.join({ ...other, instead: true })
      expect(again.joining?.memberKey).toBe(memberKey)
      const back = yield* networked(ada.dir, boot)
      const pact = yield* bob.joined("accord")
      expect(pact.memberKey).toBe(memberKey)
      const host = yield* back.pacts.find("accord")
      expect(host.read.inviteFact(second.invite)).toMatchObject({
        redeemed_by: memberKey,
        admitted: true,
        settled: true
      })
      expect(host.read.inviteFact(first.invite)).toMatchObject({ redeemed_by: null })
      const error = yield* Effect.flip(bob.pacts.join({ pactId: pact.pactId, invite: first.token }))
      expect(error._tag).toBe("PACT_ALIAS_EXISTS")
    })
  )

  live("by the pact id alone waits for the creator to add the key", () =>
    Effect.gen(function* () {
      const boot = yield* testnet
      const ada = yield* creator(boot)
      // Somebody has to be out there.
      yield* mint(ada.pact)
      const bob = yield* networked(yield* tempDir(), boot)
      yield* bob.pacts.join({ pactId: ada.pact.pactId, invite: null, alias: "accord" })
      const { memberKey } = yield* waitsFor(bob, "admission")
      yield* ada.pact.write({ type: "admin", payload: { action: "addWriter", key: memberKey } })
      yield* holds(yield* bob.joined("accord"), ada.id)
    })
  )

  live("can be given up, and nothing of it stays", () =>
    Effect.gen(function* () {
      const boot = yield* testnet
      const ada = yield* creator(boot)
      const { token } = yield* mint(ada.pact)
      yield* ada.home.stop
      const dir = yield* tempDir()
      const bob = yield* networked(dir, boot)
      yield* bob.pacts.join({ pactId: token.pactId, invite: token })
      yield* waitsFor(bob, "peers")
      yield* bob.pacts.remove("accord", "accord")
      expect(readdirSync(join(dir, "pacts"))).toEqual([])
      expect(yield* bob.pacts.list).toEqual([])
      // The invite still works.
      yield* networked(ada.dir, boot)
      yield* bob.pacts.join({ pactId: token.pactId, invite: token })
      yield* holds(yield* bob.joined("accord"), ada.id)
    })
  )

  live("is refused for good by the verdicts of the ledger", () =>
    Effect.gen(function* () {
      const boot = yield* testnet
      const ada = yield* creator(boot)
      const spent = yield* mint(ada.pact)
      const revoked = yield* mint(ada.pact)
      // It says more than the ledger does.
      const expired = yield* mint(ada.pact, { ttl: 1, expiresAt: Date.now() + 3_600_000 })
      const unknown = { ...spent.token, nonce: "ab".repeat(24) }
      yield* ada.pact.write({ type: "admin", payload: { action: "revokeInvite", invite: revoked.invite } })
      const bob = yield* networked(yield* tempDir(), boot)
      yield* bob.pacts.join({ pactId: spent.token.pactId, invite: spent.token })
      yield* bob.joined("accord")
      const dir = yield* tempDir()
      const carol = yield* networked(dir, boot)
      const entries = ada.pact.read.entries
      for (const [token, code] of [
        [spent.token, "INVITE_SPENT"],
        [revoked.token, "INVITE_REVOKED"],
        [expired.token, "INVITE_EXPIRED"],
        [unknown, "UNKNOWN_INVITE"]
      ] as const) {
        yield* carol.pacts.join({ pactId: token.pactId, invite: token })
        expect(yield* failed(carol)).toMatchObject({ code })
        yield* carol.pacts.remove("accord", "accord")
      }
      // What can't succeed is not written.
      expect(ada.pact.read.entries).toBe(entries)
    })
  )
})
