// By its path: the other form of it can't be bundled.
import { applyEdits, type FormattingOptions, modify, parse, type ParseError } from "jsonc-parser/lib/esm/main.js"
import { parse as parseToml, stringify as stringifyToml } from "smol-toml"
import { isDeepStrictEqual } from "node:util"

export type Path = ReadonlyArray<string>

/** The text can't be edited without harm. The message says why. */
export class EditError extends Error {}

/** Sets one value of a configuration, or takes it out with undefined. All else stays as it was written. */
export type Edit = (text: string, path: Path, value: unknown) => string

/** JSON with or without comments. */
export const editJson: Edit = (text, path, value) => {
  const before = jsonIn(text)
  // Taking out what isn't there fails where there is nothing at all.
  if (value === undefined && valueAt(before, path) === undefined) return text
  const edited = applyEdits(text, modify(text, [...path], value, { formattingOptions: formatOf(text) }))
  return guarded(before, jsonIn(edited), path, text, edited)
}

/** TOML, where the value is a table. It stands at the end of the file: what comes before keeps its place. */
export const editToml: Edit = (text, path, value) => {
  const before = tomlIn(text)
  const kept = withoutTable(text, path.join(".")).trimEnd()
  const table = path.reduceRight<unknown>((inner, key) => ({ [key]: inner }), value)
  const parts = [kept, value === undefined ? "" : stringifyToml(table as Record<string, unknown>).trimEnd()]
  const edited = parts.filter((part) => part !== "").join("\n\n") + "\n"
  return guarded(before, tomlIn(edited), path, text, edited)
}

/** The value at a path, undefined where there is none. */
export const valueAt = (value: unknown, path: Path): unknown =>
  path.reduce<unknown>((inner, key) => (isObject(inner) ? inner[key] : undefined), value)

export const jsonIn = (text: string): unknown => {
  if (text.trim() === "") return {}
  const errors: Array<ParseError> = []
  const value: unknown = parse(text, errors, { allowTrailingComma: true })
  if (errors.length > 0) throw new EditError("it is no JSON.")
  if (!isObject(value)) throw new EditError("it holds no JSON object.")
  return value
}

export const tomlIn = (text: string): unknown => {
  try {
    return parseToml(text)
  } catch {
    throw new EditError("it is no TOML.")
  }
}

/** Lets an edit through that changed this one value and nothing else. */
const guarded = (before: unknown, after: unknown, path: Path, text: string, edited: string): string => {
  const rest = without(before, path)
  if (!isDeepStrictEqual(rest, without(after, path))) {
    throw new EditError(`${path.join(".")} can't be changed there without changing something else.`)
  }
  return isDeepStrictEqual(valueAt(before, path), valueAt(after, path)) ? text : edited
}

/** A value without the one at a path, and without what was only there to hold it. */
const without = (value: unknown, path: Path): unknown => {
  const [key, ...more] = path
  if (!isObject(value) || key === undefined) return value
  const { [key]: inner, ...rest } = value
  const left = more.length === 0 ? undefined : without(inner, more)
  const gone = left === undefined || (isObject(left) && Object.keys(left).length === 0)
  return gone ? { ...rest } : { ...rest, [key]: left }
}

export const formatOf = (text: string): FormattingOptions => {
  const indent = /^([ \t]+)\S/m.exec(text)?.[1] ?? "  "
  const eol = text.includes("\r\n") ? "\r\n" : "\n"
  return { insertSpaces: !indent.startsWith("\t"), tabSize: indent.startsWith("\t") ? 1 : indent.length, eol }
}

/** The lines of a file but those of one table and the tables below it. */
const withoutTable = (text: string, name: string): string => {
  let inside = false
  return text
    .split(/(?<=\n)/)
    .filter((line) => {
      const header = /^\s*\[\s*([^\][]+?)\s*\]\s*(?:#.*)?$/.exec(line.trimEnd())?.[1]
      if (header !== undefined) inside = header === name || header.startsWith(`${name}.`)
      else if (/^\s*\[\[/.test(line)) inside = false
      return !inside
    })
    .join("")
}

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === "object" && value !== null && !Array.isArray(value)
