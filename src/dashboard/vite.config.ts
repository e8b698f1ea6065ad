import { join, resolve } from "node:path"
import { defineConfig } from "vite"

/** Into the folder of the command, where the daemon looks for it. */
const dist = resolve(process.env["OPENPACT_DIST"] ?? join(import.meta.dirname, "../../dist"))

export default defineConfig({
  root: import.meta.dirname,
  build: {
    outDir: join(dist, "dashboard"),
    emptyOutDir: true,
    target: "es2023",
    // The content policy takes no data: URLs.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false }
  }
})
