import { readdirSync, readFileSync } from "node:fs"
import { dirname, join, relative, resolve } from "node:path"
import { expect, it } from "vitest"

const root = resolve(import.meta.dirname, "../..")

/** The table of docs/architecture.md: what each folder may import. */
const table = new Map(
  [
    ...readFileSync(join(root, "docs/architecture.md"), "utf8").matchAll(/^\| `src\/([\w-]+)` \|[^|]*\|([^|]*)\|$/gm)
  ].map(([, folder, allowed]) => [folder!, allowed!.trim() === "-" ? [] : allowed!.trim().split(/,\s*/)])
)

const files = readdirSync(join(root, "src"), { recursive: true, encoding: "utf8" }).filter((file) =>
  /\.tsx?$/.test(file)
)
const folderOf = (file: string) => file.split("/")[0]!

/** Every import of a file: the line, and the folder of src or the package it names. */
const importsOf = (file: string) =>
  readFileSync(join(root, "src", file), "utf8")
    .split("\n")
    .flatMap((line, i) => {
      const target = /(?:\bfrom|\bimport)\s*\(?\s*"([^"]+)"/.exec(line)?.[1]
      if (target === undefined) return []
      const folder =
        target.startsWith(".") && !target.endsWith("/package.json")
          ? folderOf(relative("", join(dirname(file), target)))
          : null
      return [{ at: `src/${file}:${i + 1}`, line: line.trim(), target, folder }]
    })

it("every folder of src stands in the table, and no row is left over", () => {
  const folders = readdirSync(join(root, "src"), { withFileTypes: true })
  expect(folders.filter((entry) => !entry.isDirectory()).map((entry) => entry.name)).toEqual([])
  expect([...new Set(files.map(folderOf))].sort()).toEqual([...table.keys()].sort())
})

it("imports follow the table", () => {
  const offenders = files.flatMap((file) =>
    importsOf(file)
      .filter(
        ({ folder }) => folder !== null && folder !== folderOf(file) && !table.get(folderOf(file))!.includes(folder)
      )
      .map(({ at, line }) => `${at}  ${line}`)
  )
  expect(offenders).toEqual([])
})

it("the arrows make no circle", () => {
  const visit = (folder: string, path: ReadonlyArray<string>): ReadonlyArray<string> =>
    path.includes(folder)
      ? [[...path, folder].join(" -> ")]
      : table.get(folder)!.flatMap((next) => visit(next, [...path, folder]))
  expect([...table.keys()].flatMap((folder) => visit(folder, []))).toEqual([])
})

it("Holepunch stays in hyper, SQLite in projection and the lock of a home", () => {
  const edges: ReadonlyArray<[pattern: RegExp, place: RegExp]> = [
    [/^(autobase|corestore|hyper|protomux|rocksdb|b4a)/, /^hyper\//],
    [/^node:sqlite$/, /^(projection\/|home\/lock\.ts$)/]
  ]
  const offenders = files.flatMap((file) =>
    importsOf(file)
      .filter(({ target }) => edges.some(([pattern, place]) => pattern.test(target) && !place.test(file)))
      .map(({ at, line }) => `${at}  ${line}`)
  )
  expect(offenders).toEqual([])
})

it("the engine has no clock, no chance and no I/O", () => {
  const forbidden =
    /\bDate\b|Math\.random|performance\.|setTimeout|setInterval|node:(?!crypto)|process\.|from "effect\/|Effect\b/
  const offenders = files
    .filter((file) => folderOf(file) === "engine")
    .flatMap((file) =>
      readFileSync(join(root, "src", file), "utf8")
        .split("\n")
        .flatMap((line, i) =>
          forbidden.test(line) && !/^\s*(\*|\/\/|\/\*)/.test(line) ? [`src/${file}:${i + 1}  ${line.trim()}`] : []
        )
    )
  expect(offenders).toEqual([])
})
