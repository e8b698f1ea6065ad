import { Context } from "effect"
import { HttpApi, OpenApi } from "effect/http-api"
import { Api } from "./api.ts"

/** A part of a JSON document. */
export type Json = null | boolean | number | string | ReadonlyArray<Json> | { readonly [key: string]: Json }

/**
 * The contract as an OpenAPI 3.1 document, made from what effect derives: error schemas go by their codes, whole
 * numbers of a query are integers, and only bodies that refuse unknown fields say so.
 */
export const openApi = (): OpenApi.OpenAPISpec => {
  const document = withKeys(OpenApi.fromApi(Api))
  const strict = strictBodies(document)
  const schemas = Object.entries(document.components.schemas).map(([name, schema]) => [
    plainName(name),
    strict.has(name) ? schema : tidy(schema as Json, true)
  ])
  return tidy(
    { ...document, components: { ...document.components, schemas: Object.fromEntries(schemas) } } as unknown as Json,
    false
  ) as unknown as OpenApi.OpenAPISpec
}

/** Every POST takes an `Idempotency-Key`. */
const withKeys = (document: OpenApi.OpenAPISpec): OpenApi.OpenAPISpec => ({
  ...document,
  paths: Object.fromEntries(
    Object.entries(document.paths).map(([path, operations]) => [
      path,
      operations.post === undefined
        ? operations
        : { ...operations, post: { ...operations.post, parameters: [...operations.post.parameters, idempotencyKey] } }
    ])
  )
})

const idempotencyKey: OpenApi.OpenAPISpecParameter = {
  name: "Idempotency-Key",
  in: "header",
  required: false,
  schema: { type: "string", minLength: 1, maxLength: 128 },
  description: "Who sends the request again within 24 hours, with the same key, gets the first answer."
}

/** The names of the bodies that take no other field than they name. */
const strictBodies = (document: OpenApi.OpenAPISpec): ReadonlySet<string> => {
  const names = new Set<string>()
  HttpApi.reflect(Api, {
    onGroup: () => {},
    onEndpoint: ({ endpoint, mergedAnnotations }) => {
      const { onExcessProperty } = Context.getOrElse(mergedAnnotations, HttpApi.PayloadParseOptions, () => ({
        onExcessProperty: undefined
      }))
      const path = document.paths[endpoint.path.replaceAll(/:(\w+)/g, "{$1}")]
      const operation = path?.[endpoint.method.toLowerCase() as OpenApi.OpenAPISpecMethodName]
      const schema = operation?.requestBody?.content["application/json"]?.schema as
        { readonly $ref?: string } | undefined
      if (onExcessProperty === "error" && schema?.$ref !== undefined) names.add(schema.$ref.split("/").at(-1)!)
    }
  })
  return names
}

const plainName = (name: string): string => name.replace(/^([A-Z_]+)Encoded$/, "$1")

/** @param open true where more fields may come than are named. */
const tidy = (value: Json, open: boolean): Json => {
  if (Array.isArray(value)) return value.map((item: Json) => tidy(item, open))
  if (typeof value !== "object" || value === null) return value
  const object = value as { readonly [key: string]: Json }
  const [only] = Array.isArray(object["allOf"]) ? (object["allOf"] as ReadonlyArray<Json>) : []
  if (object["type"] === "string" && isInteger(only)) return only
  return Object.fromEntries(
    Object.entries(object)
      .filter(([key, item]) => key !== "x-effect-stream" && !(open && key === "additionalProperties" && item === false))
      .map(([key, item]) => [key, key === "$ref" ? refOf(item as string) : tidy(item, open)])
  )
}

const isInteger = (value: Json | undefined): value is { readonly type: "integer" } =>
  typeof value === "object" && value !== null && "type" in value && value.type === "integer"
const refOf = (ref: string): string => `#/components/schemas/${plainName(ref.split("/").at(-1)!)}`
