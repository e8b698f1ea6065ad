import { Effect } from "effect"
import { randomBytes } from "node:crypto"
import { rmSync } from "node:fs"
import { join } from "node:path"
import { describe, expect } from "vitest"
import { type Daemon, pactRows, pactsUntil, startDaemon } from "../kit/daemon.ts"
import { live } from "../kit/live.ts"
import { tempDir } from "../kit/temp.ts"

interface Minted {
  readonly token: string
  readonly nonce: string
}
const minted = (daemon: Daemon, pact = "accord") =>
  daemon.send<Minted>("POST", `/v1/pacts/${pact}/invites`, { confirm: true })
const refusal = (daemon: Daemon, path: string, body: object) =>
  Effect.map(Effect.orDie(daemon.call("POST", path, body)), ({ status, text }) => [status, JSON.parse(text).error])

const redeem = "/v1/pacts/accord/invites/redeem"
const key = () => randomBytes(32).toString("hex")

describe("the routes of a join", () => {
  live("redeem an invite for a key, once for each invite and as often as that key asks", () =>
    Effect.gen(function* () {
      const ada = yield* startDaemon(yield* tempDir())
      yield* ada.send("POST", "/v1/pacts", { name: "Accord", confirm: true })
      const { nonce, token } = yield* minted(ada)
      const writer_key = key()
      for (const _ of [1, 2]) {
        const answer = yield* ada.send("POST", redeem, { token, writer_key, confirm: true })
        expect(answer).toMatchObject({ ok: true, writer_key, confirmed: true })
      }
      const agents = yield* ada.get<ReadonlyArray<{ readonly remote_key: string }>>("/v1/pacts/accord/agents")
      expect(agents.map(({ remote_key }) => remote_key)).toContain(writer_key)
      yield* ada.send("POST", "/v1/pacts", { name: "Other", confirm: true })
      const other = yield* minted(ada, "other")
      const revoked = yield* minted(ada)
      yield* ada.send("DELETE", `/v1/pacts/accord/invites/${revoked.nonce}`, { confirm: revoked.nonce })
      const unknown = JSON.parse(Buffer.from(token, "base64url").toString())
      const forged = Buffer.from(JSON.stringify({ ...unknown, nonce: "ab".repeat(24) })).toString("base64url")
      expect(nonce).not.toBe("ab".repeat(24))
      for (const [body, expected] of [
        [{ token, writer_key: key(), confirm: true }, [409, "INVITE_SPENT"]],
        [{ token: revoked.token, writer_key: key(), confirm: true }, [409, "INVITE_REVOKED"]],
        [{ token: forged, writer_key: key(), confirm: true }, [404, "UNKNOWN_INVITE"]],
        [{ token: other.token, writer_key: key(), confirm: true }, [400, "INVITE_WRONG_PACT"]],
        [{ token: token.slice(3), writer_key: key(), confirm: true }, [400, "INVITE_BAD_SHAPE"]],
        [{ token, writer_key: key() }, [400, "NOT_CONFIRMED"]],
        [{ token, writer_key: "x", confirm: true }, [400, "BAD_REQUEST"]]
      ] as const)
        expect(yield* refusal(ada, redeem, body)).toEqual(expected)
    })
  )

  live("begin a join that is shown as what it is, until it is given up", () =>
    Effect.gen(function* () {
      const [ada, dir] = [yield* startDaemon(yield* tempDir()), yield* tempDir()]
      yield* ada.send("POST", "/v1/pacts", { name: "Accord", confirm: true })
      const { token } = yield* minted(ada)
      let bob = yield* startDaemon(dir)
      for (const [body, expected] of [
        [{ confirm: true }, [400, "BAD_REQUEST"]],
        [{ token }, [400, "NOT_CONFIRMED"]],
        [{ token: "hello", confirm: true }, [400, "INVITE_BAD_SHAPE"]],
        [{ token, key: key(), confirm: true }, [400, "INVITE_WRONG_PACT"]]
      ] as const)
        expect(yield* refusal(bob, "/v1/pacts/join", body)).toEqual(expected)
      const body = { token, alias: "mine", display_name: "Bob", confirm: true }
      const begun = yield* bob.send<{ readonly public_key: string }>("POST", "/v1/pacts/join", body)
      expect(begun).toMatchObject({ ok: true, alias: "mine", pact_name: "Accord", role: null, joining: true })
      const shown = { joining: true, waiting_for: "network", role: null, entries: 0, display_name: "Bob" }
      const rows = yield* pactsUntil(bob, "no network", ([row]) => row?.waiting_for === "network")
      expect(rows).toEqual([expect.objectContaining(shown)])
      expect(yield* bob.get("/v1/pacts/mine/status")).toMatchObject({ ...shown, is_member: false, synced: false })
      const early = yield* Effect.orDie(bob.call("GET", "/v1/pacts/mine/log"))
      expect([early.status, JSON.parse(early.text).error]).toEqual([409, "PACT_NOT_READY"])
      // The same over a restart, and even when daemon.json is lost: the member key stays.
      yield* bob.stop
      rmSync(join(dir, "daemon.json"))
      bob = yield* startDaemon(dir)
      const { public_key } = yield* bob.get<{ readonly public_key: string }>("/v1/pacts/mine/status")
      expect(public_key).toBe(begun.public_key)
      yield* bob.send("DELETE", "/v1/pacts/mine", { confirm: "mine" })
      expect(yield* pactRows(bob)).toEqual([])
      // Its creator is in it already.
      const own = yield* refusal(ada, "/v1/pacts/join", { token, confirm: true })
      expect(own).toEqual([409, "PACT_ALIAS_EXISTS"])
    })
  )
})
