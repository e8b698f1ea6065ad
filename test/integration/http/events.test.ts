import { afterEach, beforeEach, describe, expect, it } from "vitest"
import { ask, expectError, requestText, startServer, type TestServer, Wire } from "../../kit/http.ts"

let server: TestServer
beforeEach(async () => void (server = await startServer()))
afterEach(() => server.stop())

interface Event {
  readonly id: string | undefined
  readonly event: string
  readonly data: { readonly n?: number; readonly cursor?: string }
}

/** A reader of the stream, as a browser's EventSource reads it. */
class Reader {
  readonly wire: Wire
  private constructor(wire: Wire) {
    this.wire = wire
  }
  static async open(query = "", after?: string): Promise<Reader> {
    const wire = await Wire.open(server.port)
    const headers = after === undefined ? {} : { "last-event-id": after }
    wire.send(requestText(server.port, { path: `/v1/events${query}`, headers }))
    const head = await wire.reply("head")
    expect(head).toMatchObject({
      status: 200,
      headers: { "content-type": "text/event-stream", "cache-control": "no-store", "transfer-encoding": "chunked" }
    })
    return new Reader(wire)
  }
  /** The text of the stream, out of its chunks. */
  get text(): string {
    const raw = Buffer.from(this.wire.text, "latin1")
    const parts: Array<Buffer> = []
    for (let at = 0; ;) {
      const end = raw.indexOf("\r\n", at)
      if (end < 0) break
      const size = Number.parseInt(raw.toString("latin1", at, end), 16)
      if (size === 0 || end + 2 + size > raw.length) break
      parts.push(raw.subarray(end + 2, end + 2 + size))
      at = end + 2 + size + 2
    }
    return Buffer.concat(parts).toString("utf8")
  }
  get events(): ReadonlyArray<Event> {
    return this.text
      .split("\n\n")
      .slice(0, -1)
      .filter((block) => block.includes("data: "))
      .map((block) => {
        const field = (name: string) =>
          block
            .split("\n")
            .find((line) => line.startsWith(`${name}: `))
            ?.slice(name.length + 2)
        return { id: field("id"), event: field("event")!, data: JSON.parse(field("data")!) }
      })
  }
  /** Waits for this many events. */
  until(count: number): Promise<ReadonlyArray<Event>> {
    return this.wire.until(`${count} events`, () => (this.events.length >= count ? this.events : undefined))
  }
}

const publish = (n: number, topic = "pact-a", event = "entry-applied") =>
  server.hub.publish({ event, topic, data: JSON.stringify({ n }) })
const numbers = (events: ReadonlyArray<Event>) =>
  events.filter(({ event }) => event !== "hello").map(({ data }) => data.n)

describe("a stream", () => {
  it("begins with hello at once, with the time to come back and a cursor", async () => {
    const reader = await Reader.open()
    const [hello] = await reader.until(1)
    expect(hello).toEqual({
      id: expect.stringMatching(/^[0-9a-f]{12}-0$/),
      event: "hello",
      data: { version: "0.1.0", cursor: hello!.id }
    })
    expect(reader.text.startsWith("retry: 1000\n\n")).toBe(true)
    reader.wire.close()
  })
  it("brings every event once and in order, to every reader", async () => {
    const readers = await Promise.all([Reader.open(), Reader.open(), Reader.open()])
    await Promise.all(readers.map((reader) => reader.until(1)))
    for (let n = 1; n <= 500; n++) publish(n)
    const wanted = Array.from({ length: 500 }, (_, i) => i + 1)
    for (const reader of readers) {
      const events = await reader.until(501)
      expect(numbers(events)).toEqual(wanted)
      expect(new Set(events.map(({ id }) => id)).size).toBe(501)
      reader.wire.close()
    }
  })
  it("holds text of any language whole", async () => {
    const reader = await Reader.open()
    await reader.until(1)
    const text = "Zürich 東京 🜏 \n\r\u2028 data: x"
    server.hub.publish({ event: "entry-applied", topic: "a", data: JSON.stringify({ text }) })
    const events = await reader.until(2)
    expect(events[1]!.data).toEqual({ text })
    reader.wire.close()
  })
  it("is narrowed by pact and by type", async () => {
    const [pact, types, both] = await Promise.all([
      Reader.open("?pact=pact-a"),
      Reader.open("?types=pact-added,pact-removed"),
      Reader.open("?pact=pact-b&types=entry-applied")
    ])
    await Promise.all([pact, types, both].map((reader) => reader.until(1)))
    publish(1, "pact-a")
    publish(2, "pact-b")
    publish(3, "pact-b", "pact-added")
    publish(4, "pact-a", "pact-removed")
    publish(5, "pact-b")
    expect(numbers(await pact.until(3))).toEqual([1, 4])
    expect(numbers(await types.until(3))).toEqual([3, 4])
    expect(numbers(await both.until(3))).toEqual([2, 5])
    for (const reader of [pact, types, both]) reader.wire.close()
  })
  it("refuses types that there are not", async () => {
    for (const types of ["", "entry-appplied", "entry-applied,", "entry-applied, pact-added"]) {
      const reply = await ask(server.port, { path: `/v1/events?types=${encodeURIComponent(types)}` })
      expectError(reply, 400, "BAD_REQUEST")
    }
  })
})

describe("a reader that comes back", () => {
  it("gets what it missed, and then what comes", async () => {
    const first = await Reader.open()
    for (let n = 1; n <= 10; n++) publish(n)
    const seen = await first.until(5)
    first.wire.close()
    const after = seen[4]!.id!
    for (let n = 11; n <= 20; n++) publish(n)
    const second = await Reader.open("", after)
    publish(21)
    const events = await second.until(18)
    expect(events[0]).toMatchObject({ event: "hello", id: after, data: { cursor: after } })
    expect(numbers(events)).toEqual([5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21])
    second.wire.close()
  })
  it("loses nothing when it goes right after hello", async () => {
    for (let n = 1; n <= 3; n++) publish(n)
    const first = await Reader.open()
    const [hello] = await first.until(1)
    first.wire.close()
    publish(4)
    const second = await Reader.open("", hello!.id)
    expect(numbers(await second.until(2))).toEqual([4])
    const third = await Reader.open("", (await second.until(1))[0]!.id)
    expect(numbers(await third.until(2))).toEqual([4])
    second.wire.close()
    third.wire.close()
  })
  it.each([
    ["from another run of the daemon", "0123456789ab-3"],
    ["with a cursor that is none", "x"],
    ["with a cursor of the future", "NEWEST"]
  ])("%s gets one resync", async (_, cursor) => {
    publish(1)
    const probe = await Reader.open()
    const newest = (await probe.until(1))[0]!.id!
    probe.wire.close()
    const reader = await Reader.open("", cursor === "NEWEST" ? `${newest.split("-")[0]}-999` : cursor)
    publish(2)
    const events = await reader.until(3)
    expect(events.map(({ event }) => event)).toEqual(["hello", "resync", "entry-applied"])
    expect(events[0]).toMatchObject({ id: newest, data: { cursor: newest } })
    expect(events[1]!.data).toEqual({ reason: expect.any(String) })
    expect(events[2]!.data).toEqual({ n: 2 })
    reader.wire.close()
  })
  it("too late gets one resync", async () => {
    const first = await Reader.open()
    publish(1)
    const after = (await first.until(2))[1]!.id!
    first.wire.close()
    const large = JSON.stringify({ text: "x".repeat(64 * 1024) })
    for (let n = 0; n < 80; n++) server.hub.publish({ event: "entry-applied", topic: "a", data: large })
    const reader = await Reader.open("", after)
    publish(2)
    const events = await reader.until(3)
    expect(events.map(({ event }) => event)).toEqual(["hello", "resync", "entry-applied"])
    reader.wire.close()
  })
})

const metric = async (name: string) => {
  const { body } = await ask(server.port, { path: "/v1/metrics" })
  return Number(new RegExp(`^${name} (\\d+)$`, "m").exec(body)![1])
}
const closes = () => metric("openpact_sse_backpressure_closes_total")
const readers = () => metric("openpact_sse_subscribers")
const large = JSON.stringify({ text: "x".repeat(64 * 1024) })
const turn = () => new Promise((resolve) => setImmediate(resolve))

describe("a slow reader", () => {
  it("is cut off once 1 MiB waits for it, is counted, and can come back", async () => {
    const slow = await Reader.open()
    const fast = await Reader.open()
    await Promise.all([slow.until(1), fast.until(1)])
    slow.wire.socket.pause()
    let published = 0
    while ((await closes()) === 0 && published < 2000) {
      for (let i = 0; i < 8; i++) {
        server.hub.publish({ event: "entry-applied", topic: "a", data: large })
        published++
        await turn()
      }
    }
    expect(await closes()).toBe(1)
    slow.wire.socket.resume()
    await slow.wire.closed()
    // The other had everything, and nothing of it stays behind.
    await fast.until(published + 1)
    expect(await readers()).toBe(1)
    fast.wire.close()
  })
  it("that takes its time with a replay gets all of it", async () => {
    const first = await Reader.open()
    const after = (await first.until(1))[0]!.id!
    first.wire.close()
    while ((await readers()) > 0) await turn()
    for (let n = 0; n < 50; n++) server.hub.publish({ event: "entry-applied", topic: "a", data: large })
    const reader = await Reader.open("", after)
    reader.wire.socket.pause()
    for (let i = 0; i < 50; i++) await turn()
    reader.wire.socket.resume()
    publish(1)
    expect((await reader.until(52)).at(-1)!.data).toEqual({ n: 1 })
    expect(await closes()).toBe(0)
    reader.wire.close()
  })
})
