import { execFileSync } from "node:child_process"
import { cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterAll, beforeAll, expect, it } from "vitest"
import { bin, dist, root } from "../../kit/build.ts"
import { type Command, openCommand } from "../../kit/command.ts"

const { dependencies, devDependencies, engines, scripts } = JSON.parse(readFileSync(join(root, "package.json"), "utf8"))

/** What a text imports when it runs, statically or not. */
const importsOf = (text: string): ReadonlyArray<string> =>
  [...text.matchAll(/\bimport\s*\(?\s*(?!type\b)(?:[\w*${},\s]*\bfrom\s*)?["`']([@a-z][\w@:./-]*)["`']/g)].map(
    ([, name]) => name!
  )
const isOutside = (name: string): boolean => !/^(?:node:|effect(?:$|\/)|@effect\/|uqr$)/.test(name)

const filesIn = (folder: string, end: string): ReadonlyArray<string> =>
  readdirSync(folder, { recursive: true, encoding: "utf8" })
    .filter((name) => name.endsWith(end) && !name.endsWith(".d.ts"))
    .map((name) => readFileSync(join(folder, name), "utf8"))

let command: Command & { readonly close: () => Promise<void> }
let folder: string
beforeAll(async () => {
  command = await openCommand()
  folder = mkdtempSync(join(tmpdir(), "openpact-package-"))
})
afterAll(async () => {
  rmSync(folder, { recursive: true, force: true })
  await command.close()
})

it("the entry loads nothing before it has looked at Node", () => {
  const entry = readFileSync(bin(), "utf8")
  expect(entry.startsWith("#!/usr/bin/env node\n")).toBe(true)
  expect(entry).not.toMatch(/(?:^|[;\n])import(?!\()/)
  expect(entry.length).toBeLessThan(5000)
  // It runs when it is loaded, so nothing may load it but Node.
  for (const text of filesIn(dist(), ".mjs")) expect(text).not.toMatch(/["'`]\.\/openpact\.mjs["'`]/)
})

it("Effect and what draws codes are in the bundle, and every other package stays outside", () => {
  const needed = new Set(filesIn(join(root, "src"), ".ts").flatMap(importsOf).filter(isOutside))
  const left = new Set(filesIn(dist(), ".mjs").flatMap(importsOf).filter(isOutside))
  const named = new Set([...scripts.build.matchAll(/ -e (\S+)/g)].map(([, name]) => name!))
  // A second copy of a module breaks the first. Name it in the build script of package.json with -e.
  expect([...needed].filter((name) => !named.has(name))).toEqual([])
  expect([...left].filter((name) => !named.has(name))).toEqual([])
  expect(left).toContain("autobase")
  const packages = new Set([...needed].map((name) => name.split("/")[0]!))
  for (const name of packages) expect(Object.keys(dependencies)).toContain(name)
  for (const name of ["effect", "uqr"]) expect(Object.keys(devDependencies)).toContain(name)
  expect(engines.node).toBe(">=22.19")
})

it("works as a package in an empty folder", { timeout: 120_000 }, async () => {
  const source = join(folder, "source")
  const texts = ["LICENSE.md", "README.md", "package.json"].filter((name) => existsSync(join(root, name)))
  for (const name of texts) cpSync(join(root, name), join(source, name))
  cpSync(dist(), join(source, "dist"), { recursive: true })
  const pack = ["pack", "--ignore-scripts", "--json", "--pack-destination", folder]
  const [{ filename }] = JSON.parse(execFileSync("npm", pack, { cwd: source, encoding: "utf8" }))
  const modules = join(folder, "node_modules")
  mkdirSync(join(modules, "openpact"), { recursive: true })
  execFileSync("tar", ["-xzf", join(folder, filename), "--strip-components=1", "-C", join(modules, "openpact")])
  for (const name of Object.keys(dependencies)) symlinkSync(join(root, "node_modules", name), join(modules, name))
  expect(readdirSync(join(modules, "openpact")).sort()).toEqual([...texts, "dist"].sort())

  const installed = { bin: join(modules, "openpact/dist/openpact.mjs"), cwd: folder }
  const up = await command.run(["up", "--json"], installed)
  expect(up.stderr).toBe("")
  expect(up.json).toEqual([expect.objectContaining({ started: true, created: true })])
  const recorded = await command.run(["record", "It works.", "--topic", "t", "--json"], installed)
  expect(recorded).toMatchObject({ code: 0, stderr: "" })
  expect((await command.run(["stop"], installed)).code).toBe(0)
})
