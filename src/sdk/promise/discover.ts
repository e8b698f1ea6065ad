import { absent, judge } from "../../home/judge.ts"
import type { ProcessMark } from "../../home/process.ts"
import { HomeError, NoDaemonError } from "./errors.ts"
import type { Door, Way } from "./transport.ts"

const { closeSync, fstatSync, openSync, readFileSync } = process.getBuiltinModule("node:fs")
const { homedir } = process.getBuiltinModule("node:os")
const { join, resolve } = process.getBuiltinModule("node:path")

/** Windows keeps no such bits. */
const posix = process.platform !== "win32"
/** How long a daemon that was found is not looked for again, ms. */
const fresh = 1000

/** The daemon of a home, looked for anew every second: it may be gone, and somebody else at its port. */
export const wayHome = (home: string): Way => {
  let found: { readonly door: Door; readonly at: number } | null = null
  return {
    find: () => {
      if (found === null || performance.now() - found.at > fresh) found = { door: doorOf(home), at: performance.now() }
      return found.door
    },
    lost: (door) => {
      if (found?.door === door) found = null
    }
  }
}

/** Finds the daemon of a home by its daemon.json. Fails with `NoDaemonError` or `HomeError`. */
const doorOf = (home: string): Door => {
  const root = resolve(home.replace(/^~(?=$|[/\\])/, () => homedir()))
  const path = join(root, "daemon.json")
  const file = readSafely(path)
  if (file === null) throw new NoDaemonError(absent.reason, root, absent.message)
  const state = stateIn(file.text)
  // What others may have written is not even read.
  const { exposed, stranger } = file
  const judged = judge({ path, exposed, stranger, holder: holderIn(state), port: wholeIn(state, "port") })
  if (judged.type === "unsafe") throw new HomeError(path, judged.message)
  const token = state?.["apiToken"]
  if (state?.["version"] !== 1 || typeof token !== "string" || !/^[0-9a-f]{64}$/.test(token)) {
    throw new HomeError(
      path,
      Number(state?.["version"]) > 1
        ? `${path} was written by a newer OpenPact. Use the newer openpact/sdk.`
        : `${path} can't be used: it is damaged. Repair it: openpact restart (it keeps the damaged file aside)`
    )
  }
  if (judged.type === "missing") throw new NoDaemonError(judged.reason, root, judged.message)
  return { url: `http://127.0.0.1:${judged.port}`, token }
}

/** The file and what its permissions say, of one and the same open file. Null where there is none. */
const readSafely = (path: string) => {
  let file: number | undefined
  try {
    file = openSync(path, "r")
    const { mode, uid } = fstatSync(file)
    return {
      text: readFileSync(file, "utf8"),
      exposed: posix && (mode & 0o077) !== 0,
      stranger: posix && uid !== process.getuid?.() ? uid : null
    }
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    if (code === "ENOENT" || code === "ENOTDIR") return null
    throw new HomeError(path, `${path} can't be read (${code}). Make it readable for the user who runs this.`)
  } finally {
    if (file !== undefined) closeSync(file)
  }
}

type State = Readonly<Record<string, unknown>> | null

const stateIn = (text: string): State => {
  try {
    const value: unknown = JSON.parse(text)
    return typeof value === "object" ? (value as State) : null
  } catch {
    return null
  }
}

const wholeIn = (state: State, key: string): number | undefined => {
  const value = state?.[key]
  return Number.isInteger(value) && Number(value) > 0 ? Number(value) : undefined
}

const holderIn = (state: State): ProcessMark | null => {
  const pid = wholeIn(state, "pid")
  const textIn = (key: string) => (typeof state?.[key] === "string" ? state[key] : null)
  return pid === undefined ? null : { pid, start: textIn("processStart"), boot: textIn("bootId") }
}
