import { isUtf8 } from "node:buffer"
import { BadRequest } from "../domain/errors.ts"
import { limits } from "../domain/limits.ts"

/** One less than an entry may have: what a body holds becomes an entry's payload. */
const bodyDepth = limits.jsonDepth - 1

/**
 * Reads a body as JSON: a value, or the reason why it is none. Bounded in depth before it is parsed, so that nothing
 * after it can run out of stack, and without `__proto__`, which code that copies objects takes for their prototype.
 */
export const parseBody = (bytes: Buffer): { readonly value: unknown } | BadRequest => {
  if (bytes.length === 0) return bad("The body is empty.", "a JSON object")
  if (!isUtf8(bytes)) return bad("The body is no valid UTF-8.", "JSON in UTF-8")
  if (tooDeep(bytes, bodyDepth)) {
    return bad("The body nests too deep.", `at most ${bodyDepth} levels of arrays and objects`)
  }
  const text = bytes.toString("utf8")
  try {
    const value: unknown = JSON.parse(text)
    // A key can be spelled with escapes, so a text that has any is looked through too.
    if ((text.includes("__proto__") || text.includes("\\u")) && hasProto(value)) {
      return bad("The body has a key named __proto__.", "no such key")
    }
    return { value }
  } catch {
    return bad("The body is no valid JSON.", "a JSON object")
  }
}

/** Whether arrays and objects nest deeper than `depth`. Bytes of strings are told apart only if it may matter. */
const tooDeep = (bytes: Buffer, depth: number): boolean => {
  let opened = 0
  for (let i = 0; i < bytes.length; i++) {
    const byte = bytes[i]!
    if (byte === openArray || byte === openObject) opened++
  }
  return opened > depth && depthOf(bytes) > depth
}

const depthOf = (bytes: Buffer): number => {
  let depth = 0
  let deepest = 0
  let quoted = false
  for (let i = 0; i < bytes.length; i++) {
    const byte = bytes[i]!
    if (quoted) {
      if (byte === backslash) i++
      else if (byte === quote) quoted = false
    } else if (byte === quote) quoted = true
    else if (byte === openArray || byte === openObject) deepest = Math.max(deepest, ++depth)
    else if (byte === closeArray || byte === closeObject) depth--
  }
  return deepest
}

const hasProto = (value: unknown): boolean => {
  if (typeof value !== "object" || value === null) return false
  if (Array.isArray(value)) return value.some(hasProto)
  return Object.hasOwn(value, "__proto__") || Object.values(value).some(hasProto)
}

const bad = (message: string, expected: string) =>
  new BadRequest({ message: `${message} Expected ${expected}.`, details: [{ path: "body", expected }] })

const quote = 0x22
const backslash = 0x5c
const openArray = 0x5b
const closeArray = 0x5d
const openObject = 0x7b
const closeObject = 0x7d
