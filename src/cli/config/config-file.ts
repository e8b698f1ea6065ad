import { Effect, TextDiff } from "effect"
import { randomUUID } from "node:crypto"
import {
  closeSync,
  existsSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readFileSync,
  realpathSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync
} from "node:fs"
import { dirname } from "node:path"
import { CliFailure, exits } from "../failure.ts"
import { EditError } from "./edit.ts"

/** What became of a file of another program, or would have become. */
export interface Changed {
  readonly file: string
  readonly changed: boolean
  /** As `diff -u` shows it, "" where nothing changed. */
  readonly diff: string
  /** The file as it was before, null where there was none or nothing was written. */
  readonly backup: string | null
}

/**
 * Changes a file of another program: keeps what it was beside it, and replaces it in one step. One that can't be read,
 * or not be edited without harm, is left alone. A link is followed, so that the file it leads to changes.
 */
export const changeFile = (named: string, edit: (text: string) => string, { dryRun }: { readonly dryRun: boolean }) =>
  Effect.try({ try: () => change(named, edit, dryRun), catch: (error) => error }).pipe(
    Effect.catchIf(
      (error) => !(error instanceof CliFailure),
      (error) => Effect.die(error)
    )
  )

const change = (named: string, edit: (text: string) => string, dryRun: boolean): Changed => {
  const file = targetOf(named)
  const before = textOf(file)
  let after: string
  try {
    after = edit(before ?? "")
  } catch (error) {
    if (!(error instanceof EditError)) throw error
    throw failure(file, `${file} is left as it is: ${error.message}`)
  }
  const changed = after !== (before ?? "")
  const diff = changed ? diffOf(file, before ?? "", after) : ""
  if (!changed || dryRun) return { file, changed, diff, backup: null }
  const backup = before === null ? null : freeName(`${file}.openpact-backup`)
  try {
    mkdirSync(dirname(file), { recursive: true })
    const mode = before === null ? 0o600 : statSync(file).mode & 0o777
    if (backup !== null && before !== null) replace(backup, before, mode)
    replace(file, after, mode)
  } catch (error) {
    throw failure(file, `${file} can't be written: ${String(error)}`)
  }
  return { file, changed, diff, backup }
}

/** An older copy is never written over: it may be the one that its owner wants. */
const freeName = (wanted: string): string => {
  let name = wanted
  for (let n = 2; existsSync(name); n++) name = `${wanted}-${n}`
  return name
}

const targetOf = (file: string): string => {
  try {
    return realpathSync(file)
  } catch {
    return file
  }
}

const textOf = (file: string): string | null => {
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(readFileSync(file))
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return null
    throw failure(file, `${file} can't be read: ${String(error)}`)
  }
}

const replace = (file: string, text: string, mode: number): void => {
  const fresh = `${file}.${randomUUID()}.tmp`
  try {
    writeFileSync(fresh, text, { mode, flag: "wx" })
    const written = openSync(fresh, "r")
    fsyncSync(written)
    closeSync(written)
    renameSync(fresh, file)
  } finally {
    rmSync(fresh, { force: true })
  }
}

const diffOf = (file: string, before: string, after: string): string =>
  TextDiff.unified(TextDiff.lines(before, after), { fromFile: file })

const failure = (file: string, message: string) =>
  new CliFailure({ code: "CONFIG_UNUSABLE", message, next: `ls -l ${file}`, exit: exits.failed })
