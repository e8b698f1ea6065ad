import { Schema } from "effect"
import type { ToolContext } from "../tool.ts"

/** Arguments that several tools take. Limits of length and the like are the daemon's to check: it says what is wrong. */
export const text = Schema.String
export const maybe = Schema.optionalKey(Schema.String)
export const says = (description: string) => Schema.optionalKey(Schema.String.annotate({ description }))
export const count = Schema.optionalKey(Schema.Int)
export const sure = Schema.optionalKey(Schema.Boolean.annotate({ description: "true once the user agreed" }))

export const pact = { pact: maybe }
export const page = { limit: count, cursor: maybe }

/** The pact that a call is about, and the arguments without it. */
export const within = <Input extends { readonly pact?: string }>(input: Input, { client }: ToolContext) => {
  const { pact, ...rest } = input
  return { pact: client.pact(pact), rest }
}

/** How many items a list has unless it is told: they are read by a model. */
export const pageSize = 20
