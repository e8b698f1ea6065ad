import { Effect, FileSystem } from "effect"
import { cannotRead, cannotWrite, syncFolder } from "./files.ts"
import { Locations } from "./locations.ts"

/** Makes a new folder for a pact, named after its first alias. Answers the folder name: the `dataDir` for ever. */
export const makePactFolder = Effect.fnUntraced(function* (alias: string) {
  const fs = yield* FileSystem.FileSystem
  const locations = yield* Locations
  return yield* Effect.gen(function* () {
    yield* fs.makeDirectory(locations.pacts, { recursive: true, mode: 0o700 })
    for (let n = 1; ; n++) {
      const dataDir = numbered(alias, n)
      const isNew = yield* fs.makeDirectory(locations.pact(dataDir).folder, { mode: 0o700 }).pipe(
        Effect.as(true),
        Effect.catchReason("PlatformError", "AlreadyExists", () => Effect.succeed(false))
      )
      if (!isNew) continue
      yield* syncFolder(locations.pacts)
      return dataDir
    }
  }).pipe(Effect.mapError((error) => cannotWrite(locations.pacts, error)))
})

/**
 * Deletes a pact's folder with all that is in it. `config.json` and `joining.json` go first and for good: a folder
 * without either is no pact, so a crash in the middle brings nothing back.
 */
export const deletePactFolder = Effect.fnUntraced(function* (dataDir: string) {
  const fs = yield* FileSystem.FileSystem
  const locations = yield* Locations
  const { config, folder, joining } = locations.pact(dataDir)
  yield* Effect.gen(function* () {
    if (!(yield* fs.exists(folder))) return
    yield* fs.remove(config, { force: true })
    yield* fs.remove(joining, { force: true })
    yield* syncFolder(folder)
    yield* fs.remove(folder, { recursive: true, force: true })
    yield* syncFolder(locations.pacts)
  }).pipe(Effect.mapError((error) => cannotWrite(folder, error)))
})

/** The folder names below pacts/, in order. */
export const pactFolders = Effect.gen(function* () {
  const fs = yield* FileSystem.FileSystem
  const { pacts } = yield* Locations
  const entries = yield* fs.readDirectoryEntries(pacts).pipe(
    Effect.catchReason("PlatformError", "NotFound", () => Effect.succeed([])),
    Effect.mapError((error) => cannotRead(pacts, error))
  )
  return entries
    .filter((entry) => entry.type === "Directory")
    .map((entry) => entry.name)
    .sort()
})

/** `name`, `name-2`, `name-3`, ... within the length of an alias. */
export const numbered = (name: string, n: number): string => {
  const suffix = n === 1 ? "" : `-${n}`
  return name.slice(0, 64 - suffix.length).replace(/-+$/, "") + suffix
}
