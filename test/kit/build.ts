import { execFileSync } from "node:child_process"
import { createHash, randomUUID } from "node:crypto"
import { existsSync, mkdirSync, readdirSync, renameSync, rmSync, statSync } from "node:fs"
import { join } from "node:path"
import { root } from "../../src/build/folders.ts"

export { root }
/** Below node_modules, so that what the build leaves outside is found from there. */
const cache = join(root, "node_modules/.cache/openpact")

/** The sources by name, size and time: another build for others. */
const stamp = (): string => {
  const hash = createHash("sha256")
  const sources = readdirSync(join(root, "src"), { recursive: true, encoding: "utf8" })
  for (const name of ["package.json", ...sources.map((name) => join("src", name))]) {
    const { mtimeMs, size } = statSync(join(root, name))
    hash.update(`${name} ${size} ${mtimeMs}\n`)
  }
  return hash.digest("hex").slice(0, 16)
}

/** Runs a part of the build, unless it was run on these very sources before, and answers the folder it filled. */
const build = (part: "command" | "sdk"): string => {
  const folder = join(cache, `build-${part}-${stamp()}`)
  if (existsSync(folder)) return folder
  mkdirSync(cache, { recursive: true })
  const fresh = join(cache, `new-${randomUUID()}`)
  execFileSync(process.execPath, [join(root, `src/build/${part}.ts`)], {
    env: { ...process.env, OPENPACT_DIST: fresh },
    stdio: ["ignore", "ignore", "inherit"]
  })
  try {
    renameSync(fresh, folder)
  } catch {
    // Somebody else built the same just now.
    rmSync(fresh, { recursive: true, force: true })
  }
  for (const name of readdirSync(cache)) {
    const path = join(cache, name)
    // It may be another one's, and gone by now.
    const { mtimeMs = Infinity } = statSync(path, { throwIfNoEntry: false }) ?? {}
    if (name !== "code" && Date.now() - mtimeMs > 3_600_000) {
      rmSync(path, { recursive: true, force: true })
    }
  }
  return folder
}

let command: string | undefined
let sdk: string | undefined

/** The folder that ships as dist, with the command in it. */
export const dist = (): string => (command ??= build("command"))
/** The command as it ships. */
export const bin = (): string => join(dist(), "openpact.mjs")
/** The folder that ships as dist/sdk. */
export const sdkDist = (): string => join((sdk ??= build("sdk")), "sdk")
