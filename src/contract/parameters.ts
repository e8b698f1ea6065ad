import { Context, Schema, SchemaTransformation } from "effect"
import { limits } from "../domain/limits.ts"
import { text } from "../domain/payloads.ts"

/** A whole number of a query: digits only, no sign, no spaces, no exponent. */
export const whole = (minimum: number, maximum: number) => {
  const expected = `a whole number from ${minimum} to ${maximum}`
  const toJsonSchema = () => ({ type: "integer" as const, minimum, maximum })
  return Schema.String.check(Schema.isPattern(/^(?:0|[1-9][0-9]{0,15})$/, { expected, toJsonSchema })).pipe(
    Schema.decodeTo(
      Schema.Int.check(Schema.isBetween({ minimum, maximum }, { expected })),
      SchemaTransformation.numberFromString
    )
  )
}

/** `true` or `false` of a query. */
export const flag = Schema.Literals(["true", "false"]).pipe(
  Schema.decodeTo(
    Schema.Boolean,
    SchemaTransformation.transform({ decode: (text) => text === "true", encode: (on) => (on ? "true" : "false") })
  )
)

/** A place in one list, made by the daemon. It is bound to the list and its filters. */
export const Cursor = text(512)

/** Every list: newest first by position in the linear order, unless asked otherwise. */
export const page = {
  order: Schema.optionalKey(Schema.Literals(["asc", "desc"])),
  limit: Schema.optionalKey(whole(1, limits.pageMax)),
  cursor: Schema.optionalKey(Cursor)
}

/** What every list answers. `cursor` leads to the next page and is null where there is none. */
export const pageOf = <Item extends Schema.Constraint>(item: Item) =>
  Schema.Struct({ entries: Schema.Array(item), cursor: Schema.NullOr(Cursor), has_more: Schema.Boolean })

/** Milliseconds since the epoch, in a query. */
export const since = whole(0, limits.timestamp)

/**
 * Every write: `applied` answers when this machine accepted the entry, `confirmed` when a majority of indexers did or
 * `timeout_ms` (30 s by default) has passed.
 */
export const write = {
  wait: Schema.optionalKey(Schema.Literals(["applied", "confirmed"])),
  timeout_ms: Schema.optionalKey(whole(1, 600_000))
}

/** A pact by its alias, its 64-hex id, or `default`. */
export const pact = {
  pactId: text(64)
}

/** For a body that takes more fields than it names: its handler gets it as it came. All others refuse them. */
export const keepUnknown = { onExcessProperty: "ignore" } as const

/** Who of the agents that share this daemon it is, where the body doesn't say: printable ASCII, 1..64. */
export const agent = {
  "openpact-agent": Schema.optionalKey(
    text(limits.worker).check(Schema.isPattern(/^[\x20-\x7e]*$/, { expected: "printable ASCII, 1 to 64" }))
  )
}

/**
 * Every POST takes it, so no endpoint names it: 1..128 printable ASCII. Who sends a request again within 24 hours, with the
 * same key, gets the first answer. {@link keyed} are the errors that come with it.
 */
export const idempotency = {
  "idempotency-key": Schema.String.check(
    Schema.isPattern(/^[\x20-\x7e]{1,128}$/, { expected: "printable ASCII, 1 to 128 characters" })
  )
}

/** Marks an endpoint whose body may be left out: it counts as `{}` then. */
export class BodyOptional extends Context.Service<BodyOptional, true>()("openpact/contract/BodyOptional") {}
