import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest"
import { limits } from "../../../src/domain/limits.ts"
import {
  ask,
  type Ask,
  askRaw,
  authorization,
  expectError,
  startServer,
  type TestServer,
  Wire
} from "../../kit/http.ts"

let server: TestServer
beforeAll(async () => void (server = await startServer()))
afterAll(() => server.stop())
beforeEach(() => void (server.pact.bodies.length = 0))

const knowledge = "/v1/pacts/default/knowledge"
const messages = "/v1/pacts/default/messages"
const post = (body: unknown, more: Ask = {}) => ask(server.port, { method: "POST", path: messages, body, ...more })
const chunk = (data: string) => `${Buffer.byteLength(data).toString(16)}\r\n${data}\r\n`
const chunkedHead = () =>
  `POST ${messages} HTTP/1.1\r\nhost: ${server.host}\r\nauthorization: ${authorization}\r\n` +
  "content-type: application/json\r\ntransfer-encoding: chunked\r\n\r\n"

describe("oversized bodies", () => {
  const over = JSON.stringify({ content: "x".repeat(limits.bodyBytes) })

  it("by its declared length, before a byte of it is sent", async () => {
    const reply = await post(undefined, {
      headers: { "content-type": "application/json", "content-length": String(1024 ** 3) }
    })
    expectError(reply, 413, "PAYLOAD_TOO_LARGE")
  })
  it("declared and sent whole", async () => void expectError(await post(over), 413, "PAYLOAD_TOO_LARGE"))
  it("without a declared length", async () => {
    const wire = await Wire.open(server.port)
    wire.send(chunkedHead() + chunk('{"content":"'))
    for (let i = 0; i < 20; i++) wire.send(chunk("x".repeat(8 * 1024)))
    expectError(await wire.reply(), 413, "PAYLOAD_TOO_LARGE")
    wire.close()
  })
  it("without a declared length and without an end: the client is cut off", async () => {
    const wire = await Wire.open(server.port)
    wire.send(chunkedHead())
    const more = chunk("x".repeat(64 * 1024))
    const push = () => {
      while (!wire.ended && wire.socket.writable && wire.socket.write(more));
    }
    wire.socket.on("drain", push)
    push()
    expectError(await wire.reply(), 413, "PAYLOAD_TOO_LARGE")
    await wire.closed()
  })
  it("by one byte, and the largest that fits", async () => {
    const room = limits.bodyBytes - JSON.stringify({ content: "" }).length
    expect(await post({ content: "x".repeat(room) })).toMatchObject({ status: 200 })
    expectError(await post({ content: "x".repeat(room + 1) }), 413, "PAYLOAD_TOO_LARGE")
  })
  it("after which the connection serves on", async () => {
    const wire = await Wire.open(server.port)
    const text = `POST ${messages} HTTP/1.1\r\nhost: ${server.host}\r\nauthorization: ${authorization}\r\n`
    wire.send(`${text}content-type: application/json\r\ncontent-length: ${over.length}\r\n\r\n${over}`)
    expectError(await wire.reply(), 413, "PAYLOAD_TOO_LARGE")
    wire.send(`${text}content-type: application/json\r\ncontent-length: 15\r\n\r\n{"content":"a"}`)
    expect(await wire.reply()).toMatchObject({ status: 200 })
    wire.close()
  })
})

describe("bodies that are no JSON", () => {
  it("bad UTF-8", async () => {
    for (const bytes of [[0xff], [0xc3, 0x28], [0xed, 0xa0, 0x80], [0xf5, 0x80, 0x80, 0x80], [0xc0, 0xaf]]) {
      const body = Buffer.concat([Buffer.from('{"content":"'), Buffer.from(bytes), Buffer.from('"}')])
      const { details } = expectError(await post(body), 400, "BAD_REQUEST")
      expect(details).toEqual([{ path: "body", expected: "JSON in UTF-8" }])
    }
  })
  it.each([
    "",
    " ",
    "{",
    '{"content":"a"',
    "{content: 1}",
    "{'content':'a'}",
    '{"content":"a"}{}',
    "\ufeff{}",
    "NaN",
    "undefined",
    "content=a"
  ])("malformed: %j", async (body) => void expectError(await post(body), 400, "BAD_REQUEST"))
  it("a body that another encoding hides", async () => {
    for (const encoding of ["utf-16le", "latin1"] as const) {
      const body = Buffer.from('{"content":"\u00e9"}', encoding)
      expectError(await post(body), 400, "BAD_REQUEST")
    }
  })
  it("no body at all", async () => {
    for (const headers of [
      {},
      { "content-type": "application/json" },
      { "content-type": "application/json", "content-length": "0" }
    ]) {
      const { details } = expectError(await post(undefined, { headers }), 400, "BAD_REQUEST")
      expect(details).toEqual([{ path: "body", expected: "a JSON object" }])
    }
  })
  it.each(["null", "true", "1", '"text"', "[]", '[{"content":"a"}]'])("JSON that is no object: %s", async (body) => {
    expectError(await post(body), 400, "BAD_REQUEST")
    expectError(await post(body, { path: knowledge }), 400, "BAD_REQUEST")
  })
})

describe("deep JSON", () => {
  it.each([
    ["arrays", "[", "]"],
    ["objects", '{"a":', "}"],
    ["both", '[{"a":', "}]"]
  ])("%s", async (_, open, close) => {
    for (const depth of [32, 1000, 10_000]) {
      const body = `{"topic":"a","content":"b","deep":${open.repeat(depth)}1${close.repeat(depth)}}`
      expectError(await post(body, { path: knowledge }), 400, "BAD_REQUEST")
    }
    expectError(await post(open.repeat(20_000), { path: knowledge }), 400, "BAD_REQUEST")
    expect(server.pact.bodies).toEqual([])
  })
  it("brackets in text are no depth", async () => {
    expect(await post({ content: `${'[{\\"'.repeat(5000)}` })).toMatchObject({ status: 200 })
  })
  it("thirty levels pass", async () => {
    const body = `{"topic":"a","content":"b","deep":${"[".repeat(30)}${"]".repeat(30)}}`
    expect(await post(body, { path: knowledge })).toMatchObject({ status: 200 })
  })
})

describe("prototype keys", () => {
  it.each([
    '{"content":"a","__proto__":{"admin":true}}',
    '{"topic":"a","content":"a","__proto__":{"admin":true}}',
    '{"topic":"a","content":"a","more":[{"x":{"__proto__":null}}]}',
    '{"topic":"a","content":"a","\\u005f_proto__":{"admin":true}}',
    '{"topic":"a","content":"a","\\u005f\\u005fproto\\u005f\\u005f":{"admin":true}}'
  ])("%s", async (body) => {
    expectError(await post(body, { path: knowledge }), 400, "BAD_REQUEST")
    expect(({} as { admin?: true }).admin).toBe(undefined)
  })
  it("constructor and prototype are fields like others", async () => {
    const body =
      '{"topic":"a","content":"a","constructor":{"prototype":{"admin":true}},"toString":1,"hasOwnProperty":1}'
    expect(await post(body, { path: knowledge })).toMatchObject({ status: 200 })
    expect(({} as { admin?: true }).admin).toBe(undefined)
    expectError(await post('{"content":"a","constructor":{"prototype":{}}}'), 400, "BAD_REQUEST")
  })
  it("text that only speaks of it passes", async () => {
    expect(await post({ content: "__proto__ \\u005f" })).toMatchObject({ status: 200 })
  })
})

describe("unknown fields", () => {
  it("are refused with their names, all at once", async () => {
    const { details } = expectError(await post({ content: "a", colour: "red", size: 1 }), 400, "BAD_REQUEST")
    expect(details).toEqual([
      { path: "body.colour", expected: "no field of this name" },
      { path: "body.size", expected: "no field of this name" }
    ])
    expect(server.pact.bodies).toEqual([])
  })
  it("in every body but that of knowledge, which keeps them", async () => {
    const bodies: ReadonlyArray<readonly [string, string, object]> = [
      ["POST", "/v1/pacts", { name: "a", confirm: true }],
      ["POST", "/v1/pacts/switch", { alias: "a", confirm: "a" }],
      ["PUT", "/v1/pacts/default/alias", { alias: "a" }],
      ["DELETE", "/v1/pacts/default", { confirm: "a" }],
      ["PUT", "/v1/pacts/default/info", { name: "a" }],
      ["PUT", "/v1/pacts/default/me", { display_name: "a" }],
      ["POST", messages, { content: "a" }]
    ]
    for (const [method, path, body] of bodies) {
      expect({ path, status: (await post(body, { method, path })).status }).toEqual({ path, status: 200 })
      const { details } = expectError(await post({ ...body, odd: 1 }, { method, path }), 400, "BAD_REQUEST")
      expect(details).toEqual([{ path: "body.odd", expected: "no field of this name" }])
    }
    server.pact.bodies.length = 0
    const body = { topic: "a", content: "b", tags: ["c"], nested: { d: 1 } }
    expect(await post(body, { path: knowledge })).toMatchObject({ status: 200 })
    expect(server.pact.bodies).toEqual([body])
  })
  it("parameters too", async () => {
    const { details } = expectError(await ask(server.port, { path: `${knowledge}?limt=1` }), 400, "BAD_REQUEST")
    expect(details).toEqual([{ path: "query.limt", expected: "no field of this name" }])
  })
  it("nothing is coerced", async () => {
    for (const body of [
      { content: 1 },
      { content: null },
      { content: ["a"] },
      { content: "a", priority: "HIGH" },
      { content: "" }
    ]) {
      expectError(await post(body), 400, "BAD_REQUEST")
    }
    for (const query of [
      "limit=0",
      "limit=1001",
      "limit=1e2",
      "limit=0x10",
      "limit= 5",
      "limit=-1",
      "limit=1.5",
      "limit=",
      "limit=1&limit=2",
      "order=DESC",
      "since=yesterday",
      "since=-1"
    ]) {
      expectError(await ask(server.port, { path: `${knowledge}?${query}` }), 400, "BAD_REQUEST")
    }
    expect(await ask(server.port, { path: `${knowledge}?limit=1&order=asc&since=0` })).toMatchObject({ status: 200 })
  })
})

describe("content-type confusion", () => {
  it.each([
    undefined,
    "",
    "text/plain",
    "text/json",
    "application/x-www-form-urlencoded",
    "multipart/form-data; boundary=x",
    "application/jsonp",
    "application/json5",
    "application/vnd.api+json",
    "application/json, text/plain",
    "application/json; charset=utf-16",
    "application/json; charset=iso-8859-1",
    "application/json; charset=utf-8; charset=utf-16",
    "application/json;charset",
    "text/plain; application/json",
    "*/*"
  ])("%j", async (type) => {
    expectError(await post({ content: "a" }, { headers: { "content-type": type } }), 415, "UNSUPPORTED_MEDIA_TYPE")
    expect(server.pact.bodies).toEqual([])
  })
  it("two of them", async () => {
    const text = `POST ${messages} HTTP/1.1\r\nhost: ${server.host}\r\nauthorization: ${authorization}\r\n`
    const reply = await askRaw(
      server.port,
      `${text}content-type: text/plain\r\ncontent-type: application/json\r\ncontent-length: 15\r\n\r\n{"content":"a"}`
    )
    expectError(reply, 400, "BAD_REQUEST")
  })
  it.each([
    "application/json",
    "Application/JSON",
    "application/json; charset=utf-8",
    'application/json;charset="UTF-8"'
  ])("%j passes", async (type) => {
    expect(await post({ content: "a" }, { headers: { "content-type": type } })).toMatchObject({ status: 200 })
  })
})

it("a daemon's fault tells nothing but that it was one", async () => {
  const reply = await ask(server.port, { path: "/v1/pacts/default/status" })
  const { message } = expectError(reply, 500, "INTERNAL")
  expect(message).not.toContain("secret")
  expect(reply.body).not.toContain("memory-handlers")
  expect(server.log.filter((line) => line.includes("a secret of the daemon"))).toHaveLength(1)
})
