import { Context } from "effect"
import { HttpApi, OpenApi } from "effect/http-api"
import { readdirSync, readFileSync } from "node:fs"
import { join, resolve } from "node:path"
import { expect, it } from "vitest"
import { Api } from "../../../src/contract/api.ts"
import { eventData } from "../../../src/contract/events.ts"
import { openApi } from "../../../src/contract/openapi.ts"
import { Bearer } from "../../../src/contract/security.ts"

interface Endpoint {
  readonly name: string
  readonly route: string
  readonly open: boolean
  readonly summary: string | undefined
  readonly codes: ReadonlyArray<string>
  readonly strict: boolean
  readonly takesBody: boolean
}
const endpoints: Array<Endpoint> = []
HttpApi.reflect(Api, {
  onGroup: () => {},
  onEndpoint: ({ endpoint, errors, group, mergedAnnotations, middleware }) => {
    const option = (key: typeof HttpApi.PayloadParseOptions | typeof HttpApi.QueryParseOptions) =>
      Context.getOrUndefined(mergedAnnotations as Context.Context<never>, key as typeof HttpApi.PayloadParseOptions)
        ?.onExcessProperty
    endpoints.push({
      name: `${group.identifier}.${endpoint.identifier}`,
      route: `${endpoint.method} ${endpoint.path}`,
      open: ![...middleware].some(({ key }) => key === Bearer.key),
      summary: Context.getOrUndefined(mergedAnnotations as Context.Context<never>, OpenApi.Summary),
      codes: [...errors.values()].flat().map(({ ast }) => String(ast.annotations?.["identifier"])),
      strict: option(HttpApi.PayloadParseOptions) === "error" && option(HttpApi.QueryParseOptions) === "error",
      takesBody: endpoint.payload.size > 0
    })
  }
})
const named = (of: ReadonlyArray<Endpoint>) => of.map(({ name }) => name)

const guards = (endpoint: Endpoint) => [
  "FORBIDDEN_HOST",
  "FORBIDDEN_ORIGIN",
  ...(endpoint.open ? [] : ["BAD_REQUEST", "UNAUTHORIZED", "RATE_LIMITED"]),
  ...(endpoint.takesBody ? ["PAYLOAD_TOO_LARGE", "UNSUPPORTED_MEDIA_TYPE", "REQUEST_TIMEOUT"] : []),
  ...(endpoint.route.includes(":pactId") ? ["UNKNOWN_PACT"] : [])
]

it("has the routes that docs name, each once", () => {
  expect(endpoints.map(({ route }) => route).sort()).toEqual([
    "DELETE /v1/pacts/:pactId",
    "DELETE /v1/pacts/:pactId/admin/members/:key",
    "DELETE /v1/pacts/:pactId/invites/:nonce",
    "DELETE /v1/pacts/:pactId/skills/:id/install",
    "GET /v1/events",
    "GET /v1/healthz",
    "GET /v1/metrics",
    "GET /v1/openapi.json",
    "GET /v1/pacts",
    "GET /v1/pacts/:pactId/agents",
    "GET /v1/pacts/:pactId/changes",
    "GET /v1/pacts/:pactId/entries/:id",
    "GET /v1/pacts/:pactId/entries/:id/referenced-by",
    "GET /v1/pacts/:pactId/invites",
    "GET /v1/pacts/:pactId/knowledge",
    "GET /v1/pacts/:pactId/log",
    "GET /v1/pacts/:pactId/messages",
    "GET /v1/pacts/:pactId/search",
    "GET /v1/pacts/:pactId/skills",
    "GET /v1/pacts/:pactId/skills/:id/content",
    "GET /v1/pacts/:pactId/skills/installed",
    "GET /v1/pacts/:pactId/status",
    "GET /v1/pacts/:pactId/tasks",
    "GET /v1/pacts/:pactId/tasks/:id",
    "GET /v1/pacts/:pactId/topics",
    "GET /v1/ping",
    "GET /v1/readyz",
    "GET /v1/search",
    "GET /v1/status",
    "POST /v1/dashboard/links",
    "POST /v1/pacts",
    "POST /v1/pacts/:pactId/admin/members",
    "POST /v1/pacts/:pactId/admin/promote",
    "POST /v1/pacts/:pactId/admin/remove",
    "POST /v1/pacts/:pactId/invites",
    "POST /v1/pacts/:pactId/invites/redeem",
    "POST /v1/pacts/:pactId/knowledge",
    "POST /v1/pacts/:pactId/messages",
    "POST /v1/pacts/:pactId/skills",
    "POST /v1/pacts/:pactId/skills/:id/install",
    "POST /v1/pacts/:pactId/tasks",
    "POST /v1/pacts/join",
    "POST /v1/pacts/switch",
    "PUT /v1/pacts/:pactId/alias",
    "PUT /v1/pacts/:pactId/info",
    "PUT /v1/pacts/:pactId/me",
    "PUT /v1/pacts/:pactId/tasks/:id/claim",
    "PUT /v1/pacts/:pactId/tasks/:id/complete",
    "PUT /v1/pacts/:pactId/tasks/:id/release",
    "PUT /v1/pacts/:pactId/tasks/:id/renew"
  ])
})

it("three routes are open and no more", () => {
  expect(named(endpoints.filter(({ open }) => open))).toEqual(["probes.ping", "probes.healthz", "probes.readyz"])
})

it("the bodies of knowledge, tasks and skills keep what they don't know, all others are strict", () => {
  expect(named(endpoints.filter(({ strict }) => !strict))).toEqual(["knowledge.record", "tasks.create", "skills.post"])
})

it("every route says what it is for, and what its guards can answer", () => {
  expect(named(endpoints.filter(({ summary }) => !/^[A-Z].*\.$/.test(summary ?? "")))).toEqual([])
  for (const endpoint of endpoints) {
    expect({ name: endpoint.name, codes: endpoint.codes }).toEqual({
      name: endpoint.name,
      codes: expect.arrayContaining(guards(endpoint))
    })
  }
})

it("is safe for browsers: nothing of node", () => {
  const folders = ["contract", "domain"].map((folder) => resolve(import.meta.dirname, "../../../src", folder))
  const offenders = folders.flatMap((folder) =>
    readdirSync(folder).filter((file) =>
      /from "node:|\bBuffer\b|\bprocess\./.test(readFileSync(join(folder, file), "utf8"))
    )
  )
  expect(offenders).toEqual([])
})

it("the OpenAPI document speaks of codes, integers and closed bodies, and of nothing that only effect knows", () => {
  const document = openApi()
  const text = JSON.stringify(document)
  expect(document.openapi).toBe("3.1.0")
  expect(text).not.toMatch(/Encoded"|x-effect/)
  const { schemas } = document.components
  expect(schemas["UNKNOWN_PACT"]).toMatchObject({ properties: { status: { type: "number", enum: [404] } } })
  expect(schemas["NewMessage"]).toMatchObject({ additionalProperties: false })
  for (const name of ["NewKnowledge", "PactStatus"]) expect(schemas[name]).not.toHaveProperty("additionalProperties")
  const { parameters } = document.paths["/v1/pacts/{pactId}/log"]!.get!
  expect(parameters.find(({ name }) => name === "limit")).toEqual({
    name: "limit",
    in: "query",
    required: false,
    schema: { type: "integer", minimum: 1, maximum: 1000 }
  })
  // Every reference leads somewhere.
  for (const [, name] of text.matchAll(/"\$ref":"#\/components\/schemas\/([^"]+)"/g))
    expect(Object.keys(schemas)).toContain(name)
})

it("every event is documented with its pact, but those of the stream itself", () => {
  const without = Object.entries(eventData).filter(([, { fields }]) => Object.keys(fields)[0] !== "pact_id")
  expect(without.map(([name]) => name)).toEqual(["hello", "resync"])
})

it("every POST takes an Idempotency-Key, and says what it can answer for that", () => {
  const { paths } = openApi()
  for (const { codes, name, route } of endpoints) {
    const [method, path] = route.split(" ") as [string, string]
    const operations = paths[path.replaceAll(/:(\w+)/g, "{$1}") as `/${string}`]!
    const { parameters } = operations[method.toLowerCase() as OpenApi.OpenAPISpecMethodName]!
    const keyed = method === "POST"
    expect({ name, keyed: parameters.some(({ name }) => name === "Idempotency-Key") }).toEqual({ name, keyed })
    if (keyed) expect(codes, name).toEqual(expect.arrayContaining(["IDEMPOTENCY_CONFLICT", "STORAGE_FULL"]))
  }
})
