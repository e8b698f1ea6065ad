import { connect } from "node:net"
import { networkInterfaces } from "node:os"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { ask, askRaw, authorization, expectError, startServer, type TestServer, token } from "../../kit/http.ts"

let server: TestServer
beforeAll(async () => void (server = await startServer()))
afterAll(() => server.stop())

describe("missing and wrong tokens", () => {
  it.each([
    undefined,
    "",
    "Bearer",
    "Bearer ",
    `Bearer ${token.slice(0, -1)}`,
    `Bearer ${token}0`,
    `Bearer ${token.slice(0, -1)}0`,
    `Bearer ${token.toUpperCase()}`,
    `Bearer  ${token.slice(0, -1)}`,
    `Bearer ${token} `.padEnd(80, "x"),
    `Basic ${token}`,
    `Token ${token}`,
    token,
    `Bearer ${"\u00e9".repeat(64)}`
  ])("%j", async (header) => {
    for (const path of ["/v1/status", "/v1/events", "/v1/metrics", "/v1/openapi.json", "/v1/no-such-route"]) {
      expectError(await ask(server.port, { path, headers: { authorization: header } }), 401, "UNAUTHORIZED")
    }
  })
  it("a token in the query, in a cookie or in another header is none", async () => {
    for (const path of [
      `/v1/status?token=${token}`,
      `/v1/status?access_token=${token}`,
      `/v1/status?authorization=Bearer%20${token}`
    ]) {
      expectError(await ask(server.port, { path, headers: { authorization: undefined } }), 401, "UNAUTHORIZED")
    }
    const headers = {
      authorization: undefined,
      cookie: `token=${token}`,
      "x-api-key": token,
      "proxy-authorization": authorization
    }
    expectError(await ask(server.port, { headers }), 401, "UNAUTHORIZED")
  })
  it("a token in the query is refused where the header is right too", async () => {
    const { details } = expectError(await ask(server.port, { path: `/v1/status?token=${token}` }), 400, "BAD_REQUEST")
    expect(details).toEqual([{ path: "query.token", expected: "no field of this name" }])
  })
  it("two tokens, of which one is right", async () => {
    const lines = `host: ${server.host}\r\nauthorization: Bearer ${"0".repeat(64)}\r\nauthorization: ${authorization}\r\n`
    expectError(await askRaw(server.port, `GET /v1/status HTTP/1.1\r\n${lines}\r\n`), 400, "BAD_REQUEST")
  })
  it("no answer holds the token", async () => {
    const replies = await Promise.all([
      ask(server.port, { path: "/v1/status" }),
      ask(server.port, { path: "/v1/metrics" }),
      ask(server.port, { path: "/v1/pacts/default/status" }),
      ask(server.port, { method: "POST", path: "/v1/pacts", body: { name: token.repeat(2), confirm: true } })
    ])
    for (const reply of replies) expect(JSON.stringify(reply)).not.toContain(token)
  })
  it("the scheme is taken in any case", async () => {
    expect(await ask(server.port, { headers: { authorization: `bEARER ${token}` } })).toMatchObject({ status: 200 })
  })
})

it("the three probes are open", async () => {
  for (const path of ["/v1/ping", "/v1/healthz"]) {
    const reply = await ask(server.port, { path, headers: { authorization: undefined } })
    expect({ status: reply.status, body: reply.body }).toEqual({ status: 200, body: '{"ok":true}' })
  }
  const ready = () => ask(server.port, { path: "/v1/readyz", headers: { authorization: undefined } })
  expect(await ready()).toMatchObject({ status: 200, body: '{"ready":true,"pact_count":1}' })
  server.pact.ready = false
  expectError(await ready(), 503, "NOT_READY")
  // A probe that fails is no fault of the daemon.
  expect(server.log.filter((line) => line.includes("readyz"))).toEqual([])
  server.pact.ready = true
})

it("no other address of this machine answers", async () => {
  const others = Object.values(networkInterfaces())
    .flatMap((addresses) => addresses ?? [])
    .filter(({ address, family }) => family === "IPv4" && !address.startsWith("127."))
    .map(({ address }) => address)
  for (const address of [...others, "127.0.0.2", "::1"]) {
    const outcome = await new Promise((resolve) => {
      const socket = connect(server.port, address)
      socket.once("connect", () => (socket.destroy(), resolve("connected")))
      socket.once("error", () => resolve("refused"))
    })
    expect({ address, outcome }).toEqual({ address, outcome: "refused" })
  }
})
