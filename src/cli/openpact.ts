#!/usr/bin/env node
import { oldestNode, version } from "./manifest.ts"

/**
 * The command's entry. Nothing but this file is loaded before the version of Node is known to do, so it keeps to what
 * old ones can parse, and every import in it but the bundled one above is dynamic.
 */
const has = process.versions.node.split(".").map(Number)
const needs = oldestNode.split(".").map(Number)
const tooOld = has[0]! < needs[0]! || (has[0] === needs[0] && has[1]! < needs[1]!)

/** Effect's cache of compiled code belongs to this user alone: the one below the system's temp folder may not. */
const cacheFolder = (home: string): string => {
  if (process.platform === "darwin") return home + "/Library/Caches/openpact"
  if (process.platform === "win32") return (process.env.LOCALAPPDATA || home) + "\\openpact\\cache"
  return (process.env.XDG_CACHE_HOME || home + "/.cache") + "/openpact"
}

/** `node:sqlite` says on Node 22 that it is experimental. Nobody can do anything about it. Other warnings pass. */
const quietSqlite = () => {
  const emit = process.emitWarning.bind(process)
  const filter = (warning: string | Error, type?: string, ...rest: ReadonlyArray<string>) => {
    if (type === "ExperimentalWarning" && /SQLite/.test(String(warning))) return
    Reflect.apply(emit, process, [warning, type, ...rest])
  }
  Object.assign(process, { emitWarning: filter })
}

/** Effect makes a segmenter when it loads, which costs 10 ms, and measures help pages with it and nothing else. */
const lateSegmenter = () => {
  const Real = Intl.Segmenter
  class LateSegmenter {
    readonly #args: ConstructorParameters<typeof Intl.Segmenter>
    #real: Intl.Segmenter | undefined

    constructor(...args: ConstructorParameters<typeof Intl.Segmenter>) {
      this.#args = args
    }

    segment(text: string) {
      return (this.#real ??= new Real(...this.#args)).segment(text)
    }

    resolvedOptions() {
      return (this.#real ??= new Real(...this.#args)).resolvedOptions()
    }
  }
  Object.assign(Intl, { Segmenter: LateSegmenter })
}

const cacheCode = async () => {
  const [{ enableCompileCache }, { homedir }] = await Promise.all([import("node:module"), import("node:os")])
  enableCompileCache(process.env.NODE_COMPILE_CACHE || cacheFolder(homedir()))
}

/** A hook runs at every turn of an agent, so it goes without what the other verbs stand on. */
const runHook = async () => {
  await cacheCode()
  const { hook } = await import("./hook.ts")
  await hook(process.argv.slice(3))
}

const run = async () => {
  await cacheCode()
  quietSqlite()
  lateSegmenter()
  const { main } = await import("./main.ts")
  main(version)
}

// An empty one, as some supervisors give, means the user's own and not the root of the disk.
if (process.env.HOME === "") delete process.env.HOME

if (tooOld) {
  process.stderr.write(
    `NODE_TOO_OLD: openpact needs Node.js ${oldestNode} or newer, and this is ${process.versions.node}.\n` +
      "Try: npx openpact in a clone, which brings its own, or a newer Node.js from https://nodejs.org\n"
  )
  process.exitCode = 1
} else if (process.argv.length === 3 && (process.argv[2] === "--version" || process.argv[2] === "-v")) {
  process.stdout.write(`openpact ${version}\n`)
} else if (process.argv[2] === "hook" && process.argv.length > 3 && !process.argv.includes("--help")) {
  void runHook()
} else {
  void run()
}
