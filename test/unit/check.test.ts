import { spawnSync } from "node:child_process"
import { createRequire } from "node:module"
import { dirname, join } from "node:path"
import { expect, it } from "vitest"
import { root } from "../../src/build/folders.ts"

const { resolve } = createRequire(import.meta.url)
const bin = (name: string, path: string): string => join(dirname(resolve(`${name}/package.json`)), path)

/** What a program of the project's own has to say of the sources. */
const complaints = (program: string, ...args: ReadonlyArray<string>): string => {
  const { status, stderr, stdout } = spawnSync(process.execPath, [program, ...args], { cwd: root, encoding: "utf8" })
  return status === 0 ? "" : stdout + stderr
}

it.each([["."], ["src/dashboard"]])("the types of %s hold", { timeout: 120_000 }, (project) => {
  expect(complaints(bin("typescript", "bin/tsc"), "-p", project)).toBe("")
})

it("the linter has nothing to say", { timeout: 60_000 }, () => {
  expect(complaints(bin("oxlint", "bin/oxlint"))).toBe("")
})
