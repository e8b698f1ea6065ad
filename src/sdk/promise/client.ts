import { ArgumentError, BadAnswerError } from "./errors.ts"
import { EventStream } from "./events.ts"
import { Feed } from "./feed.ts"
import type { HostMethods, PactMethods } from "./generated/methods.ts"
import { routes } from "./generated/routes.ts"
import { Listing, type Page, Rows } from "./listing.ts"
import type { ClientOptions, WriteOptions } from "./options.ts"
import { insist, retrying } from "./retry.ts"
import type { Route } from "./route.ts"
import { exchange, type Fetch, openStream, type Request, type Way } from "./transport.ts"
import { work, type WorkOptions } from "./worker.ts"

/** One pact of a daemon. */
export interface Pact extends PactMethods {
  /** What it was asked for by: an alias, an id or `default`. */
  readonly ref: string
  /** Takes open tasks one by one and does them, until told to stop. See {@link WorkOptions}. */
  readonly work: (options: WorkOptions) => Promise<void>
}

/** A daemon. Its methods are those of the API, by the names of its groups. */
export interface Client extends HostMethods {
  /** @param ref an alias, an id or `default`; the pact of the client's options unless it is given. */
  readonly pact: (ref?: string) => Pact
}

/** The options of any call. */
type Options = WriteOptions & Readonly<Record<string, unknown>>

const patience = 60_000
/** How long a feed waits for news at a time, s. */
const wait = 30
const always = ["signal", "timeout", "retries"]

/** What a client is made with. Inside, any `fetch` does that can what is needed. */
type MakeOptions = Omit<ClientOptions, "fetch"> & { readonly fetch?: Fetch | undefined }

export const makeClient = (way: Way, given: MakeOptions): Client => {
  const fetch: Fetch = given.fetch ?? ((...args) => globalThis.fetch(...args))
  const limitsOf = (options: Options) => ({
    signal: options.signal,
    // The daemon keeps the answer back for so long.
    timeout: options.timeout ?? (given.timeout ?? patience) + waitOf(options)
  })

  const ask = async (route: Route, request: Request, options: Options): Promise<unknown> => {
    const text = await retrying(() => exchange(fetch, way, request, limitsOf(options)), {
      harmless: route.method === "GET" || route.keyed === true,
      reads: route.method === "GET",
      retries: options.retries ?? given.retries,
      signal: options.signal
    })
    return route.kind === "text" ? text : jsonOf(text)
  }

  const method = (route: Route, pactId: string | null) => {
    const params = [...route.path.matchAll(/:(\w+)/g)].map(([, name]) => name!).filter((name) => name !== "pactId")
    return (...args: ReadonlyArray<unknown>) => {
      const body = route.body === undefined ? undefined : args[params.length]
      const options = (args[params.length + (route.body === undefined ? 0 : 1)] ?? {}) as Options
      const make = (more: Options) =>
        requestOf(route, pactId, args.slice(0, params.length), body, { agent: given.agent, ...options, ...more })
      switch (route.kind) {
        case "list":
          return new Listing((cursor) =>
            start(() => ask(route, make(defined({ cursor })), options) as Promise<Page<unknown>>)
          )
        case "rows":
          return new Rows<Readonly<Record<string, unknown>>>((last) =>
            start(() => ask(route, make(defined({ after: last?.[route.by!] })), options) as Promise<never>)
          )
        case "changes": {
          const once = (more: Options) => start(() => ask(route, make(more), options) as Promise<never>)
          return new Feed(
            () => once({}),
            (cursor) =>
              insist(
                () =>
                  once({
                    wait: options["wait"] ?? wait,
                    ...(cursor === undefined ? {} : { since: cursor, from: undefined })
                  }),
                options.signal
              )
          )
        }
        case "events":
          return new EventStream(
            (last, signal) =>
              start(() =>
                openStream(fetch, way, make(defined({ lastEventId: last })), { ...limitsOf(options), signal })
              ),
            options["lastEventId"] as string | undefined,
            options.signal
          )
        default:
          return start(() => ask(route, make({}), options))
      }
    }
  }

  const methods = (pactId: string | null): object => {
    const root: Record<string, unknown> = {}
    for (const route of routes) {
      if (route.path.includes(":pactId") !== (pactId !== null)) continue
      const [first, second] = route.place
      if (second === undefined) root[first!] = method(route, pactId)
      else ((root[first!] ??= {}) as Record<string, unknown>)[second] = method(route, pactId)
    }
    return root
  }

  const host = methods(null) as HostMethods
  const pact = (ref: string = given.pact ?? "default"): Pact => {
    const own = methods(segment("pact", ref)) as PactMethods
    return { ...own, ref, work: (options) => work(host, own, (id) => methods(id) as PactMethods, options) }
  }
  return { ...host, pact }
}

/** What is thrown on the way to a request is a rejection too. */
const start = async <A>(ask: () => Promise<A>): Promise<A> => ask()

const requestOf = (
  route: Route,
  pactId: string | null,
  params: ReadonlyArray<unknown>,
  body: unknown,
  options: Options
): Request => {
  const name = route.place.join(".")
  if (route.body === "must" && (typeof body !== "object" || body === null)) {
    throw new TypeError(`${name} takes an object to send.`)
  }
  const query = new URLSearchParams()
  const headers: Record<string, string> = {}
  for (const [option, value] of Object.entries(options)) {
    if (value === undefined) continue
    if (route.query?.includes(option) === true)
      query.set(option, Array.isArray(value) ? value.join(",") : String(value))
    else if (route.headers?.[option] !== undefined) headers[route.headers[option]] = String(value)
    else if (
      !always.includes(option) &&
      option !== "agent" &&
      !(option === "idempotencyKey" && route.method === "POST")
    )
      throw new TypeError(`${name} has no option ${option}.`)
  }
  if (route.method === "POST") headers["idempotency-key"] = options.idempotencyKey ?? newKey()
  if (body !== undefined) headers["content-type"] = "application/json"
  let place = 0
  const path = route.path.replaceAll(/:(\w+)/g, (_, part: string) =>
    part === "pactId" ? pactId! : segment(`${name}: ${part}`, params[place++])
  )
  return {
    method: route.method,
    path: query.size === 0 ? path : `${path}?${query}`,
    headers,
    body: body === undefined ? undefined : JSON.stringify(body),
    trusted: route.open !== true
  }
}

/** A part of a path, which stays the part it is. */
const segment = (what: string, value: unknown): string => {
  if (typeof value !== "string" || value === "" || value === "." || value === "..") {
    throw new ArgumentError(`${what} is a text that names one thing, not ${JSON.stringify(value)}.`)
  }
  return encodeURIComponent(value)
}

const defined = (fields: Readonly<Record<string, unknown>>): Options =>
  Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined))

/** How long the daemon may wait before it answers, ms. */
const waitOf = ({ timeout_ms, wait }: Options): number =>
  wait === "confirmed" ? Number(timeout_ms ?? 30_000) : typeof wait === "number" ? wait * 1000 : 0

const jsonOf = (text: string): unknown => {
  try {
    return JSON.parse(text)
  } catch {
    throw new BadAnswerError("The answer is no JSON. Is the port right?", 200)
  }
}

const newKey = (): string =>
  [...crypto.getRandomValues(new Uint8Array(16))].map((byte) => byte.toString(16).padStart(2, "0")).join("")
