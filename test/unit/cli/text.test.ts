import { expect, it } from "vitest"
import { count, jsonText, line, plain, span, styleOf, table, time, wantsColor, when } from "../../../src/cli/text.ts"
import { wrapped } from "../../../src/cli/wrap.ts"

it("shows what would steer a terminal", () => {
  expect(plain("a\u001b]0;owned\u0007b")).toBe("a\\u001b]0;owned\\u0007b")
  expect(plain("\u009b31mred")).toBe("\\u009b31mred")
  expect(plain("user\u202etxt.exe")).toBe("user\\u202etxt.exe")
  expect(plain("over\rwritten")).toBe("over\\u000dwritten")
})

it("JSON steers no terminal, and is the same JSON", () => {
  const value = { "\u009b31m": "a\u001b]0;owned\u0007\\\u009bb \u202etxt.exe \u007f\r\n\t三 🎉" }
  const text = jsonText(value)
  // eslint-disable-next-line no-control-regex
  expect(text).not.toMatch(/[\u0000-\u001f\u007f-\u009f\u202a-\u202e]/)
  expect(JSON.parse(text)).toEqual(value)
})

it("keeps line ends, tabs and every language", () => {
  const text = "eins\n\tzwei 三 🎉"
  expect(plain(text)).toBe(text)
  expect(plain("a\r\nb")).toBe("a\nb")
  expect(line("a\n\tb")).toBe("a b")
})

it("sets columns as wide as what is seen", () => {
  const { bold } = styleOf(true)
  expect(
    table([
      [bold("a"), "1"],
      ["bbb", "22"]
    ])
  ).toBe(`${bold("a")}    1\nbbb  22`)
})

it("paints only where it is seen and wanted", () => {
  const terminal = { isTTY: true }
  expect(wantsColor(terminal, {})).toBe(true)
  expect(wantsColor(terminal, { NO_COLOR: "1" })).toBe(false)
  expect(wantsColor(terminal, { TERM: "dumb" })).toBe(false)
  expect(wantsColor({}, {})).toBe(false)
  expect(styleOf(false).red("x")).toBe("x")
})

it("says spans, counts and times", () => {
  expect([40_000, 150_000, 3 * 3_600_000, 9 * 86_400_000].map(span)).toEqual([
    "40 seconds",
    "2 minutes",
    "3 hours",
    "9 days"
  ])
  expect([count(1, "entry", "entries"), count(2, "entry", "entries")]).toEqual(["1 entry", "2 entries"])
  expect(time(new Date(2026, 6, 1, 12, 5, 9).getTime())).toBe("2026-07-01 12:05:09")
})

it("says how far away a time is", () => {
  expect(when(3 * 3_600_000, 0)).toBe(`${time(3 * 3_600_000)} (in 3 hours)`)
  expect(when(0, 40_000)).toBe(`${time(0)} (40 seconds ago)`)
})

it("wraps help under its last column, and no command", () => {
  const { bold } = styleOf(true)
  const page = [
    "USAGE",
    "  openpact record [flags] <content> that is long",
    `  ${bold("--ttl")} SPAN    How long it holds, and no longer than that.`,
    "  A sentence that stands alone is wrapped as well."
  ].join("\n")
  expect(wrapped(page, 40)).toBe(
    [
      "USAGE",
      "  openpact record [flags] <content> that is long",
      `  ${bold("--ttl")} SPAN    How long it holds, and`,
      "                no longer than that.",
      "  A sentence that stands alone is",
      "  wrapped as well."
    ].join("\n")
  )
  expect(wrapped(page, 200)).toBe(page)
})
