import { Result, Schema } from "effect"
import { Entry } from "../domain/entry.ts"
import { depthOf } from "../domain/json-depth.ts"
import { limits } from "../domain/limits.ts"
import { strict } from "../domain/payloads.ts"
import { decodeText, encodeText } from "./bytes.ts"
import type { Refusal } from "./verdict.ts"

/** An entry of a frame that has the shape of one, with its canonical JSON: the form that all peers keep and serve. */
export interface Decoded {
  readonly entry: Entry
  readonly json: string
}

const check = Schema.decodeUnknownResult(Entry, strict)

/** Total: any bytes give an entry or the reason why they are none. */
export const decodeEntry = (bytes: Uint8Array): Decoded | Refusal => {
  if (bytes.byteLength > limits.entryBytes) return "PAYLOAD_TOO_LARGE"
  const text = decodeText(bytes)
  if (text === null || depthOf(text) > limits.jsonDepth) return "BAD_ENTRY"
  const value = parse(text)
  return value === undefined ? "BAD_ENTRY" : checked(value)
}

/** The bytes of an entry that is to be written, or what {@link decodeEntry} would say of them. */
export const encodeChecked = (value: unknown): Uint8Array | Refusal => {
  const decoded = checked(value)
  if (typeof decoded === "string") return decoded
  if (depthOf(decoded.json) > limits.jsonDepth) return "BAD_ENTRY"
  const bytes = encodeText(decoded.json)
  return bytes.byteLength > limits.entryBytes ? "PAYLOAD_TOO_LARGE" : bytes
}

const checked = (value: unknown): Decoded | Refusal => {
  const result = check(value)
  if (Result.isFailure(result)) return "BAD_ENTRY"
  // The checked value is a copy that an odd key such as __proto__ can disturb: what is kept is the parsed payload.
  const payload = (value as { readonly payload: unknown }).payload
  const payloadJson = JSON.stringify(payload)
  if (Buffer.byteLength(payloadJson) > limits.payloadBytes) return "PAYLOAD_TOO_LARGE"
  return { entry: result.success, json: canonicalOf(result.success, payloadJson) }
}

/** The canonical JSON of an entry: the envelope's fields in this order, the payload as `JSON.stringify` gives it. */
export const canonicalOf = (entry: Entry, payloadJson: string = JSON.stringify(entry.payload)): string => {
  const { agent_id, display_name, refs, timestamp, ttl, type } = entry
  const head = JSON.stringify({ type, timestamp, agent_id, display_name }).slice(0, -1)
  const tail = ttl === undefined ? "" : `,"ttl":${ttl}`
  return `${head},"payload":${payloadJson},"refs":${JSON.stringify(refs)}${tail}}`
}

export const encodeEntry = (entry: Entry): Uint8Array => encodeText(canonicalOf(entry))

const parse = (text: string): unknown => {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
