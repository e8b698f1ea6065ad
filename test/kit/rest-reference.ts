import { eventData } from "../../src/contract/events.ts"
import { type Json, openApi } from "../../src/contract/openapi.ts"
import * as errors from "../../src/domain/errors.ts"

interface Schema {
  readonly [key: string]: Json | Schema | ReadonlyArray<Schema> | undefined
}
interface Operation {
  readonly tags: ReadonlyArray<string>
  readonly summary: string
  readonly description?: string
  readonly parameters: ReadonlyArray<{
    readonly name: string
    readonly in: string
    readonly required: boolean
    readonly schema: Schema
  }>
  readonly security: ReadonlyArray<unknown>
  readonly requestBody?: { readonly content: Readonly<Record<string, { readonly schema: Schema }>> }
  readonly responses: Readonly<
    Record<string, { readonly content?: Readonly<Record<string, { readonly schema: Schema }>> }>
  >
}

const document = openApi()
const schemas = document.components.schemas as Readonly<Record<string, Schema>>
const operations = Object.entries(document.paths).flatMap(([path, methods]) =>
  Object.entries(methods as Readonly<Record<string, Operation>>).map(([method, operation]) => ({
    method: method.toUpperCase(),
    path: path.replaceAll(/\{(\w+)\}/g, ":$1"),
    ...operation
  }))
)

const refName = (schema: Schema): string | undefined => (schema["$ref"] as string | undefined)?.split("/").at(-1)
const isError = (name: string) => /^[A-Z_]+$/.test(name)
const list = (schema: Schema, key: string) => schema[key] as ReadonlyArray<Schema> | undefined

/** A schema as a short type. Named ones stand further down. */
const typeOf = (schema: Schema): string => {
  const name = refName(schema)
  if (name !== undefined) return `[${name}](#${name.toLowerCase()})`
  const union = list(schema, "anyOf") ?? list(schema, "oneOf")
  if (union !== undefined) return entryAnd(union) ?? union.map(typeOf).join(" or ")
  const values = schema["enum"] as ReadonlyArray<Json> | undefined
  if (values !== undefined) return values.map((value) => `\`${JSON.stringify(value)}\``).join(" or ")
  switch (schema["type"]) {
    case "array":
      return `array of ${typeOf(schema["items"] as Schema)}`
    case "integer": {
      const { minimum, maximum } = schema
      return maximum === undefined || maximum === Number.MAX_SAFE_INTEGER ? "integer" : `integer ${minimum}..${maximum}`
    }
    case "string": {
      const { maxLength, minLength } = schema
      return maxLength === undefined ? "string" : `string of ${minLength ?? 0}..${maxLength}`
    }
    case "object":
      return schema["properties"] === undefined
        ? "object"
        : `{ ${fieldsOf(schema)
            .map(({ name, type }) => `${name}: ${type}`)
            .join(", ")} }`
    case undefined:
      return "any JSON"
    default:
      return String(schema["type"])
  }
}

/** A union of all entry types with more fields, in short. */
const entryAnd = (union: ReadonlyArray<Schema>): string | undefined => {
  const more = union.map((member) => fieldsOf(member).filter(({ name }) => !entryFields.has(name.replace("?", ""))))
  if (union.length !== entryTypes || more.some((fields) => fields.length === 0)) return undefined
  return `an [Entry](#entry) with ${more[0]!.map(({ name, type }) => `\`${name}\`: ${type}`).join(", ")}`
}
const entryTypes = list(schemas["Entry"]!, "anyOf")!.length
const entryFields = new Set(Object.keys(schemas["Knowledge"]!["properties"] as object))

const fieldsOf = (schema: Schema) => {
  const required = new Set(schema["required"] as ReadonlyArray<string> | undefined)
  return Object.entries((schema["properties"] ?? {}) as Readonly<Record<string, Schema>>).map(([name, field]) => ({
    name: required.has(name) ? name : `${name}?`,
    type: typeOf(field)
  }))
}

const codesOf = (operation: Operation): ReadonlyArray<string> =>
  Object.values(operation.responses).flatMap(({ content }) => {
    const schema = content?.["application/json"]?.schema
    if (schema === undefined) return []
    return [schema, ...(list(schema, "anyOf") ?? [])].flatMap((one) => refName(one) ?? []).filter(isError)
  })

const answerOf = ({ responses }: Operation): string => {
  const [[type, { schema }] = ["", { schema: {} }]] = Object.entries(responses["200"]?.content ?? {})
  return type === "application/json"
    ? typeOf(schema)
    : `\`${type}\`${type === "text/event-stream" ? ` of ${typeOf(schema)}` : ""}`
}

const table = (head: ReadonlyArray<string>, rows: ReadonlyArray<ReadonlyArray<string>>): string =>
  [head, head.map(() => "---"), ...rows]
    .map((row) => `| ${row.map((cell) => cell.replaceAll("|", "\\|")).join(" | ")} |`)
    .join("\n")

const common = operations
  .filter(({ security }) => security.length > 0)
  .map((operation) => new Set(codesOf(operation)))
  .reduce((all, codes) => new Set([...all].filter((code) => codes.has(code))))

const section = (operation: (typeof operations)[number]): string => {
  const { description, method, parameters, path, requestBody, summary } = operation
  const body = requestBody?.content["application/json"]?.schema
  const own = codesOf(operation)
    .filter((code) => !common.has(code))
    .sort()
  return [
    `### \`${method} ${path}\``,
    [summary, description].filter((text) => text !== undefined).join(" "),
    ...(parameters.length === 0
      ? []
      : [
          table(
            ["parameter", "in", "type"],
            parameters.map(({ in: place, name, required, schema }) => [
              `\`${name}\`${required ? "" : "?"}`,
              place,
              typeOf(schema)
            ])
          )
        ]),
    [
      ...(body === undefined ? [] : [`Body: ${typeOf(body)}.`]),
      `Answer: ${answerOf(operation)}.`,
      ...(own.length === 0 ? [] : [`Codes: ${own.map((code) => `\`${code}\``).join(", ")}.`])
    ].join(" ")
  ].join("\n\n")
}

const shape = ([name, schema]: readonly [string, Schema]): string => {
  const text =
    schema["properties"] === undefined
      ? `${typeOf(schema).replace(/^an /, "An ")}${schema["pattern"] === undefined ? "" : `, \`${schema["pattern"]}\``}.`
      : table(
          ["field", "type"],
          fieldsOf(schema).map(({ name, type }) => [`\`${name}\``, type])
        )
  return `### ${name}\n\n${text}`
}

const used = new Set(["HEADERS_TOO_LARGE", ...operations.flatMap(codesOf)])
type ErrorClass = new (fields: { readonly message: string }) => { readonly error: string; readonly status: number }
const { FieldFault: _, ...classes } = errors
const codes = Object.values(classes as unknown as Readonly<Record<string, ErrorClass>>)
  .map((Class) => new Class({ message: "" }))
  .filter(({ error }) => used.has(error))
  .sort((a, b) => a.status - b.status || a.error.localeCompare(b.error))

/** docs/rest-api.md. */
export const restReference = (): string =>
  `${[
    "# REST API",
    "Made from src/contract by a test, like [openapi.json](openapi.json). Don't edit it by hand.",
    "The daemon serves it on `http://127.0.0.1:7666` and on no other address. JSON in and out, UTF-8, snake_case. Times are milliseconds since the epoch.",
    "Every route but the three probes wants `Authorization: Bearer <token>`: `openpact token --show` prints it.",
    '```\ncurl -X POST http://127.0.0.1:7666/v1/pacts/default/knowledge \\\n  -H "Authorization: Bearer $(openpact token --show)" \\\n  -H "content-type: application/json" \\\n  -d \'{"topic":"sales","content":"Tuesdays convert better"}\'\n```',
    "`:pactId` is the alias of a pact, its 64-hex id, or `default` for the current one. Lists answer `{entries, cursor, has_more}`, newest first: pass `cursor` on for the next page. Writes answer when this machine accepted the entry and has it on disk; with `wait=confirmed` when a majority of indexers signed it.",
    "Every POST takes an `Idempotency-Key`, 1 to 128 printable ASCII characters. Sent again within 24 hours with the same key, path and body it gets the first answer, and nothing is done twice, also after a crash of the daemon. Another path or body is `IDEMPOTENCY_CONFLICT`.",
    "A request may hold nothing but what stands here: other fields and parameters are refused with their names. Knowledge, tasks and skills keep the fields they don't know. Answers may gain fields.",
    "## Errors",
    'Always the same envelope, whatever went wrong: `{"error": "<code>", "message": "<what happened and what to do>", "status": <HTTP status>}`, with `details: [{path, expected}]` where a field is at fault.',
    table(
      ["code", "status"],
      codes.map(({ error, status }) => [`\`${error}\``, String(status)])
    ),
    `Every route with a token can answer ${[...common]
      .sort()
      .map((code) => `\`${code}\``)
      .join(", ")}. The codes below are those that a route has besides.`,
    ...document.tags.flatMap(({ name }) => [
      `## ${name}`,
      ...operations.filter(({ tags }) => tags.includes(name)).map(section)
    ]),
    table(
      ["event", "data"],
      Object.entries(eventData).map(([name, { fields }]) => [
        `\`${name}\``,
        `\`{${Object.entries(fields)
          .map(([field, { ast }]) => `${field}${ast.context?.isOptional === true ? "?" : ""}`)
          .join(", ")}}\``
      ])
    ),
    "## Shapes",
    ...Object.entries(schemas)
      .filter(([name]) => !isError(name))
      .sort(([a], [b]) => a.localeCompare(b))
      .map(shape)
  ].join("\n\n")}\n`
