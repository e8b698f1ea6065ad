import { readFileSync } from "node:fs"
import { join } from "node:path"
import { expect, it } from "vitest"
import { root } from "../../src/build/folders.ts"

interface Locked {
  readonly version?: string
  readonly optionalDependencies?: Readonly<Record<string, string>>
}

const text = readFileSync(join(root, "package-lock.json"), "utf8")
const packages: Readonly<Record<string, Locked>> = JSON.parse(text).packages

/** What a package gets when it loads another one: the nearest on the way up. */
const found = (from: string, name: string): Locked | undefined => {
  const here = packages[`${from === "" ? "" : `${from}/`}node_modules/${name}`]
  if (here !== undefined || from === "") return here
  return found(from.slice(0, Math.max(0, from.lastIndexOf("/node_modules/"))), name)
}

// npm leaves out what its registry doesn't have, and `npm ci` fails from then on.
it("the lock file holds the builds for every platform", () => {
  const missing = Object.entries(packages).flatMap(([from, { optionalDependencies = {} }]) =>
    Object.entries(optionalDependencies)
      .filter(([name, wanted]) => {
        const version = found(from, name)?.version
        return version === undefined || (/^\d/.test(wanted) && version !== wanted)
      })
      .map(([name, wanted]) => `${from} wants ${name} ${wanted}`)
  )
  expect(Object.keys(packages).length).toBeGreaterThan(400)
  expect(missing).toEqual([])
})

it("the lock file names no registry", () => {
  expect(text).not.toContain('"resolved"')
})
