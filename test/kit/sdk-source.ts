import { Schema } from "effect"
import { resolve } from "node:path"
import { format } from "prettier"
import { passing } from "../../src/contract/errors.ts"
import { eventData } from "../../src/contract/events.ts"
import * as errors from "../../src/domain/errors.ts"
import { root } from "./build.ts"
import { type Field, type SdkRoute, sdkRoutes } from "./sdk-routes.ts"
export { type SdkRoute, sdkRoutes }
import { TypeWriter } from "./sdk-types.ts"

const routes = sdkRoutes()
const head = "// Made from src/contract by a test. Don't edit it by hand: npx vitest run test/unit -u"

const source = (...parts: ReadonlyArray<string>): Promise<string> =>
  format([head, ...parts].join("\n\n"), {
    parser: "typescript",
    semi: false,
    printWidth: 120,
    trailingComma: "none",
    arrowParens: "always"
  })

/** What every call takes besides, see src/sdk/promise/options.ts. No parameter may be called like one of them. */
const callOptions = ["signal", "timeout", "retries", "idempotencyKey"]

const writer = new TypeWriter()

const optional = ({ name, type }: Field) => `readonly ${JSON.stringify(name)}?: ${writer.typeOf(type)} | undefined`
const required = ({ name, type }: Field) => `readonly ${JSON.stringify(name)}: ${writer.typeOf(type)}`

const optionsOf = ({ group, headers, method, name, query }: SdkRoute): string => {
  const fields = [...query, ...headers]
  const taken = fields.find((field) => callOptions.includes(field.name))
  if (taken !== undefined) throw new Error(`${group}.${name} has a parameter ${taken.name}, which is an option already`)
  const must = fields.some((field) => !field.optional)
  const own = fields.map((field) => (field.optional ? optional(field) : required(field)))
  const base = method === "POST" ? "WriteOptions" : "CallOptions"
  return `options${must ? "" : "?"}: ${own.length === 0 ? base : `{ ${own.join("; ")} } & ${base}`}`
}

const answerOf = ({ answer, kind }: SdkRoute): string => {
  switch (kind) {
    case "list": {
      const entries =
        answer._tag === "Objects" ? answer.propertySignatures.find(({ name }) => name === "entries")?.type : undefined
      if (entries?._tag !== "Arrays") throw new Error("a list has entries")
      return `Listing<${writer.typeOf(entries.rest[0]!)}>`
    }
    case "rows":
      if (answer._tag !== "Arrays") throw new Error("rows are an array")
      return `Rows<${writer.typeOf(answer.rest[0]!)}>`
    case "changes":
      return `Feed<${writer.typeOf(answer)}>`
    case "events":
      return "EventStream"
    default:
      return `Promise<${writer.typeOf(answer)}>`
  }
}

const signatureOf = (route: SdkRoute): string => {
  const body = route.body === null ? [] : [`body${route.bodyOptional ? "?" : ""}: ${writer.typeOf(route.body)}`]
  const params = route.params.map(({ name, type }) => `${name}: ${writer.typeOf(type)}`)
  return `(${[...params, ...body, optionsOf(route)].join(", ")}) => ${answerOf(route)}`
}

const common = routes
  .filter(({ open }) => !open)
  .map(({ codes }) => new Set(codes))
  .reduce((all, codes) => new Set([...all].filter((code) => codes.has(code))))

const memberOf = (name: string, route: SdkRoute) => {
  const own = [...new Set(route.codes)].filter((code) => !common.has(code)).sort()
  const fails = own.length === 0 ? "" : `\n * Codes besides those of every route: ${own.join(", ")}.`
  return `/**\n * ${route.about}${fails}\n */\nreadonly ${name}: ${signatureOf(route)}`
}

/** Where a method stands: groups that are about a pact as a whole stand on its handle itself. */
const flat = new Set(["pact", "pacts"])
export const sdkPlace = ({ group, name, ofPact }: SdkRoute): ReadonlyArray<string> => {
  if (ofPact && flat.has(group)) return [name]
  // `search.pact` is the search of a pact, `search.host` that of all.
  return name === (ofPact ? "pact" : "host") ? [group] : [group, name]
}

const tree = (wanted: ReadonlyArray<SdkRoute>): string => {
  const members = new Map<string, string | Array<string>>()
  for (const route of wanted) {
    const [first, second] = sdkPlace(route)
    const there = members.get(first!)
    if (second === undefined ? there !== undefined : typeof there === "string")
      throw new Error(`two things are called ${first}`)
    if (second === undefined) members.set(first!, memberOf(first!, route))
    else members.set(first!, [...((there as Array<string> | undefined) ?? []), memberOf(second, route)])
  }
  return [...members]
    .map(([name, member]) => (typeof member === "string" ? member : `readonly ${name}: {\n${member.join("\n\n")}\n}`))
    .join("\n\n")
}

const hostMembers = tree(routes.filter(({ ofPact }) => !ofPact))
const pactMembers = tree(routes.filter(({ ofPact }) => ofPact))
const events = Object.entries(eventData)
  .map(([name, schema]) => `${JSON.stringify(name)}: ${writer.typeOf(Schema.toType(schema as Schema.Top).ast)}`)
  .join("\n")

/** src/sdk/promise/generated/types.ts: what goes over the wire. */
export const sdkTypes = () =>
  source(writer.declarations(), `/** The data of each event. */\nexport interface EventData {\n${events}\n}`)

/** src/sdk/promise/generated/methods.ts: the methods of the client. */
export const sdkMethods = () =>
  source(
    `import type { EventStream } from "../events.ts"
    import type { Feed } from "../feed.ts"
    import type { Listing, Rows } from "../listing.ts"
    import type { CallOptions, WriteOptions } from "../options.ts"
    import type { ${writer
      .names()
      .filter((name) => new RegExp(String.raw`\b${name}\b`).test(hostMembers + pactMembers))
      .join(", ")} } from "./types.ts"`,
    `/** What a daemon is asked, whatever the pact. */\nexport interface HostMethods {\n${hostMembers}\n}`,
    `/** What one pact is asked. */\nexport interface PactMethods {\n${pactMembers}\n}`
  )

/** src/sdk/promise/generated/routes.ts: what a method sends. */
export const sdkTable = () =>
  source(
    `import type { Route } from "../route.ts"`,
    `export const routes: ReadonlyArray<Route> = ${JSON.stringify(
      routes.map((route) => ({
        place: sdkPlace(route),
        method: route.method,
        path: route.path,
        ...(route.kind === "json" ? {} : { kind: route.kind }),
        ...(route.by === null ? {} : { by: route.by }),
        ...(route.query.length === 0 ? {} : { query: route.query.map(({ name }) => name) }),
        ...(route.headers.length === 0
          ? {}
          : { headers: Object.fromEntries(route.headers.map(({ header, name }) => [name, header])) }),
        ...(route.body === null ? {} : { body: route.bodyOptional ? "may" : "must" }),
        ...(route.keyed ? { keyed: true } : {}),
        ...(route.open ? { open: true } : {})
      }))
    ).replaceAll(/"(\w+)":/g, "$1:")}`
  )

type WireError = new (fields: { readonly message: string }) => { readonly error: string; readonly status: number }
const { FieldFault: _, ...wireErrors } = errors
export const sdkErrorClasses = Object.entries(wireErrors as unknown as Readonly<Record<string, WireError>>).map(
  ([name, Class]) => {
    const { error, status } = new Class({ message: "" })
    return { name: `${name}Error`, code: error, status, retryable: passing.has(error) }
  }
)

/** src/sdk/promise/generated/errors.ts: a class for each wire code. */
export const sdkErrors = () =>
  source(
    `import { ApiError } from "../errors.ts"`,
    ...sdkErrorClasses.map(
      ({ code, name, retryable, status }) =>
        `/** \`${code}\`, ${status}.${retryable ? " The same request may do later." : ""} */
        export class ${name} extends ApiError {
          declare readonly code: "${code}"
          declare readonly status: ${status}
          declare readonly retryable: ${retryable}
        }`
    )
  )

/** src/sdk/promise/generated/error-entries.ts: what each class stands for on the wire. */
export const sdkErrorEntries = () =>
  source(
    `import type { ErrorEntry } from "../errors.ts"\nimport * as E from "./errors.ts"`,
    `export const errorEntries: ReadonlyArray<ErrorEntry> = [\n${sdkErrorClasses
      .map(
        ({ code, name, retryable, status }) =>
          `{ name: "${name}", code: "${code}", status: ${status}, retryable: ${retryable}, Class: E.${name} }`
      )
      .join(",\n")}\n]`
  )

const row = (...cells: ReadonlyArray<string>) => `| ${cells.map((cell) => cell.replaceAll("|", "\\|")).join(" | ")} |`

/** A method as it is called, in short. */
const callOf = (route: SdkRoute): string => {
  const body = route.body === null ? [] : [`body${route.bodyOptional ? "?" : ""}`]
  const must = route.query.some(({ optional }) => !optional)
  return `${sdkPlace(route).join(".")}(${[...route.params.map(({ name }) => name), ...body, `options${must ? "" : "?"}`].join(", ")})`
}
const methodRow = (route: SdkRoute) => {
  const options = [...route.query, ...route.headers].map(({ name, optional }) => `\`${name}${optional ? "?" : ""}\``)
  return row(`\`${callOf(route)}\``, `\`${answerOf(route)}\``, options.join(", "), route.about)
}
const methodTable = (wanted: ReadonlyArray<SdkRoute>) =>
  [row("method", "answer", "options", "about"), row("---", "---", "---", "---"), ...wanted.map(methodRow)].join("\n")

/** docs/sdk-reference.md. */
export const sdkReference = (): string =>
  `${[
    "# SDK reference",
    "Made from src/contract by a test. Don't edit it by hand. [sdk.md](sdk.md) tells how to use it.",
    "Every method takes the options `signal`, `timeout` and `retries`, and one that is a POST `idempotencyKey`. The bodies and answers are those of the [REST API](rest-api.md), and exported as types by these names.",
    "## `client`",
    methodTable(routes.filter(({ ofPact }) => !ofPact)),
    "## `client.pact(ref)`",
    methodTable(routes.filter(({ ofPact }) => ofPact)),
    "`work(options)` takes open tasks one by one, see [sdk.md](sdk.md#workers).",
    "## Errors",
    "`retryable` says that the very same request may do later.",
    [
      row("class", "`code`", "`status`", "`retryable`"),
      row("---", "---", "---", "---"),
      ...sdkErrorClasses.map(({ code, name, retryable, status }) =>
        row(`\`${name}\``, `\`${code}\``, String(status), retryable ? "yes" : "")
      )
    ].join("\n"),
    "On this side: `NoDaemonError` (`NO_DAEMON`: none runs on this home), `HomeError` (`HOME_UNUSABLE`: its files can't be used or are open to others), `ConnectionError` (`CONNECTION_FAILED`: nobody answered, or the connection broke), `TimeoutError` (`TIMEOUT`), `BadAnswerError` (`BAD_ANSWER`: who answered is no daemon of this version). What can't be asked at all is a `TypeError`."
  ].join("\n\n")}\n`

/** The files by name. */
export const sdkSources = {
  "types.ts": sdkTypes,
  "methods.ts": sdkMethods,
  "routes.ts": sdkTable,
  "errors.ts": sdkErrors,
  "error-entries.ts": sdkErrorEntries
}
export const sdkFolder = resolve(root, "src/sdk/promise/generated")
