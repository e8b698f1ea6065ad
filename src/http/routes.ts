import { Context, Effect, Result, Schema, SchemaParser, type SchemaAST } from "effect"
import * as FindMyWay from "effect/http/FindMyWay"
import { HttpApi, type HttpApiEndpoint, type HttpApiGroup } from "effect/http-api"
import { BodyOptional, idempotency } from "../contract/parameters.ts"
import { Bearer } from "../contract/security.ts"
import { type BadRequest, NotFound } from "../domain/errors.ts"
import { Answer, jsonText } from "./answer.ts"
import { badFields, faultsOf, type Slot, unknownField, type WireError, wrongMethod } from "./envelope.ts"
import type { Handlers } from "./handlers.ts"
import type { Head } from "./head.ts"
import type { CountAnswer } from "./metrics.ts"
import { keyedOf, type Once, wholeOf } from "./once.ts"

/** One endpoint of the contract, ready to serve. */
export interface Route {
  readonly method: string
  /** As the contract spells it: what metrics and logs call the route. */
  readonly path: string
  /** Needs no token and has no limit. */
  readonly open: boolean
  /** Answers with a stream, which the rate limit leaves alone. */
  readonly streams: boolean
  readonly takesBody: boolean
  /** A body that is left out counts as `{}`. */
  readonly bodyOptional: boolean
  /** Decodes the request and calls its handler. */
  readonly call: (parts: Parts) => Effect.Effect<unknown, unknown> | BadRequest
  /** The answer of what the handler returned. Throws where that breaks the contract, which is a bug. */
  readonly answer: (value: unknown) => Answer
  readonly count: CountAnswer
}

export interface Parts {
  readonly params: Readonly<Record<string, string | undefined>>
  readonly query: Readonly<Record<string, string | Array<string>>>
  readonly head: Head
  /** The JSON of the body. */
  readonly payload: unknown
}

export interface Found {
  readonly route: Route
  readonly params: Parts["params"]
  readonly query: Parts["query"]
}

export interface Routes {
  readonly find: (method: string, target: string) => Found | undefined
  /** Why nothing was found: the path is unknown, or takes other methods, which stand in `allow`. */
  readonly missing: (
    method: string,
    target: string
  ) => { readonly error: WireError; readonly allow: string | undefined }
}

/** Makes the routes of an API. Paths are taken as they stand: no folding of slashes, no guessing of case. */
export const makeRoutes = <Id extends string, Groups extends HttpApiGroup.Constraint>(
  api: HttpApi.HttpApi<Id, Groups>,
  handlers: Handlers<HttpApi.HttpApi<Id, Groups>["groups"]>,
  counter: (method: string, route: string) => CountAnswer,
  once?: Once
): Routes => {
  const router = FindMyWay.make<Route>({
    ignoreTrailingSlash: false,
    ignoreDuplicateSlashes: false,
    caseSensitive: true,
    maxParamLength: 128
  })
  const methods = new Set<string>()
  // From here on types can't follow: an endpoint met by reflection has lost its own.
  const untyped = handlers as unknown as Record<string, Record<string, UntypedHandler>>
  HttpApi.reflect(api, {
    onGroup: () => {},
    onEndpoint: ({ endpoint, group, mergedAnnotations, middleware, successes }) => {
      const route = routeOf(untyped[group.identifier]![endpoint.identifier]!, endpoint, mergedAnnotations, {
        open: ![...middleware].some(({ key }) => key === Bearer.key),
        successes: [...successes.values()].flat(),
        count: counter(endpoint.method, endpoint.path),
        once: endpoint.method === "POST" ? once : undefined
      })
      methods.add(route.method)
      router.on(route.method, route.path as FindMyWay.PathInput, route)
    }
  })
  const find = (method: string, target: string): Found | undefined => {
    const found = router.find(method === "HEAD" ? "GET" : method, target)
    return found && { route: found.handler, params: found.params, query: found.searchParams }
  }
  return {
    find,
    missing: (method, target) => {
      const allow = [...methods].filter((other) => router.find(other, target) !== undefined)
      if (allow.length === 0) return { error: new NotFound({ message: "There is no such route." }), allow: undefined }
      if (allow.includes("GET")) allow.push("HEAD")
      return {
        error: wrongMethod(method, allow),
        allow: allow.join(", ")
      }
    }
  }
}

type UntypedHandler = (request: Record<string, unknown>) => Effect.Effect<unknown, unknown>

/** `successes` are what the endpoint answers whole: none of a stream. */
const routeOf = (
  handler: UntypedHandler,
  endpoint: HttpApiEndpoint.Top,
  annotations: Context.Context<never>,
  {
    count,
    once,
    open,
    successes
  }: Pick<Route, "open" | "count"> & {
    readonly successes: ReadonlyArray<Schema.Top>
    readonly once: Once | undefined
  }
): Route => {
  const options = <I>(key: Context.Key<I, SchemaAST.ParseOptions>) => Context.getOrUndefined(annotations, key)
  const [body] = [...endpoint.payload.values()].flatMap(({ schemas }) => [...schemas])
  const params = endpoint.params && decoder("path", endpoint.params, options(HttpApi.ParamsParseOptions))
  const query = endpoint.query ? decoder("query", endpoint.query, options(HttpApi.QueryParseOptions)) : noQuery
  const headers = endpoint.headers && decoder("header", endpoint.headers, options(HttpApi.HeadersParseOptions))
  const payloadOptions = options(HttpApi.PayloadParseOptions)
  const payload = body && decoder("body", body, payloadOptions)
  const asItCame = payloadOptions?.onExcessProperty !== "error"
  const encode = SchemaParser.encodeUnknownSync(codecOf(Schema.Union(successes)))
  const answer = (value: unknown): Answer => (value instanceof Answer ? value : jsonText(JSON.stringify(encode(value))))
  return {
    method: endpoint.method,
    path: endpoint.path,
    open,
    count,
    streams: successes.length === 0,
    takesBody: payload !== undefined,
    bodyOptional: Context.getOrUndefined(annotations as Context.Context<unknown>, BodyOptional) === true,
    call: (parts) => {
      const request: Record<string, unknown> = {
        params: undefined,
        query: undefined,
        headers: undefined,
        payload: undefined
      }
      const fault =
        (params && take(request, "params", params(parts.params))) ??
        take(request, "query", query(parts.query)) ??
        (headers && take(request, "headers", headers(headersOf(parts.head)))) ??
        (payload && take(request, "payload", payload(parts.payload)))
      if (asItCame) request["payload"] = parts.payload
      if (fault !== undefined) return fault
      const { idempotencyKey: key } = parts.head
      if (key === undefined || once === undefined) return handler(request)
      const refused = takeKey({ "idempotency-key": key })
      if (Result.isFailure(refused)) return refused.failure
      const work = Effect.map(handler(request), (value) => wholeOf(answer(value)))
      return Effect.map(once(keyedOf(key, endpoint, parts), work), ({ body, type }) => new Answer(type, body))
    },
    answer
  }
}

type Decode = (input: unknown) => Result.Result<unknown, BadRequest>

/** Stops at the first fault, and looks for all of them only where there is one. */
const decoder = (slot: Slot, schema: Schema.Top, options: SchemaAST.ParseOptions | undefined): Decode => {
  const codec = codecOf(schema)
  const first = SchemaParser.decodeUnknownResult(codec, options)
  const all = SchemaParser.decodeUnknownResult(codec, { ...options, errors: "all" })
  return (input) => {
    const result = first(input)
    if (Result.isSuccess(result)) return Result.succeed(result.success)
    const issues = all(input)
    return Result.fail(faultsOf(slot, Result.isFailure(issues) ? issues.failure : result.failure))
  }
}

/** For endpoints that take no parameters: a struct without fields would take anything. */
const noQuery: Decode = (input) => {
  const names = Object.keys(input as Parts["query"])
  return names.length === 0
    ? Result.succeed(input)
    : Result.fail(badFields(names.map((name) => ({ path: `query.${name}`, expected: unknownField }))))
}

/** Contracts need no services to decode and encode. */
const codecOf = (schema: Schema.Constraint) => schema as unknown as Schema.Codec<unknown>

const takeKey = decoder("header", Schema.Struct(idempotency), undefined)

const take = (request: Record<string, unknown>, key: string, result: ReturnType<Decode>): BadRequest | undefined => {
  if (Result.isFailure(result)) return result.failure
  request[key] = result.success
  return undefined
}

/** The headers that endpoints may declare. */
const headersOf = ({ lastEventId, openpactAgent }: Head) => ({
  ...(lastEventId === undefined ? {} : { "last-event-id": lastEventId }),
  ...(openpactAgent === undefined ? {} : { "openpact-agent": openpactAgent })
})
