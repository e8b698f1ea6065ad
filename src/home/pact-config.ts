import { Effect, FileSystem, Option, Schema } from "effect"
import { Role } from "../domain/entry.ts"
import { PactId } from "../domain/ids.ts"
import { DisplayName, PactName, PactPurpose, Timestamp } from "../domain/payloads.ts"
import { HomeError } from "./errors.ts"
import { jsonFile } from "./json-file.ts"
import type { PactLocations } from "./locations.ts"
import { Secret } from "./secret.ts"

/** What this machine knows of one pact: `config.json`. It holds the key that opens the pact. */
export const PactConfig = Schema.Struct({
  version: Schema.Literal(1),
  pact_id: PactId,
  encryption_key: Secret,
  /** Counts rotations of the key: none yet. */
  key_epoch: Schema.Literal(0),
  role: Role,
  name: Schema.NullOr(PactName),
  purpose: Schema.NullOr(PactPurpose),
  /** This machine's name in this pact. */
  display_name: Schema.NullOr(DisplayName),
  created_at: Timestamp
})
export type PactConfig = typeof PactConfig.Type

const configJson = jsonFile(1, PactConfig)

const readContent = Effect.fnUntraced(function* (pact: PactLocations) {
  const content = yield* configJson.read(pact.config)
  if (Option.isSome(content)) return content.value
  return yield* new HomeError({ problem: "invalid", path: pact.config, message: `${pact.config} is missing.` })
})

/** A missing, damaged or newer file fails and stays as it is. Permissions that let others read it are tightened. */
export const readPactConfig = Effect.fnUntraced(function* (pact: PactLocations) {
  const { exposed, value } = yield* readContent(pact)
  if (exposed) {
    const fs = yield* FileSystem.FileSystem
    yield* Effect.ignore(fs.chmod(pact.config, 0o600))
    yield* Effect.logWarning(
      `${pact.config} was readable by other users and holds the key of the pact. It is 0600 now.`
    )
  }
  return value
})

export const createPactConfig = (pact: PactLocations, config: PactConfig) => configJson.write(pact.config, config)

/** One caller at a time: the pact that is open. */
export const updatePactConfig = Effect.fnUntraced(function* (
  pact: PactLocations,
  change: (config: PactConfig) => PactConfig
) {
  const { rest, value } = yield* readContent(pact)
  const next = change(value)
  yield* configJson.write(pact.config, next, rest)
  return next
})
