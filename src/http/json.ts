import { isUtf8 } from "node:buffer"
import { BadRequest } from "../domain/errors.ts"
import { depthOf } from "../domain/json-depth.ts"
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
  const text = bytes.toString("utf8")
  if (opened(text) > bodyDepth && depthOf(text) > bodyDepth) {
    return bad("The body nests too deep.", `at most ${bodyDepth} levels of arrays and objects`)
  }
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

/** How many brackets open, wherever they stand: a bound of the depth that is cheap to get. */
const opened = (text: string): number => {
  let count = 0
  for (let i = text.indexOf("{"); i >= 0; i = text.indexOf("{", i + 1)) count++
  for (let i = text.indexOf("["); i >= 0; i = text.indexOf("[", i + 1)) count++
  return count
}

const hasProto = (value: unknown): boolean => {
  if (typeof value !== "object" || value === null) return false
  if (Array.isArray(value)) return value.some(hasProto)
  return Object.hasOwn(value, "__proto__") || Object.values(value).some(hasProto)
}

const bad = (message: string, expected: string) =>
  new BadRequest({ message: `${message} Expected ${expected}.`, details: [{ path: "body", expected }] })
