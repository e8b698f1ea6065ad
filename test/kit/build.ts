import { execSync } from "node:child_process"
import { createHash, randomUUID } from "node:crypto"
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, statSync } from "node:fs"
import { join, resolve } from "node:path"

export const root = resolve(import.meta.dirname, "../..")
/** Below node_modules, so that what the build leaves outside is found from there. */
const cache = join(root, "node_modules/.cache/openpact")

const scripts: Readonly<Record<string, string>> = JSON.parse(readFileSync(join(root, "package.json"), "utf8")).scripts

/** The sources by name, size and time: another build for others. */
const stamp = (): string => {
  const hash = createHash("sha256")
  const own = ["package.json", "rolldown.config.ts"]
  for (const name of [...own, ...readdirSync(join(root, "src"), { recursive: true, encoding: "utf8" })]) {
    const path = join(root, own.includes(name) ? "" : "src", name)
    const { mtimeMs, size } = statSync(path)
    hash.update(`${name} ${size} ${mtimeMs}\n`)
  }
  return hash.digest("hex").slice(0, 16)
}

/** Runs a build script, unless it was run on these very sources before, and answers the folder it filled. */
const build = (script: "build:command" | "build:sdk"): string => {
  const folder = join(cache, `${script.replace(":", "-")}-${stamp()}`)
  if (existsSync(folder)) return folder
  mkdirSync(cache, { recursive: true })
  const fresh = join(cache, `new-${randomUUID()}`)
  const env = {
    ...process.env,
    PATH: `${join(root, "node_modules/.bin")}:${process.env.PATH}`,
    OPENPACT_DIST: fresh
  }
  execSync(scripts[script]!.replace(/\bdist\b/g, fresh), { cwd: root, env, stdio: ["ignore", "ignore", "inherit"] })
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

let command: string | undefined
let sdk: string | undefined

/** The folder that ships as dist, with the command in it. */
export const dist = (): string => (command ??= build("build:command"))
/** The command as it ships. */
export const bin = (): string => join(dist(), "openpact.mjs")
/** The folder that ships as dist/sdk. */
export const sdkDist = (): string => join((sdk ??= build("build:sdk")), "sdk")
