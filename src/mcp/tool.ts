import { Result, Schema, SchemaIssue, SchemaParser } from "effect"
import { type Client, OpenPactError } from "../sdk/promise/browser.ts"
import { ArgumentError } from "../sdk/promise/errors.ts"

/** What a tool works with. */
export interface ToolContext {
  readonly client: Client
  /** Aborted when the caller gives up. */
  readonly signal: AbortSignal
}

/** What clients are told about the effects of a tool: it looks only, adds, sets what may be set again, or takes away. */
export type Effects = "reads" | "adds" | "sets" | "destroys"

/** A tool as `tools/list` shows it. */
export interface ToolDefinition {
  readonly name: string
  readonly description: string
  readonly inputSchema: { readonly type: "object"; readonly [key: string]: unknown }
  readonly outputSchema: { readonly type: "object"; readonly [key: string]: unknown }
  readonly annotations: {
    readonly readOnlyHint?: boolean
    readonly destructiveHint?: boolean
    readonly idempotentHint?: boolean
  }
}

/** The answer of a tool. A refusal is an answer too, with the wire code first in its text. */
export interface ToolAnswer {
  readonly [key: string]: unknown
  readonly content: Array<{ readonly type: "text"; readonly text: string }>
  readonly structuredContent?: Record<string, unknown>
  readonly isError?: true
}

export interface Tool {
  readonly definition: ToolDefinition
  readonly call: (args: unknown, context: ToolContext) => Promise<ToolAnswer>
}

/** What a tool itself refuses, by a code of the wire. */
export class Refusal extends Error {
  readonly code: "BAD_REQUEST" | "NOT_CONFIRMED" | "NOT_FOUND"

  constructor(code: Refusal["code"], message: string) {
    super(message)
    this.code = code
  }
}

/** Makes a tool. `output` names the fields of its answer: `id: "string"`. */
export const tool = <const Fields extends Schema.Struct.Fields>(
  name: string,
  description: string,
  {
    effects,
    input,
    output,
    run
  }: {
    readonly effects: Effects
    readonly input: Fields
    readonly output: Readonly<Record<string, "string" | "boolean" | "array" | "object">>
    readonly run: (
      input: Schema.Struct.Type<Fields>,
      context: ToolContext
    ) => Promise<Readonly<Record<string, unknown>>>
  }
): Tool => {
  const schema = Schema.Struct(input)
  const decode = SchemaParser.decodeUnknownResult(schema as unknown as Schema.Codec<Schema.Struct.Type<Fields>>, {
    onExcessProperty: "error",
    errors: "all"
  })
  return {
    definition: {
      name,
      description,
      inputSchema: { type: "object", ...short(Schema.toJsonSchemaDocument(schema).schema) },
      outputSchema: {
        type: "object",
        properties: Object.fromEntries(Object.entries(output).map(([field, type]) => [field, { type }]))
      },
      annotations: hints[effects]
    },
    call: async (args, context) => {
      const decoded = decode(args ?? {})
      if (Result.isFailure(decoded)) return refusal("BAD_REQUEST", faultsOf(decoded.failure))
      try {
        return answered(await run(decoded.success, context))
      } catch (error) {
        if (error instanceof OpenPactError || error instanceof Refusal) return refusal(error.code, error.message)
        if (error instanceof ArgumentError) return refusal("BAD_REQUEST", error.message)
        throw error
      }
    }
  }
}

/** What a definition says beyond what is meant costs every agent tokens: bounds of any integer, and that more may come. */
const short = (schema: object): Readonly<Record<string, unknown>> =>
  JSON.parse(
    JSON.stringify(schema, (key, value) =>
      key === "additionalProperties" ||
      ((key === "minimum" || key === "maximum") && Math.abs(value) === Number.MAX_SAFE_INTEGER)
        ? undefined
        : value
    )
  )

/** What the protocol takes for granted is left out. */
const hints: Readonly<Record<Effects, ToolDefinition["annotations"]>> = {
  reads: { readOnlyHint: true },
  adds: { destructiveHint: false },
  sets: { destructiveHint: false, idempotentHint: true },
  destroys: { destructiveHint: true, idempotentHint: true }
}

/** Clients that know no structured content read the same as text. */
const answered = (value: Readonly<Record<string, unknown>>): ToolAnswer => ({
  content: [{ type: "text", text: JSON.stringify(value) }],
  structuredContent: value
})

const refusal = (code: string, message: string): ToolAnswer => ({
  content: [{ type: "text", text: `${code}: ${message}` }],
  isError: true
})

const faultsOf = (issue: SchemaIssue.Issue): string =>
  format(issue)
    .issues.map(({ message, path }) => `${(path ?? []).map(String).join(".") || "arguments"}: ${message}`)
    .join(". ")

const format = SchemaIssue.makeFormatterStandardSchemaV1({
  leafHook: (issue) =>
    issue._tag === "UnexpectedKey" ? "Expected no argument of this name" : SchemaIssue.defaultLeafHook(issue)
})
