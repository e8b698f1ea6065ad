import { unpainted, width } from "./text.ts"

/** The least room that a column is wrapped in: below it, words would stand one a line. */
const least = 20

/**
 * A page of help for a terminal of so many columns: what doesn't fit on a line goes on under the beginning of its last column.
 * Commands stay whole, for people to copy.
 */
export const wrapped = (page: string, columns: number): string =>
  page
    .split("\n")
    .flatMap((row) => (width(row) <= columns ? row : rowsOf(row, columns)))
    .join("\n")

const rowsOf = (row: string, columns: number): ReadonlyArray<string> => {
  const [, head = "", text = ""] = /^(\s*(?:\S.*? {2,})?)(\S.*)$/.exec(row) ?? []
  const indent = width(head)
  if (text === "" || columns - indent < least || unpainted(text).startsWith("openpact ")) return [row]
  const rows: Array<string> = []
  let left = text.split(" ")
  while (left.length > 0) {
    const fits = left.findIndex((_, i) => i > 0 && indent + width(left.slice(0, i + 1).join(" ")) > columns)
    const taken = fits === -1 ? left.length : fits
    rows.push((rows.length === 0 ? head : " ".repeat(indent)) + left.slice(0, taken).join(" "))
    left = left.slice(taken)
  }
  return rows
}
