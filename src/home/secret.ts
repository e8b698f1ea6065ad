import { Redacted, Schema } from "effect"

/** A secret of 256 bits, 64 hex. Decoded it doesn't print: `Redacted.value` opens it. */
export const Secret = Schema.RedactedFromValue(
  Schema.String.check(Schema.isPattern(/^[0-9a-f]{64}$/, { expected: "64 lower-case hex digits" }))
)
export const newSecret = (): Redacted.Redacted<string> => Redacted.make(randomHex(32))

/** Random bytes as hex. By the global, since every command comes by here and `node:crypto` takes 8 ms to load. */
export const randomHex = (bytes: number): string =>
  Buffer.from(crypto.getRandomValues(new Uint8Array(bytes))).toString("hex")
