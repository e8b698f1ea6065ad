import { chmodSync } from "node:fs"
import { join } from "node:path"
import { build } from "rolldown"
import { build as buildPage } from "vite"
import { dist, root } from "./folders.ts"
import { outside } from "./outside.ts"
import { checks } from "./quiet.ts"

/** Builds the command, and the dashboard beside it. Says nothing unless it fails. */

await build({
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
    charset: "ascii",
    cleanDir: true
  }
})
chmodSync(join(dist, "openpact.mjs"), 0o755)
await buildPage({ root: join(root, "src/dashboard"), logLevel: "warn", build: { rolldownOptions: { checks } } })
