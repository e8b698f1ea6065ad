import { execSync } from "node:child_process"
import { createHash, randomUUID } from "node:crypto"
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, statSync } from "node:fs"
import { join, resolve } from "node:path"

export const root = resolve(import.meta.dirname, "../..")
/** Below node_modules, so that what the build leaves outside is found from there. */
const cache = join(root, "node_modules/.cache/openpact")

/** The sources by name, size and time: another build for others. */
const stamp = (): string => {
  const hash = createHash("sha256")
  for (const name of ["package.json", ...readdirSync(join(root, "src"), { recursive: true, encoding: "utf8" })]) {
    const path = join(root, name === "package.json" ? "" : "src", name)
    const { mtimeMs, size } = statSync(path)
    hash.update(`${name} ${size} ${mtimeMs}\n`)
  }
  return hash.digest("hex").slice(0, 16)
}

/** Builds the command as it ships, unless these very sources were built before, and answers the folder. */
const build = (): string => {
  const folder = join(cache, `build-${stamp()}`)
  if (existsSync(folder)) return folder
  mkdirSync(cache, { recursive: true })
  const fresh = join(cache, `new-${randomUUID()}`)
  const script: string = JSON.parse(readFileSync(join(root, "package.json"), "utf8")).scripts.build
  const env = { ...process.env, PATH: `${join(root, "node_modules/.bin")}:${process.env.PATH}` }
  execSync(script.replace(/(?:\.\.\/)*\bdist\b/g, fresh), { cwd: root, env, stdio: ["ignore", "ignore", "inherit"] })
  try {
    renameSync(fresh, folder)
  } catch {
    // Somebody else built the same just now.
    rmSync(fresh, { recursive: true, force: true })
  }
  for (const name of readdirSync(cache)) {
    const path = join(cache, name)
    if (name !== "code" && Date.now() - statSync(path).mtimeMs > 3_600_000) {
      rmSync(path, { recursive: true, force: true })
    }
  }
  return folder
}

let built: string | undefined

/** The folder that ships as dist. */
export const dist = (): string => (built ??= build())
/** The command as it ships. */
export const bin = (): string => join(dist(), "openpact.mjs")
