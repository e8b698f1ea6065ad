import { Effect } from "effect"
import { spawnSync } from "node:child_process"
import { cpSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { afterAll, beforeAll, expect, it } from "vitest"
import { outside } from "../../../src/build/outside.ts"
import { bin, dist, root } from "../../kit/build.ts"
import { type Command, openCommand } from "../../kit/command.ts"
import { installed } from "../../kit/package.ts"
import { tempDir } from "../../kit/temp.ts"

const {
  bin: { openpact: named },
  dependencies,
  devDependencies,
  engines
} = JSON.parse(readFileSync(join(root, "package.json"), "utf8"))

/** What a text imports when it runs, statically or not. */
const importsOf = (text: string): ReadonlyArray<string> =>
  [...text.matchAll(/\bimport\s*\(?\s*(?!type\b)(?:[\w*${},\s]*\bfrom\s*)?["`']([@a-z][\w@:./-]*)["`']/g)].map(
    ([, name]) => name!
  )
const isOutside = (name: string): boolean =>
  !/^(?:node:|effect(?:$|\/)|@effect\/|@modelcontextprotocol\/|jsonc-parser\/|smol-toml$|uqr$)/.test(name)

const filesIn = (folder: string, end: string): ReadonlyArray<string> =>
  readdirSync(folder, { recursive: true, encoding: "utf8" })
    // The promise client and the dashboard have bundles of their own, which other tests are about. The build is in none.
    .filter(
      (name) => name.endsWith(end) && !name.endsWith(".d.ts") && !/^(?:sdk\/promise|dashboard|build)\//.test(name)
    )
    .map((name) => readFileSync(join(folder, name), "utf8"))

let command: Command & { readonly close: () => Promise<void> }
beforeAll(async () => {
  command = await openCommand()
})
afterAll(async () => {
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
  const named = new Set(outside)
  // A second copy of a module breaks the first. Name it in src/build/outside.ts.
  expect([...needed].filter((name) => !named.has(name))).toEqual([])
  expect([...left].filter((name) => !named.has(name))).toEqual([])
  expect(left).toContain("autobase")
  const packages = new Set([...needed].map((name) => name.split("/")[0]!))
  for (const name of packages) expect(Object.keys(dependencies)).toContain(name)
  for (const name of ["effect", "uqr"]) expect(Object.keys(devDependencies)).toContain(name)
  expect(engines.node).toBe(">=22.19")
})

it(
  "a build says nothing when it goes well, and takes away what an earlier one left of itself",
  { timeout: 60_000 },
  () =>
    Effect.gen(function* () {
      const folder = yield* tempDir("openpact-build")
      mkdirSync(join(folder, "sdk"))
      for (const name of ["main-old.mjs", "sdk/index.mjs"]) writeFileSync(join(folder, name), "")
      const { status, stderr, stdout } = spawnSync(process.execPath, [join(root, "src/build/command.ts")], {
        // Node 22 warns of the types in its sources.
        env: { ...process.env, OPENPACT_DIST: folder, NODE_NO_WARNINGS: "1" },
        encoding: "utf8"
      })
      expect({ status, stderr, stdout }).toEqual({ status: 0, stderr: "", stdout: "" })
      expect(readdirSync(folder)).toEqual(expect.arrayContaining(["openpact.mjs", "dashboard", "sdk"]))
      expect(readdirSync(folder)).not.toContain("main-old.mjs")
      expect(readdirSync(join(folder, "sdk"))).toEqual(["index.mjs"])
    }).pipe(Effect.scoped, Effect.runPromise)
)

it("works as a package in an empty folder", { timeout: 120_000 }, () =>
  Effect.gen(function* () {
    const { folder, modules } = yield* installed
    expect(readdirSync(join(modules, "openpact")).sort()).toEqual([
      "LICENSE.md",
      "README.md",
      "dist",
      "package.json",
      "src"
    ])
    const options = { bin: join(modules, "openpact", named), cwd: folder }
    yield* Effect.promise(async () => {
      const up = await command.run(["up", "--json"], options)
      expect(up.stderr).toBe("")
      expect(up.json).toEqual([expect.objectContaining({ started: true, created: true })])
      const recorded = await command.run(["record", "It works.", "--topic", "t", "--json"], options)
      expect(recorded).toMatchObject({ code: 0, stderr: "" })
      expect((await command.run(["stop"], options)).code).toBe(0)
    })
  }).pipe(Effect.scoped, Effect.runPromise)
)

it("is there for npx before it is built, and says how to build it", () =>
  Effect.gen(function* () {
    const folder = yield* tempDir("openpact-unbuilt")
    cpSync(join(root, named), join(folder, named))
    const { code, stderr, stdout } = yield* Effect.promise(() =>
      command.run(["status"], { bin: join(folder, named), cwd: folder })
    )
    expect({ code, stdout }).toEqual({ code: 1, stdout: "" })
    expect(stderr).toMatch(/^NOT_BUILT: .*\nTry: npm install && npm start\n$/)
    expect(statSync(join(root, named)).mode & 0o111).toBe(0o111)
  }).pipe(Effect.scoped, Effect.runPromise))
