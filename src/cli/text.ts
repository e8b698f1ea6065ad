/** Paint for a terminal, or none. */
export interface Style {
  readonly bold: (text: string) => string
  readonly dim: (text: string) => string
  readonly red: (text: string) => string
  readonly green: (text: string) => string
  readonly yellow: (text: string) => string
}

const paint = (code: number) => (text: string) => `\u001b[${code}m${text}\u001b[0m`
const bare = (text: string): string => text

export const styleOf = (color: boolean): Style =>
  color
    ? { bold: paint(1), dim: paint(2), red: paint(31), green: paint(32), yellow: paint(33) }
    : { bold: bare, dim: bare, red: bare, green: bare, yellow: bare }

/** True where paint is seen and wanted. */
export const wantsColor = (stream: { readonly isTTY?: boolean }, env: NodeJS.ProcessEnv = process.env): boolean =>
  stream.isTTY === true && env.TERM !== "dumb" && (env.NO_COLOR ?? "") === ""

/**
 * Entries come from strangers: what steers a terminal, or turns the direction of what stands beside it, is shown as an
 * escape. Line ends and tabs stay.
 */
export const plain = (text: string): string =>
  text.replace(/\r\n/g, "\n").replace(
    // eslint-disable-next-line no-control-regex
    /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u200e\u200f\u202a-\u202e\u2066-\u2069]/g,
    (sign) => `\\u${sign.charCodeAt(0).toString(16).padStart(4, "0")}`
  )

/** The same on one line, for names and cells. */
export const line = (text: string): string => plain(text).replace(/[\n\t]+/g, " ")

/** JSON for programs, which may come to a terminal all the same: what steers one is an escape in it, of the same value. */
export const jsonText = (value: unknown): string => plain(JSON.stringify(value))

export const indent = (text: string, by = "  "): string =>
  text
    .split("\n")
    .map((row) => (row === "" ? "" : by + row))
    .join("\n")

/** Columns as wide as what stands in them, two spaces between. The last one runs free. */
export const table = (rows: ReadonlyArray<ReadonlyArray<string>>): string => {
  const widths = (rows[0] ?? []).map((_, i) => Math.max(...rows.map((row) => width(row[i] ?? ""))))
  return rows
    .map((row) =>
      row
        .map((cell, i) => (i === row.length - 1 ? cell : cell + " ".repeat(widths[i]! - width(cell))))
        .join("  ")
        .trimEnd()
    )
    .join("\n")
}

/** The text without paint. */
// eslint-disable-next-line no-control-regex
export const unpainted = (text: string): string => text.replace(/\u001b\[\d+m/g, "")

/** How many columns it takes. */
export const width = (text: string): number => [...unpainted(text)].length

const two = (n: number): string => String(n).padStart(2, "0")

/** `2026-07-01 12:30:05`, by the clock of this machine. */
export const time = (ms: number): string => {
  const at = new Date(ms)
  return (
    `${at.getFullYear()}-${two(at.getMonth() + 1)}-${two(at.getDate())} ` +
    `${two(at.getHours())}:${two(at.getMinutes())}:${two(at.getSeconds())}`
  )
}

/** The same, and how far away that is: `2026-07-01 12:30:05 (in 3 hours)`, or `(3 hours ago)`. */
export const when = (ms: number, now: number = Date.now()): string =>
  `${time(ms)} (${ms > now ? `in ${span(ms - now)}` : `${span(now - ms)} ago`})`

/** `3 days`, `2 hours`, `5 minutes`, `40 seconds`: the greatest unit that fits. */
export const span = (ms: number): string => {
  const seconds = Math.round(ms / 1000)
  const [length, unit] = spans.find(([length]) => seconds >= length * 2) ?? ([1, "second"] as const)
  return count(Math.floor(seconds / length), unit)
}

const spans = [
  [86_400, "day"],
  [3600, "hour"],
  [60, "minute"]
] as const

export const count = (n: number, one: string, many = `${one}s`): string => `${n} ${n === 1 ? one : many}`
