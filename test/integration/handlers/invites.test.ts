import { describe, expect } from "@effect/vitest"
import { Effect } from "effect"
import { chmodSync, existsSync, readdirSync, statSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { decodeInvite } from "../../../src/domain/invite-token.ts"
import { inviteKeyOf, signRedemption } from "../../../src/engine/crypto.ts"
import { locationsOf } from "../../../src/home/locations.ts"
import { makeInviteSecrets } from "../../../src/pacts/invite-secrets.ts"
import { live } from "../../kit/live.ts"
import { type Served, serveMember, serveOne } from "../../kit/served.ts"

const day = 24 * 60 * 60 * 1000
const yes = { confirm: true }
const code = ({ body, status }: { readonly status: number; readonly body: { readonly [key: string]: unknown } }) => [
  status,
  body["error"]
]
interface Minted {
  readonly token: string
  readonly share_url: string
  readonly nonce: string
  readonly invite: string
  readonly expires_at: number
  readonly id: string
}
const mint = (served: Served, body: object = {}) =>
  Effect.map(served.must("POST", "/invites", { ...body, ...yes }), (minted) => minted as unknown as Minted)
const list = (served: Served, query = "") =>
  Effect.map(
    served.must("GET", `/invites${query}`),
    ({ entries }) => entries as ReadonlyArray<Readonly<Record<string, unknown>>>
  )
const revoke = ({ ask }: Served, nonce: string, confirm: string | undefined = nonce) =>
  ask("DELETE", `/invites/${nonce}`, confirm === undefined ? {} : { confirm })
const fileOf = ({ home }: Served) => join(home, "pacts", "work", "invites.json")
/** What an indexer writes for somebody who shows the nonce. */
const redeem = (served: Served, nonce: string, key: string) =>
  served.pact.write({
    type: "invite-redeemed",
    payload: {
      invite: inviteKeyOf(nonce),
      redeemed_by: key,
      proof: signRedemption(nonce, served.pact.pactId, key)
    }
  })

describe("invites over HTTP", () => {
  live("one is minted with a token that says all, and its secret stays on this machine", () =>
    Effect.gen(function* () {
      const served = yield* serveOne
      yield* served.must("PUT", "/me", { display_name: "Ada" })
      const before = Date.now()
      const minted = yield* mint(served)
      expect(minted.expires_at - before).toBeGreaterThanOrEqual(7 * day)
      expect(minted.expires_at - Date.now()).toBeLessThanOrEqual(7 * day)
      expect(minted.share_url).toBe(`https://openpact.dev/join?invite=${minted.token}`)
      expect(minted.invite).toBe(inviteKeyOf(minted.nonce))
      expect(yield* decodeInvite(minted.share_url)).toEqual({
        v: 1,
        pactId: served.pact.pactId,
        nonce: minted.nonce,
        expiresAt: minted.expires_at,
        pactName: "Work",
        issuerDisplay: "Ada"
      })
      expect(yield* list(served)).toEqual([
        {
          nonce: minted.nonce,
          invite: minted.invite,
          expires_at: minted.expires_at,
          created_at: expect.any(Number),
          status: "live",
          spent_by: null,
          spent_at: null,
          share_url: minted.share_url
        }
      ])
      expect(JSON.stringify(yield* served.must("GET", "/log"))).not.toContain(minted.nonce)
      expect(statSync(fileOf(served)).mode & 0o777).toBe(0o600)
    })
  )

  live("it has to be confirmed, and to end between a minute and 90 days from now", () =>
    Effect.gen(function* () {
      const served = yield* serveOne
      const { entries } = served.pact.read
      for (const body of [{}, { confirm: false }, { ttl_ms: day }])
        expect(code(yield* served.ask("POST", "/invites", body))).toEqual([400, "NOT_CONFIRMED"])
      for (const ttl_ms of [59_999, 90 * day + 1, 1.5, "7d"])
        expect(code(yield* served.ask("POST", "/invites", { ttl_ms, ...yes }))).toEqual([400, "BAD_REQUEST"])
      expect(served.pact.read.entries).toBe(entries)
      for (const ttl_ms of [60_000, 90 * day]) yield* mint(served, { ttl_ms })
      expect(yield* list(served)).toHaveLength(2)
    })
  )

  live("is revoked once, by its nonce or its public half, and not when it is spent", () =>
    Effect.gen(function* () {
      const served = yield* serveOne
      const [one, two, three] = [yield* mint(served), yield* mint(served), yield* mint(served)]
      expect(code(yield* revoke(served, one.nonce, ""))).toEqual([400, "NOT_CONFIRMED"])
      expect(code(yield* revoke(served, one.nonce, two.nonce))).toEqual([400, "NOT_CONFIRMED"])
      expect((yield* revoke(served, one.nonce)).body).toMatchObject({ ok: true, invite: one.invite })
      expect((yield* revoke(served, two.invite)).body).toMatchObject({ ok: true, invite: two.invite })
      expect(code(yield* revoke(served, two.nonce))).toEqual([409, "INVITE_REVOKED"])
      const unknown = "ab".repeat(24)
      expect(code(yield* revoke(served, unknown))).toEqual([404, "UNKNOWN_INVITE"])
      expect(code(yield* revoke(served, "nonsense"))).toEqual([400, "BAD_REQUEST"])

      const key = "b1".repeat(32)
      yield* redeem(served, three.nonce, key)
      expect(code(yield* revoke(served, three.nonce))).toEqual([409, "INVITE_SPENT"])
      const shown = yield* list(served)
      expect(shown.map(({ nonce, share_url, spent_by, status }) => [nonce, status, spent_by, share_url])).toEqual([
        [three.nonce, "spent", key, null],
        [two.nonce, "revoked", null, null],
        [one.nonce, "revoked", null, null]
      ])
      expect(shown[0]?.["spent_at"]).toEqual(expect.any(Number))
      const page = yield* served.must("GET", "/invites?limit=2&order=asc")
      expect(page).toMatchObject({ has_more: true, entries: [{ invite: one.invite }, { invite: two.invite }] })
      expect(yield* list(served, `?limit=2&order=asc&cursor=${String(page["cursor"])}`)).toMatchObject([
        { invite: three.invite }
      ])
      expect(code(yield* served.ask("GET", `/invites?cursor=${String(page["cursor"])}`))).toEqual([400, "BAD_CURSOR"])
    })
  )

  live("members see the invites of others without their secrets", () =>
    Effect.gen(function* () {
      const ada = yield* serveOne
      const bob = yield* serveMember(ada)
      const { expires_at, invite } = yield* mint(ada)
      yield* bob.pact.until(() => bob.pact.read.invite(invite, 0))
      expect(yield* list(bob)).toMatchObject([{ invite, expires_at, nonce: null, share_url: null, status: "live" }])
      expect(code(yield* bob.ask("POST", "/invites", yes))).toEqual([409, "NOT_CREATOR"])
      // Nothing is kept of what was refused.
      expect(existsSync(fileOf(bob))).toBe(false)
    })
  )

  live("a damaged file of secrets is set aside by name, and the invites go on to hold", () =>
    Effect.gen(function* () {
      const served = yield* serveOne
      writeFileSync(fileOf(served), "{", { mode: 0o600 })
      const { invite, nonce } = yield* mint(served)
      expect(yield* list(served)).toMatchObject([{ invite, nonce }])
      const kept = readdirSync(join(fileOf(served), "..")).filter((name) => name.startsWith("invites.json.corrupt-"))
      expect(kept).toHaveLength(1)
    })
  )

  live("the file of secrets keeps what is recent, closes itself to others, and outlives the process", () =>
    Effect.gen(function* () {
      const served = yield* serveOne
      const { invite, nonce } = yield* mint(served)
      chmodSync(fileOf(served), 0o644)
      const places = locationsOf(served.home).pact("work")
      const secrets = yield* makeInviteSecrets(places)
      expect((yield* secrets.all).get(invite)?.nonce).toBe(nonce)
      expect(statSync(fileOf(served)).mode & 0o777).toBe(0o600)
      yield* secrets.make(Date.now() - 31 * day)
      const later = yield* secrets.make(Date.now())
      expect([...(yield* secrets.all).keys()]).toEqual([invite, later.invite])
      yield* secrets.drop(invite)
      expect([...(yield* (yield* makeInviteSecrets(places)).all).values()]).toEqual([later])
    })
  )
})
