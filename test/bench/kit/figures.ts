/** One measured figure with its target. */
export interface Figure {
  readonly name: string
  /** Empty where there is none. */
  readonly target: string
  readonly value: string
  /** Null where there is no target. */
  readonly met: boolean | null
}

/** Of sorted numbers. */
export const quantile = (sorted: ReadonlyArray<number>, q: number): number =>
  sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * q))] ?? Number.NaN

export const median = (numbers: ReadonlyArray<number>): number =>
  quantile(
    [...numbers].sort((a, b) => a - b),
    0.5
  )

export const atMost = (name: string, value: number, limit: number, unit: string, more = ""): Figure => ({
  name,
  target: `<= ${shown(limit)}${unit}`,
  value: `${shown(value)}${unit}${more}`,
  met: value <= limit
})
export const atLeast = (name: string, value: number, limit: number, unit: string, more = ""): Figure => ({
  name,
  target: `>= ${shown(limit)}${unit}`,
  value: `${shown(value)}${unit}${more}`,
  met: value >= limit
})
export const plain = (name: string, value: string): Figure => ({ name, target: "", value, met: null })

export const shown = (value: number): string =>
  value >= 100 ? Math.round(value).toLocaleString("en-US") : value >= 10 ? value.toFixed(1) : value.toFixed(2)

/** A Markdown table. */
export const tableOf = (figures: ReadonlyArray<Figure>): string => {
  const rows = figures.map(({ met, name, target, value }) => [
    name,
    target,
    value,
    met === null ? "" : met ? "yes" : "**no**"
  ])
  const all = [["Figure", "Target", "Measured", "Met"], ...rows]
  const widths = all[0]!.map((_, column) => Math.max(...all.map((row) => row[column]!.length)))
  const line = (row: ReadonlyArray<string>) => `| ${row.map((cell, i) => cell.padEnd(widths[i]!)).join(" | ")} |`
  return [line(all[0]!), line(widths.map((width) => "-".repeat(width))), ...rows.map(line)].join("\n")
}
