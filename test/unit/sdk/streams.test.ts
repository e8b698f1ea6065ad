import { afterEach, expect, it, vi } from "vitest"
import { createClient, type PactEvent, UnauthorizedError } from "../../../src/sdk/promise/browser.ts"

type Fetch = typeof globalThis.fetch
interface Asked {
  readonly query: URLSearchParams
  readonly lastEventId: string | null
}

/** A client that is answered as listed, and what it asked for. */
const answered = (...answers: ReadonlyArray<() => Response>) => {
  const asked: Array<Asked> = []
  const fetch = async (url: unknown, init: RequestInit) => {
    asked.push({
      query: new URL(String(url)).searchParams,
      lastEventId: new Headers(init.headers).get("last-event-id")
    })
    return answers[asked.length - 1]!()
  }
  return { asked, client: createClient({ token: "t", fetch: fetch as Fetch }) }
}
const batch =
  (cursor: string, entries: ReadonlyArray<string>, reset = false) =>
  () =>
    Response.json({ entries: entries.map((id) => ({ id })), cursor, has_more: false, reset })

/** A stream of these bytes, which then ends or falls silent. */
const stream = (text: string, then: "ends" | "is silent") => () =>
  new Response(
    new ReadableStream<Uint8Array>({
      start: (controller) => {
        // In pieces of a byte, so that characters are cut too.
        for (const byte of new TextEncoder().encode(text)) controller.enqueue(Uint8Array.of(byte))
        if (then === "ends") controller.close()
      }
    })
  )
const hello = `retry: 1000\n\nid: a-1\nevent: hello\ndata: {"version":"1","cursor":"a-1"}\n\n: beat\n\n`

const take = async (events: AsyncIterable<PactEvent>, count: number) => {
  const seen: Array<PactEvent> = []
  for await (const event of events) if (seen.push(event) === count) break
  return seen
}

afterEach(() => void vi.useRealTimers())

it("a feed goes on from cursor to cursor, and tells a reset even where nothing came", async () => {
  const { asked, client } = answered(batch("1", []), batch("2", ["x"]), batch("3", [], true), batch("4", ["y"]))
  const told = []
  for await (const { cursor, entries, reset } of client.pact().entries.changes({ from: "head", type: "task" })) {
    told.push([cursor, entries.map(({ id }) => id), reset])
    if (cursor === "4") break
  }
  expect(told).toEqual([
    ["2", ["x"], false],
    ["3", [], true],
    ["4", ["y"], false]
  ])
  expect(asked.map(({ query }) => Object.fromEntries(query))).toEqual([
    { from: "head", type: "task", wait: "30" },
    ...["1", "2", "3"].map((since) => ({ since, type: "task", wait: "30" }))
  ])
})

it("a stream is read in whatever pieces it comes, and names that nobody knows are left out", async () => {
  const more = `id: a-2\nevent: tomorrow\ndata: no JSON\n\nid: a-3\nevent: resync\ndata: {"reason":"三"}\n\n`
  const { client } = answered(stream(hello + more, "is silent"))
  expect(await take(client.events.stream(), 2)).toEqual([
    { event: "hello", id: "a-1", data: { version: "1", cursor: "a-1" } },
    { event: "resync", id: "a-3", data: { reason: "三" } }
  ])
})

it("a stream that ends is opened again behind its last event", async () => {
  const more = `id: a-2\nevent: pact-changed\ndata: {"pact_id":"p","alias":"a"}\n\n`
  const { asked, client } = answered(stream(hello + more, "ends"), stream(hello, "is silent"))
  const events = client.events.stream({ pact: "work", types: "pact-changed", lastEventId: "a-0" })
  expect((await take(events, 3)).map(({ event }) => event)).toEqual(["hello", "pact-changed", "hello"])
  expect(asked.map(({ lastEventId }) => lastEventId)).toEqual(["a-0", "a-2"])
  expect(asked.map(({ query }) => String(query))).toEqual([
    "pact=work&types=pact-changed",
    "pact=work&types=pact-changed"
  ])
  expect(events.lastEventId).toBe("a-1")
})

it("a stream that brought nothing but signs of life is opened again behind the last of them", async () => {
  const beat = (id: string) => `: heartbeat ${id}\nid: ${id}\n\n`
  const { asked, client } = answered(stream(hello + beat("a-7") + beat("a-9"), "ends"), stream(hello, "is silent"))
  await take(client.events.stream({ types: "pact-changed" }), 2)
  expect(asked.map(({ lastEventId }) => lastEventId)).toEqual([null, "a-9"])
})

it("a stream that falls silent is opened again", async () => {
  vi.useFakeTimers()
  const { asked, client } = answered(stream(hello, "is silent"), stream(hello, "is silent"))
  const seen = take(client.events.stream(), 2)
  await vi.advanceTimersByTimeAsync(44_000)
  expect(asked.length).toBe(1)
  await vi.advanceTimersByTimeAsync(3000)
  expect((await seen).length).toBe(2)
  expect(asked.length).toBe(2)
})

it("a stream that is refused fails, also when it was open before", async () => {
  const refused = () => Response.json({ error: "UNAUTHORIZED", message: "No.", status: 401 }, { status: 401 })
  await expect(take(answered(refused).client.events.stream(), 1)).rejects.toBeInstanceOf(UnauthorizedError)
  const { client } = answered(stream(hello, "ends"), refused)
  await expect(take(client.events.stream(), 2)).rejects.toBeInstanceOf(UnauthorizedError)
})
