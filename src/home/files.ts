import { Effect, FileSystem, Option, type PlatformError } from "effect"
import { basename, dirname, join } from "node:path"
import { StorageFull } from "../domain/errors.ts"
import { HomeError } from "./errors.ts"
import { randomHex } from "./secret.ts"

/** No file of a home comes near this many bytes. */
const maxBytes = 4 * 1024 * 1024
/** Windows keeps no such bits and can't sync a folder. */
const posix = process.platform !== "win32"

export interface FileContent {
  readonly bytes: Uint8Array
  /** True where other users may read or write it. */
  readonly exposed: boolean
  /** The owner's user id, where it is somebody else. */
  readonly stranger: number | null
}

/** The whole file and what its permissions say, of one and the same open file. None when there is no such file. */
export const readWhole = Effect.fnUntraced(
  function* (path: string) {
    const fs = yield* FileSystem.FileSystem
    const file = yield* fs.open(path, { flag: "r" })
    const { mode, size, uid } = yield* file.stat
    if (Number(size) > maxBytes) {
      return yield* new HomeError({
        problem: "invalid",
        path,
        message: `${path} is larger than 4 MiB, so it can't be right.`
      })
    }
    const chunks: Array<Uint8Array> = []
    for (let left = maxBytes; left > 0;) {
      const chunk = yield* file.readAlloc(Math.min(left, 64 * 1024))
      if (Option.isNone(chunk)) break
      chunks.push(chunk.value)
      left -= chunk.value.byteLength
    }
    const owner = Option.getOrNull(uid)
    const content: FileContent = {
      bytes: Buffer.concat(chunks),
      exposed: posix && (mode & 0o077) !== 0,
      stranger: posix && owner !== null && owner !== process.getuid?.() ? owner : null
    }
    return Option.some(content)
  },
  Effect.scoped,
  (effect, path) =>
    effect.pipe(
      Effect.catchReason("PlatformError", "NotFound", () => Effect.succeedNone),
      Effect.catchTag("PlatformError", (error) => Effect.fail(cannotRead(path, error)))
    )
)

/**
 * Replaces a file as one step: whoever reads it, also after a crash or a power cut, finds the old one or the new one
 * whole. `mode` is 0600 unless given. A kill may leave `<path>.<random>.tmp` behind, see {@link removeTemps}.
 */
export const replaceFile = Effect.fnUntraced(
  function* (path: string, bytes: Uint8Array, mode = 0o600) {
    const fs = yield* FileSystem.FileSystem
    const temp = `${path}.${randomHex(6)}.tmp`
    yield* Effect.scoped(
      Effect.gen(function* () {
        const file = yield* fs.open(temp, { flag: "wx", mode })
        yield* file.writeAll(bytes)
        yield* file.sync
      })
    ).pipe(
      Effect.andThen(fs.rename(temp, path)),
      Effect.onError(() => Effect.ignore(fs.remove(temp, { force: true })))
    )
    yield* syncFolder(dirname(path))
  },
  Effect.uninterruptible,
  (effect, path) => Effect.mapError(effect, (error) => cannotWrite(path, error))
)

/** Makes what was created, renamed or removed in a folder last. */
export const syncFolder = (folder: string): Effect.Effect<void, PlatformError.PlatformError, FileSystem.FileSystem> =>
  posix
    ? Effect.scoped(
        Effect.gen(function* () {
          const fs = yield* FileSystem.FileSystem
          const file = yield* fs.open(folder, { flag: "r" })
          yield* file.sync
        })
      )
    : Effect.void

/** Moves a file that can't be used out of the way, keeping every byte. Answers its new path. */
export const setAside = Effect.fnUntraced(
  function* (path: string) {
    const fs = yield* FileSystem.FileSystem
    const stamp = new Date().toISOString().replace(/[-:]|\.\d+/g, "")
    let aside = `${path}.corrupt-${stamp}`
    for (let n = 2; yield* fs.exists(aside); n++) aside = `${path}.corrupt-${stamp}-${n}`
    yield* fs.rename(path, aside)
    yield* syncFolder(dirname(path))
    return aside
  },
  Effect.uninterruptible,
  (effect, path) => Effect.mapError(effect, (error) => cannotWrite(path, error))
)

/** Removes what a kill between writing and renaming left in a folder. Only the holder of the home may. */
export const removeTemps = Effect.fnUntraced(
  function* (folder: string) {
    const fs = yield* FileSystem.FileSystem
    for (const name of yield* fs.readDirectory(folder)) {
      if (/\.[0-9a-f]{12}\.tmp$/.test(name)) yield* fs.remove(join(folder, name), { force: true })
    }
  },
  (effect) => Effect.ignore(effect)
)

export const cannotRead = (path: string, error: PlatformError.PlatformError): HomeError =>
  new HomeError({ problem: "unreadable", path, message: `${path} can't be read: ${toldOf(error)}` })

/** A full disk is `StorageFull`, whatever else is `unwritable`. */
export const cannotWrite = (path: string, error: PlatformError.PlatformError): HomeError | StorageFull => {
  const code = codeOf(error)
  return code === "ENOSPC" || code === "EDQUOT"
    ? new StorageFull({
        message: `No space is left to write ${basename(path)}. Free some space in ${dirname(path)} and try again.`
      })
    : new HomeError({ problem: "unwritable", path, message: `${path} can't be written: ${toldOf(error)}` })
}

const causeOf = (error: PlatformError.PlatformError): unknown =>
  "cause" in error.reason ? error.reason.cause : undefined
const reasonOf = (error: PlatformError.PlatformError): string => {
  const cause = causeOf(error)
  return cause instanceof Error ? cause.message : error.message
}

/** What the system says, and what to do where its own words don't tell. */
const toldOf = (error: PlatformError.PlatformError): string => {
  const advice = advices[String(codeOf(error))]
  return reasonOf(error) + (advice === undefined ? "" : `. ${advice}`)
}
const yours = "Run openpact as the user that may do so, or choose another folder with --home."
const advices: Readonly<Record<string, string>> = {
  EACCES: yours,
  EPERM: yours,
  EROFS: "Choose a folder on another disk with --home.",
  ENOTDIR: "What should be a folder there is a file: choose another one with --home."
}

const codeOf = (error: PlatformError.PlatformError): unknown => {
  const cause = causeOf(error)
  return cause instanceof Error && "code" in cause ? cause.code : undefined
}
