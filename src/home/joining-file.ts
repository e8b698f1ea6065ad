import { Effect, FileSystem, Option, Schema } from "effect"
import { MemberKey, PactId } from "../domain/ids.ts"
import { DisplayName, PactName, text, Timestamp } from "../domain/payloads.ts"
import { HomeError } from "./errors.ts"
import { cannotWrite, syncFolder } from "./files.ts"
import { jsonFile } from "./json-file.ts"
import type { PactLocations } from "./locations.ts"

/**
 * A pact that this machine is on its way into: `joining.json` stands in its folder until `config.json` does. The token
 * is a secret: who has it may join, until it is spent.
 */
export const JoiningFile = Schema.Struct({
  version: Schema.Literal(1),
  pact_id: PactId,
  /** The key of the log that was made for this pact: an invite that was redeemed admits this one and no other. */
  member_key: MemberKey,
  /** Null: somebody admits the member key by hand. */
  token: Schema.NullOr(Schema.RedactedFromValue(text(8192))),
  display_name: Schema.NullOr(DisplayName),
  /** What the invite says. Nobody has signed it. */
  pact_name: Schema.NullOr(PactName),
  created_at: Timestamp
})
export type JoiningFile = typeof JoiningFile.Type

const joiningJson = jsonFile(1, JoiningFile)

/** None when the folder holds no pact that is being joined. */
export const readJoining = Effect.fnUntraced(function* ({ joining }: PactLocations) {
  return Option.map(yield* joiningJson.read(joining), ({ value }) => value)
})

export const writeJoining = ({ joining }: PactLocations, file: JoiningFile) => joiningJson.write(joining, file)

/** Takes the token off this machine. */
export const removeJoining = Effect.fnUntraced(function* ({ folder, joining }: PactLocations) {
  const fs = yield* FileSystem.FileSystem
  yield* fs.remove(joining, { force: true }).pipe(
    Effect.andThen(syncFolder(folder)),
    Effect.mapError((error) => cannotWrite(joining, error))
  )
})

/** True while the pact of a folder is being joined. A crash may have left the file of a join that came through: it goes. */
export const isJoining = Effect.fnUntraced(function* (places: PactLocations) {
  const fs = yield* FileSystem.FileSystem
  if (!(yield* Effect.orElseSucceed(fs.exists(places.config), () => true))) {
    return Option.isSome(yield* readJoining(places))
  }
  yield* Effect.ignore(removeJoining(places))
  return false
})

/** For a folder that should hold one. */
export const joiningMissing = ({ joining }: PactLocations): HomeError =>
  new HomeError({ problem: "invalid", path: joining, message: `${joining} is missing.` })
