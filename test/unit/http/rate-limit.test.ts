import { expect, it } from "vitest"
import { RateLimit } from "../../../src/http/rate-limit.ts"

it("lets so many pass a minute, and says when to come back", () => {
  const limit = new RateLimit(3)
  expect([0, 1, 2].map((now) => limit.take(now))).toEqual([0, 0, 0])
  expect(limit.take(10_000)).toBe(50)
  expect(limit.take(59_999)).toBe(1)
  expect([60_000, 60_001, 60_002].map((now) => limit.take(now))).toEqual([0, 0, 0])
  expect(limit.take(60_003)).toBe(60)
})

it("begins a window with the first request after the last one", () => {
  const limit = new RateLimit(1)
  expect(limit.take(1_000_000)).toBe(0)
  expect(limit.take(1_059_999)).toBe(1)
  expect(limit.take(1_200_000)).toBe(0)
  expect(limit.take(1_230_000)).toBe(30)
})

it("0 is no limit", () => {
  const limit = new RateLimit(0)
  for (let i = 0; i < 10_000; i++) expect(limit.take(0)).toBe(0)
})

it("lets one more in for each that was given back, and no more than the limit", () => {
  const limit = new RateLimit(2)
  limit.give()
  expect([limit.take(0), limit.take(0), limit.take(0)]).toEqual([0, 0, 60])
  limit.give()
  expect([limit.take(0), limit.take(0)]).toEqual([0, 60])
})
