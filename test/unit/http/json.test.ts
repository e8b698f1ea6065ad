import { describe, expect, it } from "vitest"
import { BadRequest } from "../../../src/domain/errors.ts"
import { parseBody } from "../../../src/http/json.ts"

const parse = (text: string) => parseBody(Buffer.from(text))
const refused = (text: string) => parse(text) instanceof BadRequest

it("gives what JSON.parse gives", () => {
  for (const value of [{}, { a: [1, "x", null, true, { b: "ü🜏\u2028" }] }, [], "text", 1, null]) {
    expect(parse(JSON.stringify(value))).toEqual({ value })
  }
})

const nest = (depth: number) => `${"[".repeat(depth)}${"]".repeat(depth)}`

describe("depth", () => {
  it("is bounded at 31, one less than an entry's", () => {
    expect(refused(nest(31))).toBe(false)
    expect(refused(nest(32))).toBe(true)
    expect(refused(nest(100_000))).toBe(true)
    expect(refused(`{"a":${nest(30)}}`)).toBe(false)
    expect(refused(`{"a":${nest(31)}}`)).toBe(true)
  })
  it("is not width, and not text", () => {
    expect(refused(`[${"[],".repeat(5000)}[]]`)).toBe(false)
    expect(refused(JSON.stringify({ a: '{"[\\'.repeat(5000) }))).toBe(false)
    expect(refused(JSON.stringify({ ['[{"'.repeat(100)]: 1 }))).toBe(false)
  })
})

it("__proto__ is found as a key, however it is spelled, and only as a key", () => {
  expect(refused('{"__proto__":1}')).toBe(true)
  expect(refused('{"a":[[{"\\u005F\\u005fproto__":1}]]}')).toBe(true)
  expect(refused('{"a":"__proto__","b":["__proto__"],"__proto":1,"_proto__":1}')).toBe(false)
})
