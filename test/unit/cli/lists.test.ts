import { Effect } from "effect"
import { expect, it } from "vitest"
import { walk } from "../../../src/cli/pages.ts"
import { Recent } from "../../../src/cli/recent.ts"
import { moment } from "../../../src/cli/since.ts"

/** A list of the numbers below `size`, as the API pages it. */
const listOf = (size: number, asked: Array<number>) => (page: { readonly limit: number; readonly cursor?: string }) =>
  Effect.sync(() => {
    asked.push(page.limit)
    const from = Number(page.cursor ?? 0)
    const entries = Array.from({ length: Math.min(page.limit, size - from) }, (_, i) => from + i)
    const next = from + entries.length
    return { entries, cursor: next < size ? String(next) : null }
  })

it.each([
  [10, 50, [50], 10, false],
  [50, 50, [50], 50, false],
  [51, 50, [50], 50, true],
  [5000, 2500, [1000, 1000, 500], 2500, true],
  [0, 5, [5], 0, false]
])("walks a list of %i up to %i", async (size, limit, pages, found, more) => {
  const asked: Array<number> = []
  const result = await Effect.runPromise(walk(limit, listOf(size, asked)))
  expect(result).toEqual({ found: Array.from({ length: found }, (_, i) => i), more })
  expect(asked).toEqual(pages)
})

it("knows an id that came, and forgets the oldest", () => {
  const recent = new Recent(["a"], 2)
  expect(["a", "b", "b", "c", "b", "a"].map((id) => recent.add(id))).toEqual([false, true, false, true, false, true])
})

const now = Date.UTC(2026, 6, 1, 12)
it.each([
  ["90m", now - 90 * 60_000],
  ["7d", now - 7 * 86_400_000],
  ["2026-07-01", new Date(2026, 6, 1).getTime()],
  ["2026-07-01T12:00", new Date(2026, 6, 1, 12).getTime()],
  ["2026-07-01 12:00:30Z", Date.UTC(2026, 6, 1, 12, 0, 30)],
  ["2026-07-01T12:00+02:00", Date.UTC(2026, 6, 1, 10)]
])("--since %s", async (text, at) => {
  expect(await Effect.runPromise(moment(text, now))).toBe(at)
})

it.each(["", "yesterday", "7", "2026", "2026-13-01", "99999999999999d", "-1h"])("refuses --since %j", async (text) => {
  const failure = await Effect.runPromise(Effect.flip(moment(text, now)))
  expect(failure).toMatchObject({ code: "USAGE", exit: 2 })
})
