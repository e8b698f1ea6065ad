import { Cause } from "effect"

/** Why something failed, in one line for people: the message of the error, or of the defect. */
export const reasonOf = (cause: Cause.Cause<unknown>): string => {
  const error = Cause.squash(cause)
  return error instanceof Error ? error.message : String(error)
}
