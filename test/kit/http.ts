import { Context, Effect, Exit, Layer, Logger, Metric, Redacted, Scope } from "effect"
import { connect, type Socket } from "node:net"
import { expect } from "vitest"
import { Dashboard } from "../../src/http/Dashboard.ts"
import { EventHub } from "../../src/http/EventHub.ts"
import { type HttpOptions, HttpServer } from "../../src/http/HttpServer.ts"
import { makeMemoryPact, type MemoryPact, memoryHandlers } from "./memory-handlers.ts"

export const token = "0123456789abcdef".repeat(4)
export const authorization = `Bearer ${token}`

export interface TestServer {
  readonly port: number
  /** 0 where it runs without a dashboard. */
  readonly dashboardPort: number
  readonly host: string
  readonly pact: MemoryPact
  readonly hub: EventHub["Service"]
  /** What was logged. */
  readonly log: ReadonlyArray<string>
  /** Stops it as the daemon does. */
  readonly stop: () => Promise<void>
}

/** The real server on a port of its own, with a pact in memory behind it. */
export const startServer = async (options: Partial<HttpOptions> = {}): Promise<TestServer> => {
  const pact = makeMemoryPact()
  const log: Array<string> = []
  const scope = Scope.makeUnsafe()
  const layer = HttpServer.layer(memoryHandlers(pact), {
    port: 0,
    token: Redacted.make(token),
    rateLimit: 0,
    ...options
  }).pipe(
    Layer.provideMerge(EventHub.layer),
    Layer.provideMerge(Dashboard.layer),
    Layer.provide(Logger.layer([Logger.make((options) => void log.push(Logger.formatJson.log(options)))])),
    Layer.provide(Layer.succeed(Metric.MetricRegistry, new Map()))
  )
  const context = await Effect.runPromise(Layer.buildWithScope(layer, scope))
  const { port } = Context.get(context, HttpServer)
  return {
    port,
    dashboardPort: Context.get(context, Dashboard).port() ?? 0,
    host: `127.0.0.1:${port}`,
    pact,
    hub: Context.get(context, EventHub),
    log,
    stop: () => Effect.runPromise(Scope.close(scope, Exit.void))
  }
}

export interface Reply {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
}

/** A connection of one's own: what is sent on it is sent as it stands. */
export class Wire {
  readonly socket: Socket
  #seen = Buffer.alloc(0)
  #ended = false
  #wake: () => void = () => {}

  private constructor(socket: Socket) {
    this.socket = socket
    socket.on("data", (chunk: Buffer) => {
      this.#seen = Buffer.concat([this.#seen, chunk])
      this.#wake()
    })
    socket.on("error", () => {})
    socket.on("close", () => {
      this.#ended = true
      this.#wake()
    })
  }
  static open(port: number, localAddress?: string): Promise<Wire> {
    return new Promise((resolve, reject) => {
      const socket = connect({ port, host: "127.0.0.1", ...(localAddress === undefined ? {} : { localAddress }) })
      socket.once("error", reject)
      socket.once("connect", () => resolve(new Wire(socket)))
    })
  }

  send(data: string | Uint8Array): this {
    this.socket.write(data)
    return this
  }
  /** What came and was not taken. */
  get text(): string {
    return this.#seen.toString("latin1")
  }
  get ended(): boolean {
    return this.#ended
  }
  /** Waits until what came satisfies. Fails with what came after ten seconds, or when the connection ends without it. */
  async until<A>(what: string, probe: () => A | undefined): Promise<A> {
    const deadline = performance.now() + 10_000
    while (true) {
      const found = probe()
      if (found !== undefined) return found
      const left = deadline - performance.now()
      if (this.#ended || left <= 0) {
        throw new Error(
          `${what}: ${this.#ended ? "the connection ended" : "nothing in 10 s"}, came: ${this.text.slice(0, 2000)}`
        )
      }
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, left)
        this.#wake = () => (clearTimeout(timer), resolve())
      })
    }
  }
  closed(): Promise<true> {
    return this.until("close", () => (this.#ended ? true : undefined))
  }
  /** Takes one whole answer; the head of one for a HEAD request or a stream. */
  reply(only?: "head"): Promise<Reply> {
    return this.until("an answer", () => {
      const end = this.text.indexOf("\r\n\r\n")
      if (end < 0) return undefined
      const [line, ...rest] = this.text.slice(0, end).split("\r\n")
      const headers: Record<string, string> = {}
      for (const header of rest) {
        const colon = header.indexOf(":")
        headers[header.slice(0, colon).toLowerCase()] = header.slice(colon + 1).trim()
      }
      const length = only === "head" ? 0 : Number(headers["content-length"] ?? 0)
      if (this.#seen.length < end + 4 + length) return undefined
      const body = this.#seen.subarray(end + 4, end + 4 + length).toString("utf8")
      this.#seen = this.#seen.subarray(end + 4 + length)
      return { status: Number(line!.split(" ")[1]), headers, body }
    })
  }
  close(): void {
    this.socket.destroy()
  }
}

export interface Ask {
  readonly method?: string
  readonly path?: string
  /** Undefined leaves a header out that is there otherwise. */
  readonly headers?: Readonly<Record<string, string | undefined>>
  /** Anything but a string or bytes is sent as JSON. */
  readonly body?: unknown
}

const bytesOf = (body: unknown): Buffer =>
  typeof body === "string"
    ? Buffer.from(body)
    : body instanceof Uint8Array
      ? Buffer.from(body)
      : Buffer.from(JSON.stringify(body))

/** A request with the host, the token and, for a body, the content type and length that a good client sends. */
export const requestText = (port: number, { body, headers = {}, method = "GET", path = "/v1/status" }: Ask): Buffer => {
  const payload = body === undefined ? Buffer.alloc(0) : bytesOf(body)
  const all: Record<string, string | undefined> = {
    host: `127.0.0.1:${port}`,
    authorization,
    ...(body === undefined ? {} : { "content-type": "application/json", "content-length": String(payload.length) }),
    ...headers
  }
  const lines = Object.entries(all).flatMap(([name, value]) => (value === undefined ? [] : [`${name}: ${value}\r\n`]))
  return Buffer.concat([Buffer.from(`${method} ${path} HTTP/1.1\r\n${lines.join("")}\r\n`, "latin1"), payload])
}

/** Sends one request on a connection of its own. */
export const ask = async (port: number, request: Ask): Promise<Reply> => {
  const wire = await Wire.open(port)
  try {
    return await wire.send(requestText(port, request)).reply()
  } finally {
    wire.close()
  }
}

/** Sends bytes as they stand and takes the answer. */
export const askRaw = async (port: number, data: string | Uint8Array): Promise<Reply> => {
  const wire = await Wire.open(port)
  try {
    return await wire.send(data).reply()
  } finally {
    wire.close()
  }
}

/** Holds an answer to the one envelope that every error has, and gives it back. */
export const expectError = (
  reply: Reply,
  status: number,
  error: string
): {
  readonly message: string
  readonly details?: ReadonlyArray<{ readonly path: string; readonly expected: string }>
} => {
  expect({ status: reply.status, type: reply.headers["content-type"] }).toEqual({ status, type: "application/json" })
  const envelope = JSON.parse(reply.body) as Record<string, unknown>
  expect(envelope).toMatchObject({ error, status, message: expect.stringMatching(/\w.*\.$/) })
  expect(Object.keys(envelope).filter((key) => key !== "details")).toEqual(["error", "message", "status"])
  if ("details" in envelope) {
    expect(envelope["details"]).toEqual(
      expect.arrayContaining([{ path: expect.any(String), expected: expect.any(String) }])
    )
  }
  return envelope as never
}
