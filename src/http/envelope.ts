import { Cause, SchemaIssue } from "effect"
import { BadRequest, type FieldFault, Internal, MethodNotAllowed } from "../domain/errors.ts"

/** Every error class of the domain: its fields are the envelope. */
export interface WireError {
  readonly error: string
  readonly message: string
  readonly status: number
  readonly details?: ReadonlyArray<FieldFault>
}

/** The one shape of every error answer, whoever found the error. */
export const envelopeOf = ({ details, error, message, status }: WireError): string =>
  JSON.stringify(details === undefined ? { error, message, status } : { error, message, status, details })

export const isWireError = (error: unknown): error is WireError =>
  typeof error === "object" &&
  error !== null &&
  "error" in error &&
  "status" in error &&
  typeof error.error === "string" &&
  typeof error.status === "number"

/** The part of a request that a schema refused, as clients know it. */
export type Slot = "path" | "query" | "header" | "body"

/** What a schema says of a request, field by field. Values are left out: they may be large or secret. */
export const faultsOf = (slot: Slot, issue: SchemaIssue.Issue): BadRequest =>
  badFields(
    format(issue).issues.map(({ message, path }) => ({
      path: [slot, ...(path ?? []).map(keyOf)].join("."),
      expected: message === "Missing key" ? "a value" : message.replace(/^Expected /, "")
    }))
  )

export const badFields = (details: ReadonlyArray<FieldFault>): BadRequest => {
  const [first] = details
  const more = details.length > 1 ? ` (and ${details.length - 1} more)` : ""
  return new BadRequest({ message: `${first!.path}: expected ${first!.expected}${more}.`, details })
}

/** Said of a field that is not taken. */
export const unknownField = "no field of this name"

export const wrongMethod = (method: string, allow: ReadonlyArray<string>): MethodNotAllowed =>
  new MethodNotAllowed({ message: `${method} is not for this route. It takes ${allow.join(", ")}.` })

/** The error of a failed handler; null for one that was only interrupted. Defects become `INTERNAL`. */
export const errorOf = (cause: Cause.Cause<unknown>): WireError | null => {
  const failure = cause.reasons.find(Cause.isFailReason)
  if (failure !== undefined && isWireError(failure.error)) return failure.error
  return Cause.hasInterruptsOnly(cause) ? null : internal
}

export const internal = new Internal({ message: "The daemon failed at this request. Its log says why." })

const format = SchemaIssue.makeFormatterStandardSchemaV1({
  leafHook: (issue) =>
    issue._tag === "UnexpectedKey" ? `Expected ${unknownField}` : SchemaIssue.defaultLeafHook(issue)
})
const keyOf = (segment: PropertyKey | { readonly key: PropertyKey }): string =>
  String(typeof segment === "object" ? segment.key : segment)
