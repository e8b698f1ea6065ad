import { describe, expect } from "@effect/vitest"
import { Effect } from "effect"
import { agentIdOf } from "../../../src/domain/ids.ts"
import { within } from "../../kit/deadline.ts"
import { openEvents } from "../../kit/events.ts"
import { live } from "../../kit/live.ts"
import { type Served, serveMember, serveOne } from "../../kit/served.ts"

const code = ({ body, status }: { readonly status: number; readonly body: { readonly [key: string]: unknown } }) => [
  status,
  body["error"]
]
const keyOf = (byte: string) => byte.repeat(32)
const agents = ({ api }: Served, query = "") =>
  api.get<ReadonlyArray<{ readonly remote_key: string; readonly role: string; readonly is_self: boolean }>>(
    `/v1/pacts/default/agents${query}`
  )
const keysOf = (rows: ReadonlyArray<{ readonly remote_key: string }>) => rows.map(({ remote_key }) => remote_key)

describe("roles over HTTP", () => {
  live("the creator admits, promotes and removes, and every list and count follows", () =>
    Effect.gen(function* () {
      const served = yield* serveOne
      const { must, pact } = served
      const [bob, carol] = [keyOf("b1"), keyOf("c2")]
      const added = yield* must("POST", "/admin/members", { key: bob })
      expect(added).toMatchObject({
        ok: true,
        key: bob,
        agent_id: agentIdOf(bob),
        role: "member",
        id: expect.any(String)
      })
      expect(yield* must("GET", `/entries/${String(added["id"])}`)).toMatchObject({
        type: "admin",
        payload: { action: "addWriter", key: bob }
      })
      expect(yield* must("POST", "/admin/members", { key: carol, indexer: true, confirm: true })).toMatchObject({
        role: "indexer"
      })
      // Admitting once more is no fall.
      expect(yield* must("POST", "/admin/members", { key: carol })).toMatchObject({ role: "indexer" })
      expect(yield* must("POST", "/admin/promote", { key: bob, confirm: true })).toMatchObject({ role: "indexer" })
      expect((yield* agents(served)).map(({ is_self, remote_key, role }) => [remote_key, role, is_self])).toEqual([
        [pact.memberKey, "creator", true],
        [bob, "indexer", false],
        [carol, "indexer", false]
      ])
      expect(yield* must("GET", "/status")).toMatchObject({ agents: 3 })

      expect(yield* must("POST", "/admin/remove", { key: bob, confirm: true })).toMatchObject({ key: bob, role: null })
      expect(yield* must("DELETE", `/admin/members/${carol}`)).toMatchObject({ key: carol, role: null })
      expect(yield* must("GET", "/status")).toMatchObject({ agents: 1 })
      const { pacts } = yield* served.api.get<{ readonly pacts: ReadonlyArray<object> }>("/v1/pacts")
      expect(pacts).toEqual([expect.objectContaining({ agents: 1, role: "creator" })])
      expect(yield* served.api.get("/v1/status")).toMatchObject({ agents: 1 })
      expect(keysOf(yield* agents(served))).toEqual([pact.memberKey])
      expect(yield* must("POST", "/admin/members", { key: bob })).toMatchObject({ role: "member" })
    })
  )

  live("what the rules refuse is told by its code, and leaves no trace in the log", () =>
    Effect.gen(function* () {
      const { ask, must, pact } = yield* serveOne
      const key = keyOf("b1")
      yield* must("POST", "/admin/members", { key })
      const { entries, length } = pact.read
      const refused = (method: string, path: string, body?: object) => Effect.map(ask(method, path, body), code)
      const yes = { confirm: true }
      expect(yield* refused("POST", "/admin/members", { key, confirm: false })).toEqual([400, "NOT_CONFIRMED"])
      for (const path of ["/admin/promote", "/admin/remove"]) {
        expect(yield* refused("POST", path, { key })).toEqual([400, "NOT_CONFIRMED"])
        expect(yield* refused("POST", path, { key: keyOf("dd"), ...yes })).toEqual([404, "NOT_FOUND"])
        expect(yield* refused("POST", path, { key: "short", ...yes })).toEqual([400, "BAD_REQUEST"])
      }
      expect(yield* refused("DELETE", `/admin/members/${keyOf("dd")}`)).toEqual([404, "NOT_FOUND"])
      expect(yield* refused("DELETE", `/admin/members/${pact.memberKey}`)).toEqual([409, "LAST_INDEXER"])
      expect(yield* refused("POST", "/admin/remove", { key: pact.memberKey, ...yes })).toEqual([409, "LAST_INDEXER"])
      const twin = key.slice(0, 16) + keyOf("ee").slice(16)
      for (const indexer of [true, false])
        expect(yield* refused("POST", "/admin/members", { key: twin, indexer })).toEqual([409, "HANDLE_TAKEN"])
      const invite = keyOf("ff")
      expect(yield* refused("POST", "/admin/members", { key: keyOf("dd"), invite, indexer: true })).toEqual([
        400,
        "BAD_REQUEST"
      ])
      expect([pact.read.entries, pact.read.length]).toEqual([entries, length])
    })
  )

  live("members come in pages, this one first", () =>
    Effect.gen(function* () {
      const served = yield* serveOne
      const self = served.pact.memberKey
      const others = ["0a", "5b", "7c", "f0"].map(keyOf)
      yield* Effect.forEach(others, (key) => served.must("POST", "/admin/members", { key }))
      const walked: Array<string> = []
      for (let after = ""; ;) {
        const page = keysOf(yield* agents(served, `?limit=2${after}`))
        walked.push(...page)
        if (page.length < 2) break
        after = `&after=${page.at(-1)!}`
      }
      expect(walked).toEqual([self, ...others])
      expect(keysOf(yield* agents(served, "?limit=1"))).toEqual([self])
      expect(keysOf(yield* agents(served, `?limit=1&after=${self}`))).toEqual([others[0]])
      expect(keysOf(yield* agents(served, "?online=true"))).toEqual([self])
      expect(keysOf(yield* agents(served, "?online=false&limit=3"))).toEqual(others.slice(0, 3))
    })
  )

  live("a member may leave and nothing else, and both machines tell it", () =>
    Effect.gen(function* () {
      const ada = yield* serveOne
      const events = yield* openEvents(ada.api)
      const bob = yield* serveMember(ada)
      const key = bob.pact.memberKey
      const yes = { confirm: true }
      const denied = [
        ["POST", "/admin/members", { key: keyOf("dd") }],
        ["POST", "/admin/promote", { key, ...yes }],
        ["POST", "/admin/remove", { key: ada.pact.memberKey, ...yes }],
        ["DELETE", `/admin/members/${ada.pact.memberKey}`],
        ["POST", "/invites", yes],
        ["DELETE", `/invites/${keyOf("ff")}`, { confirm: keyOf("ff") }]
      ] as const
      for (const [method, path, body] of denied)
        expect([path, ...code(yield* bob.ask(method, path, body))]).toEqual([path, 409, "NOT_CREATOR"])

      yield* ada.must("PUT", "/info", { name: "Other", purpose: null })
      yield* bob.pact.until(() => (bob.pact.read.pact()?.name === "Other" ? true : null))
      expect(yield* bob.must("DELETE", `/admin/members/${key}`)).toMatchObject({ key, role: null })
      const late = yield* bob.ask("POST", "/messages", { content: "still here" })
      expect(code(late)).toEqual([409, "NOT_A_MEMBER"])
      expect(late.body["message"]).toMatch(/^This machine was removed from the pact.*new invite/)
      expect(code(yield* bob.ask("DELETE", `/admin/members/${key}`))).toEqual([409, "NOT_A_MEMBER"])
      const gone = yield* events.until(
        "bob's leave",
        (frames) => frames.find(({ event }) => event === "member-removed") ?? null
      )
      expect(gone.data).toMatchObject({ alias: "work", member_key: key, agent_id: agentIdOf(key) })
      const heard = events.frames.filter(({ event }) => event !== "hello")
      expect(heard.find(({ event }) => event === "member-added")?.data).toMatchObject({
        member_key: key,
        agent_id: agentIdOf(key),
        role: "member"
      })
      const actions = heard.flatMap(({ data, event }) =>
        event === "entry-applied"
          ? [(data["entry"] as { readonly payload: { readonly action: string } }).payload.action]
          : []
      )
      expect(actions).toEqual(["addWriter", "setInfo", "removeWriter"])
      expect(heard.some(({ event }) => event === "pact-changed")).toBe(true)
    })
  )

  live("a member's new name reaches the others at once, by an entry of its own", () =>
    Effect.gen(function* () {
      const ada = yield* serveOne
      const bob = yield* serveMember(ada)
      const events = yield* openEvents(bob.api)
      const key = ada.pact.memberKey
      const nameAt = ({ pact }: Served) => pact.read.memberWithWork(key)?.display_name ?? null
      const called = (name: string | null) =>
        bob.pact
          .until(() => (nameAt(bob) === name ? true : null))
          .pipe(within(`${name} at bob`, "20 seconds", bob.api.dump))
      const shown = Effect.map(
        bob.api.get<ReadonlyArray<{ readonly remote_key: string; readonly display_name: string | null }>>(
          "/v1/pacts/default/agents"
        ),
        (rows) => rows.find(({ remote_key }) => remote_key === key)?.display_name
      )

      const named = yield* ada.must("PUT", "/me?wait=confirmed", { display_name: "Ada" })
      expect(named).toMatchObject({ ok: true, display_name: "Ada", id: expect.any(String), confirmed: true })
      yield* called("Ada")
      expect(yield* shown).toBe("Ada")
      const told = yield* events.until(
        "the notice",
        (frames) => frames.find(({ event }) => event === "entry-applied") ?? null
      )
      expect(told.data["entry"]).toMatchObject({
        id: named["id"],
        type: "message",
        display_name: "Ada",
        payload: { kind: "rename", name: "Ada", content: "Is called Ada now." }
      })

      // The same name is no news.
      const { entries, length } = ada.pact.read
      const nothing = { display_name: "Ada", id: null, confirmed: null }
      expect(yield* ada.must("PUT", "/me", { display_name: "Ada" })).toMatchObject(nothing)
      expect([ada.pact.read.entries, ada.pact.read.length]).toEqual([entries, length])

      // Of several that come at once, all see the last one that counts here.
      const names = ["B", "C", "D", null, "E"]
      yield* Effect.forEach(names, (display_name) => ada.must("PUT", "/me", { display_name }), {
        concurrency: "unbounded"
      })
      const { display_name } = yield* ada.must("GET", "/status")
      expect(nameAt(ada)).toBe(display_name)
      yield* called(display_name as string | null)

      yield* ada.must("PUT", "/me", { display_name: null })
      yield* called(null)
      expect(yield* shown).toBeNull()
    })
  )

  live("who is no member changes its name for itself, and tells it once it is one", () =>
    Effect.gen(function* () {
      const ada = yield* serveOne
      const bob = yield* serveMember(ada)
      yield* bob.must("DELETE", `/admin/members/${bob.pact.memberKey}`)
      const { entries, length } = bob.pact.read
      const local = { display_name: "Bob", id: null, confirmed: null }
      expect(yield* bob.must("PUT", "/me?wait=confirmed", { display_name: "Bob" })).toMatchObject(local)
      expect([bob.pact.read.entries, bob.pact.read.length]).toEqual([entries, length])
      expect(yield* bob.must("GET", "/status")).toMatchObject({ display_name: "Bob", is_member: false })

      const key = bob.pact.memberKey
      yield* ada.must("POST", "/admin/members", { key })
      yield* bob.pact.until(() => (bob.pact.read.member(key)?.active === true ? true : null))
      expect(yield* bob.must("PUT", "/me", { display_name: "Bob" })).toMatchObject({ id: expect.any(String) })
      yield* ada.pact
        .until(() => (ada.pact.read.memberWithWork(key)?.display_name === "Bob" ? true : null))
        .pipe(within("Bob at ada", "20 seconds", ada.api.dump))
    })
  )
})
