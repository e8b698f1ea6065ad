import { afterEach, describe, expect, it } from "vitest"
import { ask, expectError, requestText, startServer, type TestServer, Wire } from "../../kit/http.ts"

let server: TestServer
afterEach(() => server.stop())

describe("a flood of requests", () => {
  it("is turned away with the time to come back", async () => {
    server = await startServer({ rateLimit: 5 })
    const wire = await Wire.open(server.port)
    const again = (path: string) => wire.send(requestText(server.port, { path })).reply()
    for (let i = 0; i < 5; i++) expect(await again("/v1/status")).toMatchObject({ status: 200 })
    for (const path of ["/v1/status", "/v1/no-such-route", "/v1/pacts/default/knowledge"]) {
      const reply = await again(path)
      expectError(reply, 429, "RATE_LIMITED")
      expect(Number(reply.headers["retry-after"])).toBeGreaterThanOrEqual(59)
      expect(Number(reply.headers["retry-after"])).toBeLessThanOrEqual(60)
    }
    wire.close()
  })
  it("leaves probes and event streams alone", async () => {
    server = await startServer({ rateLimit: 1 })
    expect(await ask(server.port, {})).toMatchObject({ status: 200 })
    expectError(await ask(server.port, {}), 429, "RATE_LIMITED")
    for (const path of ["/v1/ping", "/v1/healthz", "/v1/readyz"]) {
      expect(await ask(server.port, { path })).toMatchObject({ status: 200 })
    }
    const wire = await Wire.open(server.port)
    wire.send(requestText(server.port, { path: "/v1/events" }))
    expect(await wire.reply("head")).toMatchObject({ status: 200 })
    wire.close()
  })
  it("of strangers uses up nothing of the limit", async () => {
    server = await startServer({ rateLimit: 1 })
    for (let i = 0; i < 5; i++) {
      expectError(await ask(server.port, { headers: { authorization: undefined } }), 401, "UNAUTHORIZED")
      expectError(await ask(server.port, { headers: { host: "evil.example" } }), 403, "FORBIDDEN_HOST")
    }
    expect(await ask(server.port, {})).toMatchObject({ status: 200 })
  })
  it("of one machine is counted for all its addresses", async () => {
    server = await startServer({ rateLimit: 2 })
    const from = async (localAddress: string) => {
      const wire = await Wire.open(server.port, localAddress)
      try {
        return await wire.send(requestText(server.port, {})).reply()
      } finally {
        wire.close()
      }
    }
    expect(await from("127.0.0.1")).toMatchObject({ status: 200 })
    expect(await from("127.0.0.2")).toMatchObject({ status: 200 })
    expectError(await from("127.0.0.3"), 429, "RATE_LIMITED")
  })
})

it("what was answered is counted by route and status", async () => {
  server = await startServer()
  await ask(server.port, {})
  await ask(server.port, {})
  await ask(server.port, { path: "/v1/pacts/default/knowledge?limit=1" })
  await ask(server.port, { path: "/v1/pacts/nobody/knowledge" })
  await ask(server.port, { path: "/v1/nowhere" })
  await ask(server.port, { headers: { host: "evil.example" } })
  const reply = await ask(server.port, { path: "/v1/metrics" })
  expect(reply.headers["content-type"]).toBe("text/plain; version=0.0.4; charset=utf-8")
  const lines = reply.body.split("\n")
  expect(lines).toContain("# TYPE openpact_http_requests_total counter")
  expect(lines.filter((line) => line.startsWith("openpact_http_requests_total")).sort()).toEqual([
    'openpact_http_requests_total{method="GET",route="/v1/pacts/:pactId/knowledge",status="200"} 1',
    'openpact_http_requests_total{method="GET",route="/v1/pacts/:pactId/knowledge",status="404"} 1',
    'openpact_http_requests_total{method="GET",route="/v1/status",status="200"} 2',
    'openpact_http_requests_total{method="other",route="unknown",status="403"} 1',
    'openpact_http_requests_total{method="other",route="unknown",status="404"} 1'
  ])
  expect(lines).toContain("openpact_sse_subscribers 0")
  expect(lines).toContain("openpact_sse_backpressure_closes_total 0")
})
