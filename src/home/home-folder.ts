import { Effect, FileSystem, Option } from "effect"
import { HomeError } from "./errors.ts"
import { cannotRead, cannotWrite } from "./files.ts"
import { Locations } from "./locations.ts"

const ours = /^(?:daemon\.json|lock$|logs$|pacts$)/

/**
 * Makes the home, or takes the one that is there: 0700. A folder with other things in it is refused, since tightening
 * it would take it away from whoever uses it.
 */
export const prepareHome = Effect.gen(function* () {
  const fs = yield* FileSystem.FileSystem
  const { home } = yield* Locations
  yield* fs
    .makeDirectory(home, { recursive: true, mode: 0o700 })
    .pipe(Effect.mapError((error) => cannotWrite(home, error)))
  const names = yield* fs.readDirectory(home).pipe(Effect.mapError((error) => cannotRead(home, error)))
  if (names.length > 0 && !names.some((name) => ours.test(name))) {
    return yield* new HomeError({
      problem: "foreign",
      path: home,
      message: `${home} holds other files and is no home of OpenPact. Choose an empty or a new folder with --home.`
    })
  }
  const { mode, uid } = yield* fs.stat(home).pipe(Effect.mapError((error) => cannotRead(home, error)))
  const user = process.getuid?.()
  if (user !== undefined && Option.getOrElse(uid, () => user) !== user) {
    return yield* new HomeError({
      problem: "foreign",
      path: home,
      message: `${home} belongs to another user (id ${Option.getOrNull(uid)}). Run openpact as that user, or choose another folder with --home.`
    })
  }
  if (user !== undefined && (mode & 0o077) !== 0) {
    yield* fs.chmod(home, 0o700).pipe(Effect.mapError((error) => cannotWrite(home, error)))
  }
})
