import { execFileSync } from "node:child_process"
import { mkdirSync, mkdtempSync, rmSync } from "node:fs"
import { join } from "node:path"
import { build, type BuildOptions } from "rolldown"
import { dts } from "rolldown-plugin-dts"
import { dist, root } from "./folders.ts"
import { checks } from "./quiet.ts"

/** Builds the SDK: `openpact/sdk`, for Node and for browsers, and `openpact/sdk/effect`. Says nothing unless it fails. */

const out = join(dist, "sdk")
rmSync(out, { recursive: true, force: true })

/** Where the compiler puts the types of each file, for the bundles of types to be made of. */
const cache = join(root, "node_modules/.cache/openpact")
mkdirSync(cache, { recursive: true })
const types = mkdtempSync(join(cache, "types-"))
process.once("exit", () => rmSync(types, { recursive: true, force: true }))
execFileSync(process.execPath, [join(root, "node_modules/typescript/bin/tsc"), "-p", "src/sdk", "--outDir", types], {
  cwd: root,
  stdio: "inherit"
})

/** Bundles what isn't Effect or Node. */
const external = [/^effect(?:$|\/)/, /^node:/]

const code = (source: string, name: string, ending: "mjs" | "cjs", platform: "node" | "browser"): BuildOptions => ({
  input: { [name]: join(root, "src/sdk", source) },
  platform,
  external,
  checks,
  output: {
    dir: out,
    format: ending === "mjs" ? "esm" : "cjs",
    entryFileNames: `[name].${ending}`,
    codeSplitting: false
  }
})

const typesOf = (source: string, name: string, ending: "mts" | "cts"): BuildOptions => ({
  input: { [name]: join(types, "sdk", source) },
  external,
  checks,
  plugins: [dts({ dtsInput: true, tsconfig: false })],
  output: { dir: out, entryFileNames: `[name].d.${ending}`, codeSplitting: false }
})

await build([
  code("promise/index.ts", "index", "mjs", "node"),
  code("promise/index.ts", "index", "cjs", "node"),
  code("promise/browser.ts", "browser", "mjs", "browser"),
  code("effect.ts", "effect", "mjs", "node"),
  typesOf("promise/index.d.ts", "index", "mts"),
  typesOf("promise/index.d.ts", "index", "cts"),
  typesOf("promise/browser.d.ts", "browser", "mts"),
  typesOf("effect.d.ts", "effect", "mts")
])
