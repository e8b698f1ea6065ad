import { assert, describe, expect } from "@effect/vitest"
import { Effect, Redacted, Stream } from "effect"
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http"
import type { AddressInfo } from "node:net"
import { Unauthorized, UnknownPact } from "../../../src/domain/errors.ts"
import { HomeError } from "../../../src/home/errors.ts"
import { BadAnswer, clientAt } from "../../../src/sdk/connect.ts"
import { eventsOf } from "../../../src/sdk/events.ts"
import { live } from "../../kit/live.ts"

type Answer = (request: IncomingMessage, response: ServerResponse) => void

const json = (response: ServerResponse, status: number, body: unknown) =>
  response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(body))

/** A server that answers as it is told, for answers that a daemon of this version does not give. */
const serve = (answer: Answer) =>
  Effect.acquireRelease(
    Effect.callback<Server>((resume) => {
      const server = createServer(answer).listen(0, "127.0.0.1", () => resume(Effect.succeed(server)))
    }),
    (server) =>
      Effect.callback<void>((resume) => {
        server.closeAllConnections()
        server.close(() => resume(Effect.void))
      })
  )
const portOf = (server: Server) => (server.address() as AddressInfo).port
const token = Redacted.make("ab".repeat(32))
const clientOf = (answer: Answer) =>
  Effect.flatMap(serve(answer), (server) => clientAt({ port: portOf(server), token }))

live("sends the token where the contract asks for it and nowhere else", () =>
  Effect.gen(function* () {
    const seen: Array<string> = []
    const client = yield* clientOf((request, response) => {
      seen.push(`${request.url} ${request.headers.authorization ?? "open"}`)
      json(response, 200, { ok: true })
    })
    yield* client.probes.ping()
    yield* Effect.flip(client.host.status())
    assert.deepStrictEqual(seen, ["/v1/ping open", `/v1/status Bearer ${"ab".repeat(32)}`])
  })
)

live("answers that this version doesn't know are told apart from requests that can't be sent", () =>
  Effect.gen(function* () {
    let requests = 0
    const client = yield* clientOf((_, response) => {
      requests++
      json(response, 200, { version: 1 })
    })
    const answer = yield* Effect.flip(client.host.status())
    assert.instanceOf(answer, BadAnswer)
    expect(answer.message).toContain("version")
    const params = { pactId: "default" }
    const request = yield* Effect.flip(
      client.knowledge.record({ params, query: {}, payload: { topic: "", content: "x" } })
    )
    assert.strictEqual(request._tag, "SchemaError")
    assert.strictEqual(requests, 1)
  })
)

live("wire errors come as their classes", () =>
  Effect.gen(function* () {
    const client = yield* clientOf((_, response) =>
      json(response, 401, { error: "UNAUTHORIZED", message: "No.", status: 401 })
    )
    const error = yield* Effect.flip(client.host.status())
    assert.instanceOf(error, Unauthorized)
    assert.strictEqual(error.message, "No.")
  })
)

live("nobody there, and somebody who hangs up, are failures of the transport", () =>
  Effect.gen(function* () {
    const port = yield* Effect.scoped(
      Effect.map(
        serve(() => {}),
        portOf
      )
    )
    const nobody = yield* Effect.flip((yield* clientAt({ port, token })).probes.ping())
    assert.strictEqual(nobody._tag, "HttpClientError")
    expect(nobody.message).toContain("ECONNREFUSED")

    const client = yield* clientOf((request, response) => {
      if (request.url === "/v1/ping") return request.socket.destroy()
      response.writeHead(200, { "content-type": "application/json", "content-length": "100" })
      response.write("{", () => request.socket.destroy())
    })
    const before = yield* Effect.flip(client.probes.ping())
    const within = yield* Effect.flip(client.host.status())
    assert.deepStrictEqual([before._tag, within._tag], ["HttpClientError", "HttpClientError"])
  })
)

live("its sockets are used again, and close with the scope", () =>
  Effect.gen(function* () {
    const sockets = new Set<unknown>()
    const server = yield* serve((request, response) => {
      sockets.add(request.socket)
      json(response, 200, { ok: true })
    })
    const closed = Effect.callback<void>((resume) => {
      server.on("connection", (socket) => socket.once("close", () => resume(Effect.void)))
    })
    yield* Effect.gen(function* () {
      const client = yield* clientAt({ port: portOf(server), token })
      yield* client.probes.ping()
      yield* client.probes.healthz()
    }).pipe(Effect.scoped, Effect.andThen(Effect.never), Effect.raceFirst(closed), Effect.timeout("5 seconds"))
    assert.strictEqual(sockets.size, 1)
  })
)

live("reads events, the retry line too, in whatever pieces they come", () =>
  Effect.gen(function* () {
    const asked: Array<string | undefined> = []
    const text = `retry: 1000\n\nid: 1\nevent: hello\ndata: {"cursor":"c"}\n\n: beat\n\nid: 2\nevent: resync\ndata: {"reason":"三"}\n\n`
    const client = yield* clientOf((request, response) => {
      asked.push(request.url, request.headers["last-event-id"] as string)
      response.writeHead(200, { "content-type": "text/event-stream" })
      const bytes = Buffer.from(text)
      for (const byte of bytes) response.write(Buffer.of(byte))
      response.end()
    })
    const query = { pact: "default", types: "entry-applied", lastEventId: "7" }
    const frames = yield* Stream.runCollect(eventsOf(client, query))
    assert.deepStrictEqual(
      frames.map(({ data, event, id }) => ({ data, event, id })),
      [
        { data: `{"cursor":"c"}`, event: "hello", id: "1" },
        { data: `{"reason":"三"}`, event: "resync", id: "2" }
      ]
    )
    assert.deepStrictEqual(asked, ["/v1/events?pact=default&types=entry-applied", "7"])
  })
)

live("a refused stream fails with the wire error", () =>
  Effect.gen(function* () {
    const client = yield* clientOf((_, response) =>
      json(response, 404, { error: "UNKNOWN_PACT", message: "Which?", status: 404 })
    )
    assert.instanceOf(yield* Effect.flip(Stream.runDrain(eventsOf(client, {}))), UnknownPact)
  })
)

describe("a POST whose connection breaks", () => {
  const refused = (response: ServerResponse, status: number, error: string) =>
    json(response, status, { error, message: "No.", status })
  const made = { payload: { name: "Work", confirm: true } } as const
  const done = {
    ok: true,
    alias: "work",
    pact_id: "ab".repeat(32),
    pact_name: "Work",
    pact_purpose: null,
    display_name: null,
    peer_handle: "anon-fern-1a2b3c4d",
    role: "creator"
  } as const

  /** Two daemons, one after the other: what each of them does with the requests that it gets, and the client of the first. */
  const two = Effect.fnUntraced(function* (first: Answer, second: Answer) {
    const keys: Array<string | undefined> = []
    const noted =
      (answer: Answer): Answer =>
      (request, response) => {
        keys.push(request.headers["idempotency-key"] as string | undefined)
        answer(request, response)
      }
    const doors = yield* Effect.forEach([first, second], (answer) =>
      Effect.map(serve(noted(answer)), (server) => ({ port: portOf(server), token }))
    )
    const client = yield* clientAt(doors[0]!, Effect.succeed(doors[1]!))
    return { client, keys }
  })
  const cut: Answer = ({ socket }) => socket.destroy()

  live("goes to the daemon that comes next, with the same key, until one answers whose pact is open", () =>
    Effect.gen(function* () {
      const answers: Array<Answer> = [
        cut,
        (request, response) => {
          response.writeHead(200, { "content-type": "application/json", "content-length": "100" })
          response.write("{", () => request.socket.destroy())
        },
        (_, response) => refused(response, 409, "PACT_NOT_READY"),
        (_, response) => json(response, 200, done)
      ]
      const { client, keys } = yield* two(cut, (request, response) => answers.shift()!(request, response))
      assert.deepStrictEqual(yield* client.pacts.create(made), done)
      assert.strictEqual(answers.length, 0)
      expect(keys).toEqual(Array.from({ length: 5 }, () => expect.stringMatching(/^[0-9a-f]{32}$/)))
      assert.strictEqual(new Set(keys).size, 1)
    })
  )

  live("gets every other answer as it is, also the first one", () =>
    Effect.gen(function* () {
      const cases = [
        { first: cut, second: "PACT_ALIAS_EXISTS", status: 409, sent: 2 },
        { first: "PACT_NOT_READY", second: "PACT_ALIAS_EXISTS", status: 409, sent: 1 },
        { first: "INTERNAL", second: "PACT_ALIAS_EXISTS", status: 500, sent: 1 }
      ]
      for (const { first, second, sent, status } of cases) {
        const { client, keys } = yield* two(
          typeof first === "string" ? (_, response) => refused(response, status, first) : first,
          (_, response) => refused(response, status, second)
        )
        const error = yield* Effect.flip(client.pacts.create(made))
        assert.strictEqual(error._tag, typeof first === "string" ? first : second)
        assert.strictEqual(keys.length, sent)
      }
    })
  )

  live("is told as that where the home can't say who is next, and nothing but a POST is sent again", () =>
    Effect.gen(function* () {
      const server = yield* serve(cut)
      const door = { port: portOf(server), token }
      const lost = new HomeError({ problem: "exposed", path: "daemon.json", message: "Close it." })
      const client = yield* clientAt(door, Effect.fail(lost))
      assert.strictEqual((yield* Effect.flip(client.pacts.create(made)))._tag, "HttpClientError")
      const { client: reader, keys } = yield* two(cut, (_, response) => json(response, 200, { ok: true }))
      assert.strictEqual((yield* Effect.flip(reader.probes.ping()))._tag, "HttpClientError")
      assert.deepStrictEqual(keys, [undefined])
    })
  )

  live("is sent once by a client that knows no more than a port", () =>
    Effect.gen(function* () {
      let requests = 0
      const client = yield* clientOf(({ socket }) => {
        requests++
        socket.destroy()
      })
      assert.strictEqual((yield* Effect.flip(client.pacts.create(made)))._tag, "HttpClientError")
      assert.strictEqual(requests, 1)
    })
  )
})
