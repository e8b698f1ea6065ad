import { assert } from "@effect/vitest"
import { Effect, Redacted } from "effect"
import { afterAll, beforeAll, describe } from "vitest"
import * as E from "../../../src/domain/errors.ts"
import { clientAt } from "../../../src/sdk/connect.ts"
import { startServer, type TestServer, token } from "../../kit/http.ts"
import { live } from "../../kit/live.ts"
import { pactId } from "../../kit/memory-handlers.ts"

let server: TestServer
beforeAll(async () => void (server = await startServer()))
afterAll(() => server.stop())

const client = Effect.suspend(() => clientAt({ port: server.port, token: Redacted.make(token) }))
const params = { pactId: "default" }

describe("the derived client and the server agree", () => {
  live("on every route that answers whole", () =>
    Effect.gen(function* () {
      const { entries, host, knowledge, messages, pact, pacts, probes, search, skills, tasks } = yield* client
      const id = "1a2b3c4d-512"
      const page = { order: "asc", limit: 5, cursor: "c" } as const
      const answers = yield* Effect.all([
        probes.ping(),
        probes.healthz(),
        probes.readyz(),
        host.status(),
        host.metrics(),
        host.openapi(),
        pacts.list(),
        pacts.create({ payload: { name: "Zürich", purpose: "p", alias: "zurich", confirm: true } }),
        pacts.switch({ payload: { alias: "test", confirm: "test" } }),
        pacts.alias({ params, payload: { alias: "other" } }),
        pacts.remove({ params, payload: { confirm: "test" } }),
        pact.agents({ params, query: { online: true } }),
        pact.info({ params, query: { wait: "confirmed", timeout_ms: 100 }, payload: { purpose: null } }),
        pact.me({ params, query: {}, payload: { display_name: null } }),
        knowledge.list({ params, query: { ...page, topic: "a b&c=ü", agent_id: "anon-maple-1a2b3c4d", since: 1 } }),
        knowledge.record({ params, query: {}, payload: { topic: "a", content: "b", refs: [id] } }),
        knowledge.topics({ params, query: {} }),
        messages.list({ params, query: { thread: id } }),
        messages.send({ params, query: {}, payload: { content: "hello", priority: "high", reply_to: id } }),
        tasks.list({ params, query: { ...page, status: "open", assigned_to: "anon-maple-1a2b3c4d" } }),
        tasks.create({ params, query: {}, payload: { title: "a", ttl: 1, refs: [id] } }),
        tasks.task({ params: { ...params, id } }),
        tasks.claim({
          params: { ...params, id },
          query: {},
          headers: { "openpact-agent": "a b" },
          payload: { ttl: 1 }
        }),
        tasks.renew({ params: { ...params, id }, query: {}, headers: {}, payload: { claim: id } }),
        tasks.release({ params: { ...params, id }, query: {}, headers: {}, payload: { worker: "Zoë" } }),
        tasks.complete({ params: { ...params, id }, query: {}, headers: {}, payload: { result: [1, { a: null }] } }),
        skills.list({ params, query: { format: "generic" } }),
        skills.post({
          params,
          query: { wait: "confirmed" },
          payload: { name: "a", version: "1.0.0", format: "generic", content: "b" }
        }),
        skills.installed({ params }),
        skills.content({ params: { ...params, id } }),
        skills.install({ params: { ...params, id }, payload: { confirm: true } }),
        skills.uninstall({ params: { ...params, id }, payload: { confirm: "a" } }),
        entries.referencedBy({ params: { ...params, id }, query: page }),
        entries.log({ params, query: { type: "invite-redeemed" } }),
        entries.changes({ params, query: { from: "head", confirmed: true, limit: 1000 } }),
        search.pact({ params, query: { q: "a", type: "skill", limit: 100 } }),
        search.host({ query: { q: "a" } })
      ])
      assert.isTrue(answers.every((answer) => answer !== undefined))
    })
  )

  live("on what went wrong: an error comes back as its class", () =>
    Effect.gen(function* () {
      const { entries, knowledge, pact, pacts, probes } = yield* client
      const unknown = yield* Effect.flip(knowledge.list({ params: { pactId: "nobody" }, query: {} }))
      assert.instanceOf(unknown, E.UnknownPact)
      assert.strictEqual(unknown.message, "There is no pact nobody here.")
      assert.instanceOf(yield* Effect.flip(pacts.create({ payload: { name: "a" } })), E.NotConfirmed)
      assert.instanceOf(yield* Effect.flip(entries.entry({ params: { pactId, id: "1a2b3c4d-512" } })), E.NotFound)
      assert.instanceOf(yield* Effect.flip(pact.status({ params })), E.Internal)
      server.pact.ready = false
      assert.instanceOf(yield* Effect.flip(probes.readyz()), E.NotReady)
      server.pact.ready = true
      const stranger = yield* clientAt({ port: server.port, token: Redacted.make("0".repeat(64)) })
      assert.instanceOf(yield* Effect.flip(stranger.host.status()), E.Unauthorized)
    })
  )

  live("on what can be asked: what the contract refuses is not even sent", () =>
    Effect.gen(function* () {
      const { entries, knowledge } = yield* client
      const id = "1a2b3c4d-512"
      const errors = yield* Effect.all([
        Effect.flip(entries.entry({ params: { pactId: "a".repeat(65), id } })),
        Effect.flip(knowledge.list({ params, query: { limit: 1001 } })),
        Effect.flip(knowledge.record({ params, query: {}, payload: { topic: "", content: "a" } }))
      ])
      assert.deepStrictEqual(
        errors.map(({ _tag }) => _tag),
        ["SchemaError", "SchemaError", "SchemaError"]
      )
    })
  )
})
