import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest"
import { ask, askRaw, authorization, expectError, startServer, type TestServer, Wire } from "../../kit/http.ts"

let server: TestServer
beforeAll(async () => {
  server = await startServer({ timeouts: { headers: 300, request: 600, check: 50, grace: 200 } })
})
afterAll(() => server.stop())
beforeEach(() => void (server.pact.bodies.length = 0))

const messages = "/v1/pacts/default/messages"
const head = (method: string, path: string, ...more: ReadonlyArray<string>) =>
  [`${method} ${path} HTTP/1.1`, `host: ${server.host}`, `authorization: ${authorization}`, ...more, "", ""].join(
    "\r\n"
  )

describe("method confusion", () => {
  it("a method that the route doesn't take is told which it does", async () => {
    const cases = [
      ["POST", "/v1/status", "GET, HEAD"],
      ["DELETE", messages, "GET, POST, HEAD"],
      ["PATCH", "/v1/pacts/default/me", "PUT"],
      ["GET", "/v1/pacts/switch", "POST, DELETE"],
      ["OPTIONS", "/v1/pacts", "GET, POST, HEAD"],
      ["TRACE", "/v1/status", "GET, HEAD"],
      ["PUT", "/v1/ping", "GET, HEAD"]
    ] as const
    for (const [method, path, allow] of cases) {
      const reply = await ask(server.port, { method, path })
      expectError(reply, 405, "METHOD_NOT_ALLOWED")
      expect({ path, allow: reply.headers["allow"] }).toEqual({ path, allow })
    }
  })
  it("no header turns one method into another", async () => {
    for (const name of ["x-http-method-override", "x-http-method", "x-method-override"]) {
      const reply = await ask(server.port, { path: "/v1/pacts", headers: { [name]: "DELETE" } })
      expect(reply).toMatchObject({ status: 200 })
      expectError(
        await ask(server.port, { path: "/v1/pacts/default", headers: { [name]: "DELETE" } }),
        405,
        "METHOD_NOT_ALLOWED"
      )
    }
    expect(server.pact.bodies).toEqual([])
  })
  it("a method is not a parameter either", async () => {
    expectError(await ask(server.port, { path: "/v1/pacts?_method=DELETE" }), 400, "BAD_REQUEST")
  })
  it("GET with a body", async () => {
    for (const path of ["/v1/status", "/v1/ping", messages]) {
      expectError(await ask(server.port, { path, body: { a: 1 } }), 400, "BAD_REQUEST")
    }
    const chunked = head("GET", "/v1/status", "transfer-encoding: chunked") + "1\r\na\r\n0\r\n\r\n"
    expectError(await askRaw(server.port, chunked), 400, "BAD_REQUEST")
  })
  it("methods are taken as they are spelled", async () => {
    for (const method of ["get", "Get", "FOO", "GET\t"]) {
      expectError(await askRaw(server.port, head(method, "/v1/status")), 400, "BAD_REQUEST")
    }
  })
  it("HEAD answers as GET does, without the body", async () => {
    const wire = await Wire.open(server.port)
    wire.send(head("HEAD", "/v1/status"))
    const only = await wire.reply("head")
    wire.send(head("GET", "/v1/status"))
    const whole = await wire.reply()
    expect(only.status).toBe(200)
    expect(only.headers["content-length"]).toBe(whole.headers["content-length"])
    wire.send(head("HEAD", "/v1/no-such-route"))
    expect(await wire.reply("head")).toMatchObject({ status: 404 })
    wire.close()
    const events = await Wire.open(server.port)
    expect(await events.send(head("HEAD", "/v1/events")).reply("head")).toMatchObject({ status: 200 })
    await events.closed()
    expect(events.text).toBe("")
  })
  it("CONNECT makes no tunnel", async () => {
    expectError(await askRaw(server.port, head("CONNECT", "evil.example:443")), 405, "METHOD_NOT_ALLOWED")
  })
  it("who asks for a tunnel and is gone harms nobody", async () => {
    for (let n = 0; n < 20; n++) {
      const wire = await Wire.open(server.port)
      wire.socket.write(head("CONNECT", "evil.example:443"), () => wire.socket.resetAndDestroy())
      await wire.closed()
    }
    expectError(await askRaw(server.port, head("CONNECT", "evil.example:443")), 405, "METHOD_NOT_ALLOWED")
  })
  it("an upgrade is passed over", async () => {
    const reply = await askRaw(server.port, head("GET", "/v1/ping", "connection: upgrade", "upgrade: websocket"))
    expect(reply).toMatchObject({ status: 200, body: '{"ok":true}' })
    expectError(
      await askRaw(
        server.port,
        head("GET", "/v1/nowhere", "connection: upgrade", "upgrade: h2c", "http2-settings: AAMA")
      ),
      404,
      "NOT_FOUND"
    )
  })
})

const askPact = (ref: string) => ask(server.port, { path: `/v1/pacts/${ref}/knowledge` })

describe("path tricks", () => {
  it.each([
    "/v1/../v1/status",
    "/v1/./status",
    "/v1/status/",
    "/v1//status",
    "//v1/status",
    "/v1/status/.",
    "/V1/STATUS",
    "/v1/%2e%2e/v1/status",
    "/v1%2fstatus",
    "/v1/status%00",
    "/v1/status%20",
    "/v1/status.json",
    "/v1\\status",
    "/v1/pacts/../metrics",
    "/v1/pacts/default/../../status",
    "/v1/%zz",
    "/",
    "/index.html",
    "/dashboard",
    "/..%2f..%2fetc/passwd"
  ])("%s leads nowhere", async (path) => {
    expectError(await ask(server.port, { path }), 404, "NOT_FOUND")
  })
  it.each([
    "..",
    "%2e%2e",
    "default%2fknowledge",
    "..%2f..%2fdaemon.json",
    "default%2f..",
    "%00",
    "DEFAULT",
    "default%20",
    "a".repeat(64).toUpperCase()
  ])("a pact named %s is unknown", async (ref) => {
    const reply = await ask(server.port, { path: `/v1/pacts/${ref}/knowledge` })
    expectError(reply, 404, "UNKNOWN_PACT")
  })
  it("a segment without an end, or without anything", async () => {
    for (const length of [0, 65, 128]) expectError(await askPact("a".repeat(length)), 400, "BAD_REQUEST")
    for (const length of [129, 8000]) expectError(await askPact("a".repeat(length)), 404, "NOT_FOUND")
  })
  it("an id that is none", async () => {
    for (const id of [
      "1",
      "1a2b3c4d-0",
      "1a2b3c4d-01",
      "1A2B3C4D-512",
      "1a2b3c4d-512%20",
      "..%2f1a2b3c4d-512",
      "__proto__"
    ]) {
      expectError(await ask(server.port, { path: `/v1/pacts/default/entries/${id}` }), 400, "BAD_REQUEST")
    }
    expectError(await ask(server.port, { path: "/v1/pacts/default/entries/1a2b3c4d-512" }), 404, "NOT_FOUND")
  })
  it.each(["__proto__", "constructor", "toString", "hasOwnProperty"])("a parameter named %s", async (name) => {
    expectError(await ask(server.port, { path: `${messages}?${name}=1` }), 400, "BAD_REQUEST")
    expectError(await ask(server.port, { path: `/v1/status?${name}=1` }), 400, "BAD_REQUEST")
    expectError(await ask(server.port, { path: `/v1/pacts/${name}/knowledge` }), 404, "UNKNOWN_PACT")
  })
  it("a star", async () => {
    expectError(await askRaw(server.port, head("OPTIONS", "*")), 400, "BAD_REQUEST")
  })
})

describe("request smuggling", () => {
  const inner = '{"content":"smuggled"}'
  const smuggled = () =>
    head("POST", messages, "content-type: application/json", `content-length: ${inner.length}`) + inner
  const attempts: ReadonlyArray<readonly [string, (payload: string) => string]> = [
    [
      "a length and chunks",
      (p) =>
        head("POST", messages, "content-type: application/json", "content-length: 6", "transfer-encoding: chunked") +
        `0\r\n\r\n${p}`
    ],
    [
      "chunks and a length",
      (p) =>
        head(
          "POST",
          messages,
          "content-type: application/json",
          "transfer-encoding: chunked",
          `content-length: ${5 + p.length}`
        ) + `0\r\n\r\n${p}`
    ],
    [
      "two lengths",
      (p) =>
        head(
          "POST",
          messages,
          "content-type: application/json",
          "content-length: 2",
          `content-length: ${2 + p.length}`
        ) + `{}${p}`
    ],
    [
      "a length that is a list",
      (p) => head("POST", messages, "content-type: application/json", "content-length: 2, 2") + `{}${p}`
    ],
    [
      "a length with a sign",
      (p) => head("POST", messages, "content-type: application/json", "content-length: +2") + `{}${p}`
    ],
    [
      "a length in hex",
      (p) => head("POST", messages, "content-type: application/json", "content-length: 0x2") + `{}${p}`
    ],
    [
      "a hidden encoding",
      (p) => head("POST", messages, "content-type: application/json", "transfer-encoding: xchunked") + `0\r\n\r\n${p}`
    ],
    [
      "chunked, but not last",
      (p) =>
        head("POST", messages, "content-type: application/json", "transfer-encoding: chunked, identity") +
        `0\r\n\r\n${p}`
    ],
    [
      "two encodings",
      (p) =>
        head(
          "POST",
          messages,
          "content-type: application/json",
          "transfer-encoding: chunked",
          "transfer-encoding: cow"
        ) + `0\r\n\r\n${p}`
    ],
    [
      "a space before the colon",
      (p) => head("POST", messages, "content-type: application/json", "transfer-encoding : chunked") + `0\r\n\r\n${p}`
    ],
    [
      "a folded header",
      (p) =>
        head("POST", messages, "content-type: application/json", "transfer-encoding:", " chunked") + `0\r\n\r\n${p}`
    ],
    [
      "a bare line feed",
      (p) =>
        head("POST", messages, "content-type: application/json", "x: y\ntransfer-encoding: chunked") + `0\r\n\r\n${p}`
    ],
    [
      "a chunk size that overflows",
      (p) =>
        head("POST", messages, "content-type: application/json", "transfer-encoding: chunked") +
        `fffffffffffffffff\r\n${p}`
    ],
    [
      "a chunk size with a sign",
      (p) => head("POST", messages, "content-type: application/json", "transfer-encoding: chunked") + `-1\r\n${p}`
    ]
  ]
  it.each(attempts)("%s", async (_, attempt) => {
    const wire = await Wire.open(server.port)
    wire.send(attempt(smuggled()))
    expectError(await wire.reply(), 400, "BAD_REQUEST")
    // The server goes on reading nowhere: what follows on this connection is nobody's request.
    await wire.closed()
    expect(wire.text).toBe("")
    expect(server.pact.bodies).toEqual([])
  })
  it("two honest requests in one packet are two", async () => {
    const wire = await Wire.open(server.port)
    wire.send(smuggled() + smuggled())
    expect([(await wire.reply()).status, (await wire.reply()).status]).toEqual([200, 200])
    expect(server.pact.bodies).toHaveLength(2)
    wire.close()
  })
})

describe("header injection", () => {
  it("line breaks in a path or a parameter come back in no header", async () => {
    for (const path of [
      "/v1/pacts/a%0d%0aset-cookie:%20a=b/knowledge",
      `${messages}?cursor=%0d%0aset-cookie:%20a=b&limit=0`
    ]) {
      const reply = await ask(server.port, { path })
      expect(reply.status).toBeGreaterThanOrEqual(400)
      expect(Object.keys(reply.headers)).not.toContain("set-cookie")
      expectError(reply, reply.status, JSON.parse(reply.body).error)
    }
  })
  it("control characters in headers", async () => {
    for (const value of ["a\0b", "a\x01b", "a\rb", "a\x7fb"]) {
      expectError(await askRaw(server.port, head("GET", "/v1/status", `x-odd: ${value}`)), 400, "BAD_REQUEST")
    }
  })
  it("a header without a name, and a line that is no header", async () => {
    for (const line of [": a", "no colon", "a b: c", "\u00e9: a"]) {
      expectError(await askRaw(server.port, head("GET", "/v1/status", line)), 400, "BAD_REQUEST")
    }
  })
  it("too many and too long headers", async () => {
    expectError(
      await askRaw(server.port, head("GET", "/v1/status", `x-long: ${"a".repeat(20_000)}`)),
      431,
      "HEADERS_TOO_LARGE"
    )
    const many = Array.from({ length: 1500 }, (_, i) => `x-header-${i}: a`)
    expectError(await askRaw(server.port, head("GET", "/v1/status", ...many)), 431, "HEADERS_TOO_LARGE")
    expectError(await ask(server.port, { path: `/v1/${"a".repeat(20_000)}` }), 431, "HEADERS_TOO_LARGE")
  })
})

describe("what is no HTTP/1.1", () => {
  it.each([
    ["garbage", "\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03"],
    ["HTTP/2", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"],
    ["HTTP/9.9", "GET /v1/status HTTP/9.9\r\n\r\n"],
    ["another protocol", "HELO evil.example\r\nMAIL FROM:<a@b>\r\n\r\n"]
  ])("%s", async (_, text) => {
    expectError(await askRaw(server.port, Buffer.from(text, "latin1")), 400, "BAD_REQUEST")
  })
  it("HTTP/0.9, which knows no host", async () => {
    expectError(await askRaw(server.port, "GET /v1/ping\r\n\r\n"), 403, "FORBIDDEN_HOST")
  })
  it("an answer under way is not mixed with the next request's error", async () => {
    const wire = await Wire.open(server.port)
    wire.send(head("GET", "/v1/events"))
    expect(await wire.reply("head")).toMatchObject({ status: 200 })
    await wire.until("hello", () => (wire.text.includes("event: hello") ? true : undefined))
    wire.send("garbage\r\n\r\n")
    await wire.closed()
    expect(wire.text).not.toContain("HTTP/1.1 400")
  })
})

const expectHead = (length: number) =>
  head("POST", messages, "content-type: application/json", `content-length: ${length}`, "expect: 100-continue")

describe("expectations", () => {
  it("100-continue is met only where the body will be taken", async () => {
    const wire = await Wire.open(server.port)
    wire.send(expectHead(15))
    expect(await wire.reply("head")).toMatchObject({ status: 100 })
    wire.send('{"content":"a"}')
    expect(await wire.reply()).toMatchObject({ status: 200 })
    wire.close()
    expectError(await askRaw(server.port, expectHead(1_000_000)), 413, "PAYLOAD_TOO_LARGE")
  })
  it("others are not met", async () => {
    expectError(await askRaw(server.port, head("GET", "/v1/status", "expect: 200-ok")), 400, "BAD_REQUEST")
  })
})

/** Sends one piece every few milliseconds until the connection ends. */
const drip = async (wire: Wire, piece: string) => {
  const timer = setInterval(() => wire.socket.writable && wire.send(piece), 20)
  try {
    return await wire.reply()
  } finally {
    clearInterval(timer)
  }
}

describe("drip-fed requests", () => {
  it("headers that never end", async () => {
    const wire = await Wire.open(server.port)
    wire.send(`GET /v1/status HTTP/1.1\r\nhost: ${server.host}\r\n`)
    expectError(await drip(wire, "x-more: a\r\n"), 408, "REQUEST_TIMEOUT")
    await wire.closed()
  })
  it("a request line that never ends", async () => {
    const wire = await Wire.open(server.port)
    wire.send("GET /v1/")
    expectError(await drip(wire, "a"), 408, "REQUEST_TIMEOUT")
    await wire.closed()
  })
  it("a body that never ends", async () => {
    const wire = await Wire.open(server.port)
    wire.send(head("POST", messages, "content-type: application/json", "content-length: 1000") + '{"content":"')
    expectError(await drip(wire, "a"), 408, "REQUEST_TIMEOUT")
    await wire.closed()
    expect(server.pact.bodies).toEqual([])
  })
  it("chunks that never end", async () => {
    const wire = await Wire.open(server.port)
    wire.send(head("POST", messages, "content-type: application/json", "transfer-encoding: chunked"))
    expectError(await drip(wire, "1\r\na\r\n"), 408, "REQUEST_TIMEOUT")
    await wire.closed()
  })
  it("a client that leaves in the middle of its body leaves nothing behind", async () => {
    const wire = await Wire.open(server.port)
    wire.send(head("POST", messages, "content-type: application/json", "content-length: 1000") + '{"content":"')
    wire.close()
    expect(await ask(server.port, {})).toMatchObject({ status: 200 })
    expect(server.pact.bodies).toEqual([])
  })
})
