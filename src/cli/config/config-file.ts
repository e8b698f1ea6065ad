import * as NodeFileSystem from "@effect/platform-node/NodeFileSystem"
import { Effect, FileSystem, TextDiff } from "effect"
import { existsSync, readFileSync, realpathSync } from "node:fs"
import { dirname } from "node:path"
import { replaceFile } from "../../home/files.ts"
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
export const changeFile = Effect.fnUntraced(function* (
  named: string,
  edit: (text: string) => string,
  { dryRun }: { readonly dryRun: boolean }
) {
  const fs = yield* FileSystem.FileSystem
  const file = targetOf(named)
  const before = yield* textOf(file)
  const after = yield* edited(file, before ?? "", edit)
  const changed = after !== (before ?? "")
  const diff = changed ? diffOf(file, before ?? "", after) : ""
  const unwritten: Changed = { file, changed, diff, backup: null }
  if (!changed || dryRun) return unwritten
  const backup = before === null ? null : freeName(`${file}.openpact-backup`)
  yield* Effect.gen(function* () {
    yield* fs.makeDirectory(dirname(file), { recursive: true })
    const mode = before === null ? 0o600 : (yield* fs.stat(file)).mode & 0o777
    if (backup !== null && before !== null) yield* replaceFile(backup, encode(before), mode)
    yield* replaceFile(file, encode(after), mode)
  }).pipe(Effect.mapError(({ message }) => failure(file, `${file} can't be written: ${message}`)))
  return { ...unwritten, backup }
}, Effect.provide(NodeFileSystem.layer))

const edited = (file: string, text: string, edit: (text: string) => string): Effect.Effect<string, CliFailure> =>
  Effect.suspend(() => {
    try {
      return Effect.succeed(edit(text))
    } catch (error) {
      if (!(error instanceof EditError)) throw error
      return Effect.fail(failure(file, `${file} is left as it is: ${error.message}`))
    }
  })

const encode = (text: string): Uint8Array => new TextEncoder().encode(text)

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

/** Null where there is no such file. */
const textOf = (file: string): Effect.Effect<string | null, CliFailure> =>
  Effect.suspend(() => {
    try {
      return Effect.succeed(new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(readFileSync(file)))
    } catch (error) {
      if (error instanceof Error && "code" in error && error.code === "ENOENT") return Effect.succeed(null)
      return Effect.fail(failure(file, `${file} can't be read: ${String(error)}`))
    }
  })

const diffOf = (file: string, before: string, after: string): string =>
  TextDiff.unified(TextDiff.lines(before, after), { fromFile: file })

const failure = (file: string, message: string) =>
  new CliFailure({ code: "CONFIG_UNUSABLE", message, next: `ls -l ${file}`, exit: exits.failed })
