import { queryObjects } from "node:v8"
import { expect, it } from "vitest"
import { History } from "../../../src/http/history.ts"

it("numbers what comes and keeps the newest bytes", () => {
  const history = new History<string>(10)
  expect([history.newest, history.oldest]).toEqual([0, 1])
  for (const event of ["a", "b", "c"]) history.add(event, 4)
  expect([history.newest, history.oldest]).toEqual([3, 2])
  expect([0, 1, 2, 3, 4].map((seq) => history.at(seq)?.event)).toEqual([undefined, undefined, "b", "c", undefined])
})

it("keeps the newest, however large", () => {
  const history = new History<string>(10)
  history.add("small", 1)
  history.add("large", 1000)
  expect([history.oldest, history.at(2)?.event]).toEqual([2, "large"])
  history.add("next", 1)
  expect([history.oldest, history.at(3)?.event]).toEqual([3, "next"])
})

it("stays right over many rounds", () => {
  const history = new History<number>(1000)
  for (let n = 1; n <= 20_000; n++) {
    history.add(n, 1 + (n % 7))
    if (n % 997 > 0) continue
    expect(history.newest).toBe(n)
    let size = 0
    for (let seq = history.oldest; seq <= n; seq++) {
      expect(history.at(seq)).toMatchObject({ seq, event: seq })
      size += history.at(seq)!.size
    }
    expect(size).toBeLessThanOrEqual(1000)
    expect(size).toBeGreaterThan(990)
    expect(history.at(history.oldest - 1)).toBe(undefined)
  }
})

it("lets go of what it doesn't keep", () => {
  class Told {
    readonly kind = "told"
  }
  const history = new History<Told>(1000)
  for (let n = 0; n < 1900; n++) history.add(new Told(), 1)
  expect([history.newest, history.oldest]).toEqual([1900, 901])
  expect(queryObjects(Told, { format: "count" })).toBe(1000)
})
