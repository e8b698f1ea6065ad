import { Redacted, Schema } from "effect"
import { randomBytes } from "node:crypto"

/** A secret of 256 bits, 64 hex. Decoded it doesn't print: `Redacted.value` opens it. */
export const Secret = Schema.RedactedFromValue(
  Schema.String.check(Schema.isPattern(/^[0-9a-f]{64}$/, { expected: "64 lower-case hex digits" }))
)
export const newSecret = (): Redacted.Redacted<string> => Redacted.make(randomBytes(32).toString("hex"))
