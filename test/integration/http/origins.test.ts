import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { ask, askRaw, authorization, expectError, startServer, type TestServer } from "../../kit/http.ts"

let server: TestServer
beforeAll(async () => void (server = await startServer()))
afterAll(() => server.stop())

const open = ["/v1/ping", "/v1/healthz", "/v1/readyz"]
const all = [...open, "/v1/status", "/v1/pacts/default/knowledge", "/v1/events", "/v1/no-such-route"]

describe("DNS rebinding", () => {
  const foreign = [
    "evil.example",
    "evil.example:7666",
    "127.0.0.1.evil.example",
    "localhost.evil.example:7666",
    "evil.example#127.0.0.1",
    "user@127.0.0.1",
    "127.0.0.1:7666@evil.example",
    "127.0.0.1:",
    "127.0.0.1:port",
    "127.0.0.1 evil.example",
    "127.0.0.2",
    "0.0.0.0:7666",
    "127.1",
    "2130706433",
    "0x7f000001",
    "[::]",
    "::1",
    "localhost.",
    ""
  ]
  it.each(foreign)("a page whose name points here sends Host %j", async (host) => {
    for (const path of all) {
      expectError(await ask(server.port, { path, headers: { host } }), 403, "FORBIDDEN_HOST")
    }
  })
  it("no Host at all", async () => {
    for (const line of ["GET /v1/status HTTP/1.1", "GET /v1/ping HTTP/1.0"]) {
      const reply = await askRaw(server.port, `${line}\r\nauthorization: ${authorization}\r\n\r\n`)
      expectError(reply, 403, "FORBIDDEN_HOST")
    }
  })
  it("two Hosts, of which one is ours", async () => {
    for (const hosts of [
      ["evil.example", server.host],
      [server.host, "evil.example"]
    ]) {
      const lines = hosts.map((host) => `host: ${host}\r\n`).join("")
      const reply = await askRaw(
        server.port,
        `GET /v1/status HTTP/1.1\r\n${lines}authorization: ${authorization}\r\n\r\n`
      )
      expectError(reply, 400, "BAD_REQUEST")
    }
  })
  it("another host in an absolute request target", async () => {
    for (const target of [
      "http://evil.example/v1/status",
      `http://${server.host}/v1/status`,
      "//evil.example/v1/status"
    ]) {
      const reply = await ask(server.port, { path: target })
      if (target.startsWith("//")) expectError(reply, 404, "NOT_FOUND")
      else expectError(reply, 400, "BAD_REQUEST")
    }
  })
  it("this machine's own names pass, with any port and in any case", async () => {
    for (const host of ["127.0.0.1", server.host, "localhost", "LocalHost:7666", "[::1]", "[::1]:7666"]) {
      expect(await ask(server.port, { path: "/v1/ping", headers: { host } })).toMatchObject({ status: 200 })
    }
  })
})

describe("cross-site requests", () => {
  it("a form of another site posts", async () => {
    const reply = await ask(server.port, {
      method: "POST",
      path: "/v1/pacts/default/knowledge",
      headers: {
        origin: "https://evil.example",
        "content-type": "application/x-www-form-urlencoded",
        authorization: undefined
      },
      body: "topic=a&content=b"
    })
    expectError(reply, 403, "FORBIDDEN_ORIGIN")
  })
  it.each([
    "https://evil.example",
    "http://127.0.0.1",
    "http://127.0.0.1:1",
    "http://localhost:7666",
    "null",
    "file://",
    "chrome-extension://abcdefghijklmnop",
    ""
  ])("Origin %j is a stranger, with the token too", async (origin) => {
    for (const path of all) {
      expectError(await ask(server.port, { path, headers: { origin } }), 403, "FORBIDDEN_ORIGIN")
    }
  })
  it("the same host over https is a stranger", async () => {
    expectError(await ask(server.port, { headers: { origin: `https://${server.host}` } }), 403, "FORBIDDEN_ORIGIN")
  })
  it("a Referer of another site, or one that begins like ours", async () => {
    for (const referer of [
      "https://evil.example/page",
      `http://${server.host}.evil.example/`,
      `http://${server.host}0/`
    ]) {
      expectError(await ask(server.port, { headers: { referer } }), 403, "FORBIDDEN_ORIGIN")
    }
  })
  it.each(["cross-site", "same-site", "Cross-Site", "anything"])("Sec-Fetch-Site: %s", async (site) => {
    for (const path of all) {
      expectError(await ask(server.port, { path, headers: { "sec-fetch-site": site } }), 403, "FORBIDDEN_ORIGIN")
    }
  })
  it("a preflight gets no leave", async () => {
    const reply = await ask(server.port, {
      method: "OPTIONS",
      headers: { origin: "https://evil.example", "access-control-request-method": "POST", authorization: undefined }
    })
    expectError(reply, 403, "FORBIDDEN_ORIGIN")
    expect(Object.keys(reply.headers).filter((name) => name.startsWith("access-control"))).toEqual([])
  })
  it("the own origin passes", async () => {
    const headers = {
      origin: `http://${server.host}`,
      referer: `http://${server.host}/page?x`,
      "sec-fetch-site": "same-origin"
    }
    expect(await ask(server.port, { headers })).toMatchObject({ status: 200 })
    expect(await ask(server.port, { headers: { "sec-fetch-site": "none" } })).toMatchObject({ status: 200 })
  })
})
