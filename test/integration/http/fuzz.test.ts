import { afterAll, beforeAll, expect, it } from "vitest"
import { ask, authorization, startServer, type TestServer, Wire } from "../../kit/http.ts"
import { type Random, randomFrom } from "../../kit/random.ts"

const seed = Number(process.env["OPENPACT_FUZZ_SEED"] ?? Date.now() % 1_000_000)
const connections = 2000

let server: TestServer
beforeAll(async () => {
  server = await startServer({ timeouts: { headers: 300, request: 600, check: 50, grace: 200 } })
})
afterAll(() => server.stop())

const methods = ["GET", "POST", "HEAD", "OPTIONS", "PUT", "DELETE", "PATCH", "CONNECT", "TRACE"] as const
const paths = [
  "/v1/status",
  "/v1/events",
  "/v1/pacts/default/messages",
  "/v1/pacts/default/changes?wait=20&from=head",
  "/",
  "//",
  "*",
  "http://a/",
  "/v1/nope",
  "/v1/pacts/%00/status"
]
const headers = () => [
  `host: ${server.host}`,
  `authorization: ${authorization}`,
  "origin: http://evil.example",
  "connection: upgrade",
  "upgrade: websocket",
  "upgrade: h2c",
  "connection: close",
  "expect: 100-continue",
  "expect: x",
  "content-type: application/json",
  "transfer-encoding: chunked",
  "content-length: 5",
  "content-length: 99999999",
  "accept: text/event-stream",
  `x: ${"y".repeat(9000)}`
]
const bodies = ["", '{"content":"c"}', "5\r\nhello\r\n0\r\n\r\n", "\0\xff", "zz\r\n", "FFFFFFFFFFFFFFFFFF\r\n"]

const requestOf = (random: Random): string => {
  const more = Array.from({ length: random.below(6) }, () => random.pick(headers()))
  const trusted = random.below(5) > 0 ? headers().slice(0, 2) : []
  const head = [`${random.pick(methods)} ${random.pick(paths)} HTTP/1.1`, ...trusted, ...more]
  return `${head.join("\r\n")}\r\n\r\n${random.pick(bodies)}`
}

/** Sends some requests, or parts of them, and leaves in one of the ways that there are. */
const visit = async (random: Random): Promise<void> => {
  const text = Array.from({ length: 1 + random.below(3) }, () => requestOf(random)).join("")
  const wire = await Wire.open(server.port)
  const { socket } = wire
  const leave = random.pick([() => socket.resetAndDestroy(), () => socket.end(), () => socket.destroy()])
  socket.write(text.slice(0, random.below(4) === 0 ? random.below(text.length) : text.length), leave)
  await wire.closed()
}

it(`lives on, whatever is sent and however the sender leaves (OPENPACT_FUZZ_SEED=${seed})`, async () => {
  const random = randomFrom(seed)
  const visitor = async () => {
    for (let n = 0; n < connections / 20; n++) await visit(random)
  }
  await Promise.all(Array.from({ length: 20 }, visitor))
  expect(await ask(server.port, { path: "/v1/status" })).toMatchObject({ status: 200 })
})
