import { join, resolve } from "node:path"

export const root = resolve(import.meta.dirname, "../..")

/** Where the build goes. Tests have it elsewhere. */
export const dist = resolve(process.env["OPENPACT_DIST"] ?? join(root, "dist"))
