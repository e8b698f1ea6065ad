import { expect, it, vi } from "vitest"
import {
  type Client,
  ConnectionError,
  createClient,
  InternalError,
  RateLimitedError
} from "../../../src/sdk/promise/browser.ts"

type Fetch = typeof globalThis.fetch
type Answer = () => Response

const fine = () => Response.json({ id: "1a2b3c4d-512" })
const refused = (error: string, status: number) => () => Response.json({ error, message: "No.", status }, { status })
const broken = (code: string) => () => {
  throw new TypeError("fetch failed", { cause: Object.assign(new Error(code), { code }) })
}

/** A client that is answered as listed, and the keys that its requests had. */
const answered = (...answers: ReadonlyArray<Answer>) => {
  const keys: Array<string | null> = []
  const fetch = async (_: unknown, init: RequestInit) => {
    keys.push(new Headers(init.headers).get("idempotency-key"))
    return answers[keys.length - 1]!()
  }
  return { keys, client: createClient({ token: "t", fetch: fetch as Fetch }) }
}

it("a read is asked again after what passes, and after nothing else", async () => {
  const passing = answered(broken("ECONNRESET"), refused("PACT_NOT_READY", 409), refused("NOT_READY", 503), fine)
  await passing.client.host.status()
  expect(passing.keys.length).toBe(4)
  const failing = answered(refused("INTERNAL", 500))
  await expect(failing.client.host.status()).rejects.toBeInstanceOf(InternalError)
  const enough = answered(broken("ECONNRESET"), broken("ECONNRESET"))
  await expect(enough.client.host.status({ retries: 1 })).rejects.toBeInstanceOf(ConnectionError)
})

it("a write that was not done is asked again, under the same key", async () => {
  const { client, keys } = answered(broken("ECONNREFUSED"), refused("RATE_LIMITED", 429), fine)
  await client.pacts.create({ name: "Work", confirm: true })
  expect(keys).toEqual([keys[0], keys[0], keys[0]])
  expect(keys[0]).toMatch(/^[0-9a-f]{32}$/)
  const own = answered(fine, fine)
  await own.client.pacts.create({ name: "Work" }, { idempotencyKey: "mine" })
  await own.client.pacts.create({ name: "Work" })
  expect(own.keys).toEqual(["mine", expect.stringMatching(/^[0-9a-f]{32}$/)])
})

it("a write that may have been done is asked again only where the daemon does it once", async () => {
  const { client, keys } = answered(broken("ECONNRESET"), refused("VIEW_TIMEOUT", 504), fine)
  await client.pact().knowledge.record({ topic: "t", content: "c" }, { wait: "confirmed" })
  expect(keys).toEqual([keys[0], keys[0], keys[0]])
  expect(keys[0]).toMatch(/^[0-9a-f]{32}$/)
  // Only what is made by POST has a key.
  const other = answered(broken("ECONNRESET"))
  await expect(other.client.pact().alias({ alias: "work" })).rejects.toBeInstanceOf(ConnectionError)
  expect(other.keys).toEqual([null])
})

it("a write that may have been done is never told as one that was not", async () => {
  const write = (client: Client) => client.pact().knowledge.record({ topic: "t", content: "c" }, { retries: 1 })
  const refusals = [broken("ECONNREFUSED"), refused("RATE_LIMITED", 429)]
  for (const undone of refusals) {
    const { client } = answered(broken("ECONNRESET"), undone)
    await expect(write(client)).rejects.toMatchObject({ code: "CONNECTION_FAILED", unsent: false })
  }
  const surely = answered(broken("ECONNREFUSED"), broken("ECONNREFUSED"))
  await expect(write(surely.client)).rejects.toMatchObject({ code: "CONNECTION_FAILED", unsent: true })
  // An answer is an answer.
  const told = answered(broken("ECONNRESET"), refused("NOT_A_MEMBER", 409))
  await expect(write(told.client)).rejects.toMatchObject({ code: "NOT_A_MEMBER" })
})

it("a write that broke waits for a daemon that comes back, unless it is told how often to try", async () => {
  const broke = [broken("ECONNRESET"), ...Array.from({ length: 3 }, () => broken("ECONNREFUSED"))]
  const { client, keys } = answered(...broke, refused("PACT_NOT_READY", 409), fine)
  await client.pact().knowledge.record({ topic: "t", content: "c" })
  expect(keys).toEqual(Array.from({ length: 6 }, () => keys[0]))
  const told = answered(...broke)
  const body = { topic: "t", content: "c" }
  await expect(told.client.pact().knowledge.record(body, { retries: 2 })).rejects.toMatchObject({ unsent: false })
  expect(told.keys.length).toBe(3)
})

it("a write that broke is carried on for 10 to 20 s, and then told as what it is", async () => {
  vi.useFakeTimers()
  try {
    const { client } = answered(broken("ECONNRESET"), ...Array.from({ length: 50 }, () => broken("ECONNREFUSED")))
    const began = Date.now()
    const ended = client
      .pact()
      .knowledge.record({ topic: "t", content: "c" })
      .catch((error: unknown) => ({ error, after: Date.now() - began }))
    await vi.advanceTimersByTimeAsync(60_000)
    const { after, error } = (await ended) as { readonly error: unknown; readonly after: number }
    expect(error).toMatchObject({ code: "CONNECTION_FAILED", unsent: false })
    expect(after).toBeGreaterThan(10_000)
    expect(after).toBeLessThan(20_000)
  } finally {
    vi.useRealTimers()
  }
})

it("an abort ends the wait for the next try", async () => {
  const abort = new AbortController()
  const { client } = answered(() => {
    abort.abort(new Error("enough"))
    return Response.json(
      { error: "RATE_LIMITED", message: "Wait.", status: 429 },
      { status: 429, headers: { "retry-after": "600" } }
    )
  })
  await expect(client.host.status({ signal: abort.signal })).rejects.toThrow("enough")
})

it("gives up with the last failure", async () => {
  const { client } = answered(refused("RATE_LIMITED", 429))
  await expect(client.host.status({ retries: 0 })).rejects.toBeInstanceOf(RateLimitedError)
})
