import { assert } from "@effect/vitest"
import { Effect, Redacted } from "effect"
import { execFileSync } from "node:child_process"
import { join } from "node:path"
import { describe, expect, it } from "vitest"
import { Api } from "../../../src/contract/api.ts"
import { clientAt } from "../../../src/sdk/connect.ts"
import { createClient } from "../../../src/sdk/promise/browser.ts"
import { root } from "../../kit/build.ts"
import { live } from "../../kit/live.ts"
import { type SdkRoute, sdkErrorClasses, sdkPlace, sdkRoutes } from "../../kit/sdk-source.ts"

type Method = (...args: ReadonlyArray<unknown>) => unknown
const at = (object: unknown, place: ReadonlyArray<string>): Method =>
  place.reduce((part, name) => (part as Record<string, never>)[name]!, object) as Method

/** Calls a method with made-up parameters, and answers what it sent. */
const sentBy = async (route: SdkRoute) => {
  const seen: Array<{ readonly url: string; readonly init: RequestInit }> = []
  const fetch = async (url: unknown, init: RequestInit = {}) => {
    seen.push({ url: String(url), init })
    return new Response("{}", { status: 599 })
  }
  const client = createClient({ token: "t".repeat(64), fetch: fetch as typeof globalThis.fetch })
  const args = [...route.params.map(() => "a/b"), ...(route.body === null ? [] : [{}])]
  const options = Object.fromEntries([...route.query, ...route.headers].map(({ name }) => [name, "x"]))
  const answer = at(route.ofPact ? client.pact("p/q") : client, sdkPlace(route))(...args, options)
  if (route.kind === "events") {
    const events = answer as AsyncIterable<unknown>
    await events[Symbol.asyncIterator]()
      .next()
      .catch(() => {})
  } else await Promise.resolve(answer).catch(() => {})
  expect(seen.length).toBe(1)
  const { init, url } = seen[0]!
  const { pathname, searchParams } = new URL(url)
  return { init, pathname, query: [...searchParams.keys()], headers: new Headers(init.headers) }
}

describe("the promise client has every endpoint of the contract", () => {
  it.each(sdkRoutes().map((route) => [`${route.group}.${route.name}`, route] as const))("%s", async (_, route) => {
    const { headers, init, pathname, query } = await sentBy(route)
    expect(init.method).toBe(route.method)
    expect(pathname).toBe(route.path.replace(":pactId", "p%2Fq").replaceAll(/:\w+/g, "a%2Fb"))
    expect(query.sort()).toEqual(route.query.map(({ name }) => name).sort())
    for (const { header } of route.headers) expect(headers.get(header)).toBe("x")
    expect(headers.has("authorization")).toBe(!route.open)
    expect(headers.get("content-type")).toBe(route.body === null ? null : "application/json")
    expect(/^[0-9a-f]{32}$/.test(headers.get("idempotency-key") ?? "")).toBe(route.method === "POST")
  })
})

live("the Effect client has every endpoint of the contract", () =>
  Effect.gen(function* () {
    const client = yield* clientAt({ port: 1, token: Redacted.make("ab".repeat(32)) })
    const names = (groups: object) =>
      Object.entries(groups).map(([group, endpoints]) => [group, Object.keys(endpoints as object).sort()])
    const wanted = Object.entries(Api.groups).map(([name, group]) => [name, group.endpoints] as const)
    assert.deepStrictEqual(Object.fromEntries(names(client)), Object.fromEntries(names(Object.fromEntries(wanted))))
  })
)

it("every wire code has one class, or two of different status", () => {
  const keys = sdkErrorClasses.map(({ code, status }) => `${code} ${status}`)
  expect(new Set(keys).size).toBe(keys.length)
  const used = new Set(sdkRoutes().flatMap(({ codes }) => codes))
  // A schema is called by its code, but where two have the same.
  used.delete("SKILL_DAMAGED")
  expect([...used].filter((code) => !sdkErrorClasses.some((entry) => entry.code === code))).toEqual([])
})

it("the types of both clients are those of the contract", { timeout: 60_000 }, () => {
  const tsc = join(root, "node_modules/typescript/bin/tsc")
  execFileSync(process.execPath, [tsc, "-p", "test/unit/sdk"], { cwd: root, encoding: "utf8" })
})
