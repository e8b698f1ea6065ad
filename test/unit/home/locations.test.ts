import { homedir } from "node:os"
import { join, resolve } from "node:path"
import { expect, it } from "vitest"
import { locationsOf } from "../../../src/home/locations.ts"

it("every path lies in the home, and none is another's", () => {
  const { home, pact, ...own } = locationsOf("/somewhere")
  const paths = [own.daemonFile, own.lock, own.log, ...Object.values(pact("oak")), ...Object.values(pact("elm"))]
  expect(new Set(paths).size).toBe(paths.length)
  for (const path of paths) expect(path.startsWith(join(home, "/"))).toBe(true)
  expect(pact("oak").config).toBe("/somewhere/pacts/oak/config.json")
  expect(own.log).toBe("/somewhere/logs/daemon.log")
})

it("a home may be relative or start with ~", () => {
  expect(locationsOf("~/.openpact").home).toBe(join(homedir(), ".openpact"))
  expect(locationsOf("~").home).toBe(homedir())
  expect(locationsOf("~x").home).toBe(resolve("~x"))
  expect(locationsOf("a/../b").home).toBe(resolve("b"))
})
