import { Context, Schema, type SchemaAST } from "effect"
import { HttpApi, OpenApi } from "effect/http-api"
import { Api } from "../../src/contract/api.ts"
import { BodyOptional } from "../../src/contract/parameters.ts"
import { Bearer } from "../../src/contract/security.ts"

type Ast = SchemaAST.AST

export interface Field {
  readonly name: string
  readonly type: Ast
  readonly optional: boolean
}

/** One endpoint as the promise client sees it. */
export interface SdkRoute {
  readonly group: string
  readonly name: string
  readonly method: string
  readonly path: string
  /** True below `/v1/pacts/:pactId`. */
  readonly ofPact: boolean
  /** Those of the path but the pact. */
  readonly params: ReadonlyArray<Field>
  readonly query: ReadonlyArray<Field>
  /** By the name of the option that sets it. */
  readonly headers: ReadonlyArray<Field & { readonly header: string }>
  /** True where the daemon keeps the answer under `Idempotency-Key`. */
  readonly keyed: boolean
  readonly body: Ast | null
  readonly bodyOptional: boolean
  readonly answer: Ast
  readonly kind: "json" | "text" | "list" | "rows" | "changes" | "events"
  /** The field of a row that `after` takes. */
  readonly by: string | null
  readonly open: boolean
  readonly about: string
  readonly codes: ReadonlyArray<string>
}

const fieldsOf = (schema: Schema.Top | undefined): ReadonlyArray<Field> => {
  if (schema === undefined) return []
  const { ast } = Schema.toType(schema)
  if (ast._tag !== "Objects") throw new Error(`fields can't be read of ${ast._tag}`)
  return ast.propertySignatures.map(({ name, type }) => ({
    name: String(name),
    type,
    optional: type.context?.isOptional === true
  }))
}

/** `openpact-agent` is the option `agent`, `last-event-id` the option `lastEventId`. */
const optionOf = (header: string): string =>
  header.replace(/^openpact-/, "").replaceAll(/-(\w)/g, (_, letter: string) => letter.toUpperCase())

/** What the rows of a route are ordered by. The next ones are those after it. */
const orders: Readonly<Record<string, string>> = { topics: "topic", agents: "remote_key" }

const orderOf = (name: string, answer: Ast): string => {
  const [row] = answer._tag === "Arrays" ? answer.rest : []
  const by = orders[name]
  if (row?._tag !== "Objects" || !row.propertySignatures.some((field) => field.name === by))
    throw new Error(`${name} has rows, and nobody said what they are ordered by`)
  return by!
}

/** Every endpoint of the contract, in its order. */
export const sdkRoutes = (): ReadonlyArray<SdkRoute> => {
  const routes: Array<SdkRoute> = []
  HttpApi.reflect(Api, {
    onGroup: () => {},
    onEndpoint: ({ endpoint, errors, group, mergedAnnotations, middleware }) => {
      const notes = mergedAnnotations as Context.Context<never>
      const [success] = [...endpoint.success] as ReadonlyArray<Schema.Top & { readonly _tag?: string }>
      const [payload] = [...endpoint.payload.values()].flatMap(({ schemas }) => schemas)
      const { ast: answer } = Schema.toType(success!)
      const text = (success!.ast.annotations?.["~httpApiEncoding"] as { readonly _tag?: string })?._tag === "Text"
      const names = answer._tag === "Objects" ? answer.propertySignatures.map(({ name }) => String(name)) : []
      const has = (...wanted: ReadonlyArray<string>) => wanted.every((name) => names.includes(name))
      const codes = [...errors.values()].flat().map(({ ast }) => String(ast.annotations?.["identifier"]))
      const headers = fieldsOf(endpoint.headers as Schema.Top | undefined)
      const query = fieldsOf(endpoint.query as Schema.Top | undefined)
      const by = query.some(({ name }) => name === "after") ? orderOf(endpoint.identifier, answer) : null
      // The description of the whole API is merged into those of its endpoints.
      const own = endpoint.annotations as Context.Context<never>
      const said = [OpenApi.Summary, OpenApi.Description].map((key) =>
        Context.getOrUndefined(own, key as typeof OpenApi.Summary)
      )
      routes.push({
        group: group.identifier,
        name: endpoint.identifier,
        method: endpoint.method,
        path: endpoint.path,
        ofPact: endpoint.path.includes(":pactId"),
        params: fieldsOf(endpoint.params as Schema.Top | undefined).filter(({ name }) => name !== "pactId"),
        query,
        headers: headers.map((field) => ({ ...field, name: optionOf(field.name), header: field.name })),
        keyed: codes.includes("IDEMPOTENCY_CONFLICT"),
        body: payload === undefined ? null : Schema.toType(payload as Schema.Top).ast,
        bodyOptional: Context.getOrUndefined(notes, BodyOptional) === true,
        answer,
        kind:
          success!._tag === "StreamSse"
            ? "events"
            : text
              ? "text"
              : has("entries", "cursor", "reset")
                ? "changes"
                : has("entries", "cursor")
                  ? "list"
                  : by === null
                    ? "json"
                    : "rows",
        by,
        open: ![...middleware].some(({ key }) => key === Bearer.key),
        about: said.filter(Boolean).join(" "),
        codes
      })
    }
  })
  return routes
}
