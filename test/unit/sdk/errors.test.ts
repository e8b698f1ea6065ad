import { inspect } from "node:util"
import { describe, expect, it } from "vitest"
import * as sdk from "../../../src/sdk/promise/browser.ts"
import { sdkErrorClasses } from "../../kit/sdk-source.ts"

const token = "5ec7e7".repeat(11).slice(0, 64)
const nonce = "ab".repeat(24)
const invite = `eyJ2IjoxLCJwYWN0SWQiOiJh${"x".repeat(20)}`

type Fetch = typeof globalThis.fetch
const clientOf = (answer: (init: RequestInit) => Response | Promise<Response>) =>
  sdk.createClient({ token, retries: 0, fetch: (async (_: unknown, init: RequestInit) => answer(init)) as Fetch })
const failure = (answer: (init: RequestInit) => Response | Promise<Response>): Promise<sdk.OpenPactError> =>
  clientOf(answer)
    .host.status()
    .then(
      () => expect.unreachable(),
      (error: unknown) => error as sdk.OpenPactError
    )
const refusal = (status: number, body: object, headers = {}) =>
  failure(() => new Response(JSON.stringify(body), { status, headers }))
const broken = (code: string) => () => {
  throw new TypeError("fetch failed", { cause: Object.assign(new Error(`connect ${code}`), { code }) })
}

describe("each wire code comes as its class", () => {
  it.each(sdkErrorClasses)("$name", async ({ code, name, retryable, status }) => {
    const error = await refusal(status, { error: code, message: "What happened.", status })
    expect(error).toBeInstanceOf((sdk as unknown as Readonly<Record<string, typeof sdk.ApiError>>)[name])
    expect(error).toBeInstanceOf(sdk.ApiError)
    expect(error).toBeInstanceOf(sdk.OpenPactError)
    const said = { name, message: "What happened.", code, status, retryable }
    expect(error).toMatchObject(said)
    expect(JSON.parse(JSON.stringify(error))).toEqual(said)
    expect(String(error)).toBe(`${name}: What happened.`)
  })
})

it("fields at fault and the time to wait come along", async () => {
  const details = [{ path: "payload.title", expected: "a string" }]
  const fault = await refusal(400, { error: "BAD_REQUEST", message: "No.", status: 400, details })
  expect((fault as sdk.BadRequestError).details).toEqual(details)
  const limited = await refusal(429, { error: "RATE_LIMITED", message: "Wait.", status: 429 }, { "retry-after": "7" })
  expect(limited).toMatchObject({ retryAfter: 7000, retryable: true })
})

it("a code of a newer daemon is an ApiError, and what is no answer of a daemon is told apart", async () => {
  const newer = await refusal(418, { error: "TEAPOT", message: "Short and stout.", status: 418 })
  expect(newer).toMatchObject({ name: "ApiError", code: "TEAPOT", status: 418, retryable: false })
  const stranger = await failure(() => new Response("<html>", { status: 502 }))
  expect(stranger).toBeInstanceOf(sdk.BadAnswerError)
  expect(await failure(() => new Response("no JSON"))).toBeInstanceOf(sdk.BadAnswerError)
})

it("nobody there, a connection that breaks and an answer that doesn't come are failures of their own", async () => {
  const nobody = await failure(broken("ECONNREFUSED"))
  expect(nobody).toMatchObject({ name: "ConnectionError", code: "CONNECTION_FAILED", unsent: true, retryable: true })
  expect(nobody.message).toBe(
    "Nobody answers at http://127.0.0.1:7666 (ECONNREFUSED). Start the daemon: openpact start"
  )
  expect(await failure(broken("ECONNRESET"))).toMatchObject({ name: "ConnectionError", unsent: false })

  const never = ({ signal }: RequestInit) =>
    new Promise<Response>((_, reject) => signal?.addEventListener("abort", () => reject(signal.reason)))
  const late = await clientOf(never)
    .host.status({ timeout: 1 })
    .catch((error: unknown) => error)
  expect(late).toBeInstanceOf(sdk.TimeoutError)
  const reason = new Error("enough")
  const abort = new AbortController()
  const cut = clientOf(never).host.status({ signal: abort.signal })
  abort.abort(reason)
  await expect(cut).rejects.toBe(reason)
  await expect(clientOf(never).host.status({ signal: AbortSignal.abort(reason) })).rejects.toBe(reason)
})

it("no secret stands in an error or in the print of a client", async () => {
  const message = `The token ${token}, Bearer ${token}, the invite ${invite} and the nonce ${nonce}.`
  const details = [{ path: `query.${invite}`, expected: `not ${token}` }]
  const errors = [
    await refusal(400, { error: "BAD_REQUEST", message, status: 400, details }),
    await failure(() => {
      throw new TypeError(message)
    })
  ]
  for (const error of errors) {
    const print = inspect(error, { depth: 9, showHidden: true }) + JSON.stringify(error)
    for (const secret of [token, invite, nonce]) expect(print).not.toContain(secret)
    expect(print).toContain("[redacted]")
  }
  const client = clientOf(() => new Response("{}"))
  expect(inspect([client, client.pact()], { depth: 9, showHidden: true })).not.toContain(token)
})

it("what can't be asked is a TypeError, and is not sent", async () => {
  const client = clientOf(() => expect.unreachable())
  const pact = client.pact()
  const wrong = { colour: "red" } as object
  await expect(pact.knowledge.list(wrong)).rejects.toThrow("knowledge.list has no option colour.")
  await expect(pact.tasks.task("..")).rejects.toThrow('tasks.task: id is a text that names one thing, not "..".')
  await expect(pact.knowledge.record(undefined as never)).rejects.toThrow("takes an object")
  expect(() => client.pact("")).toThrow(TypeError)
  expect(() => sdk.createClient({ token, url: "http://example.org" })).toThrow("not sent over plain HTTP")
  expect(() => sdk.createClient({ token: "a\nb" })).toThrow(/^The token holds signs that no token has\.$/)
})
