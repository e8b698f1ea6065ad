import { chmodSync, readdirSync, rmSync } from "node:fs"
import { join } from "node:path"
import { build } from "rolldown"
import { build as buildPage } from "vite"
import { dist, root } from "./folders.ts"
import { outside } from "./outside.ts"
import { checks } from "./quiet.ts"

/** Builds the command, and the dashboard beside it. Says nothing unless it fails. */

const { output } = await build({
  input: { openpact: join(root, "src/cli/openpact.ts"), worker: join(root, "src/projection/worker.ts") },
  platform: "node",
  external: [...outside],
  checks,
  output: {
    dir: dist,
    format: "esm",
    entryFileNames: "[name].mjs",
    chunkFileNames: "[name]-[hash].mjs",
    minify: true,
    charset: "ascii"
  }
})
// What is left of an earlier build, and not what others have put there: the SDK has a build of its own.
const made = new Set<string>(output.map(({ fileName }) => fileName))
for (const entry of readdirSync(dist, { withFileTypes: true })) {
  if (entry.isFile() && !made.has(entry.name)) rmSync(join(dist, entry.name))
}
chmodSync(join(dist, "openpact.mjs"), 0o755)
await buildPage({ root: join(root, "src/dashboard"), logLevel: "warn", build: { rolldownOptions: { checks } } })
