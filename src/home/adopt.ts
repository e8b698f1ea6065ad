import { Effect, FileSystem, Option, Result, Schema } from "effect"
import { Alias } from "../domain/ids.ts"
import type { DaemonState, PactListing } from "./daemon-state.ts"
import { readJoining } from "./joining-file.ts"
import { Locations, type PactLocations } from "./locations.ts"
import { readPactConfig } from "./pact-config.ts"
import { numbered, pactFolders } from "./pact-folder.ts"

/**
 * Lists every pact that has a folder here and no line in daemon.json, so that no pact is lost with that file. A pact
 * that has two folders is never taken twice, since two writers with one key destroy each other.
 */
export const adoptFolders = Effect.fnUntraced(function* (state: DaemonState) {
  const fs = yield* FileSystem.FileSystem
  const { pact } = yield* Locations
  const notices: Array<string> = []
  const found: Array<{ readonly dataDir: string; readonly config: Held }> = []
  for (const dataDir of yield* pactFolders) {
    if (state.pacts.some((listed) => listed.dataDir === dataDir)) continue
    const { config: configFile, folder } = pact(dataDir)
    const config = yield* Effect.result(heldIn(pact(dataDir)))
    if (Result.isFailure(config) && !(yield* Effect.orElseSucceed(fs.exists(configFile), () => true))) {
      const notice = `${folder} is not used: it has no config.json, so its making or its removal was cut short. Nothing in it can be used. Delete it: rm -r '${folder}'`
      if (yield* isNews(pact(dataDir), notice)) notices.push(notice)
    } else if (Result.isFailure(config)) notices.push(`${folder} is not used: ${config.failure.message}`)
    else if (!Schema.is(Alias)(dataDir))
      notices.push(`${folder} is not used: rename it to lower-case letters, digits and dashes.`)
    else found.push({ dataDir, config: config.success })
  }
  found.sort((a, b) => a.config.created_at - b.config.created_at)

  const pacts: Array<PactListing> = [...state.pacts]
  for (const {
    config: { created_at: addedAt, pact_id: pactId },
    dataDir
  } of found) {
    const { folder } = pact(dataDir)
    const twin =
      state.pacts.find((listed) => listed.pactId === pactId) ??
      found.find((other) => other.dataDir !== dataDir && other.config.pact_id === pactId)
    if (twin !== undefined) {
      notices.push(
        `${folder} is not used: ${pact(twin.dataDir).folder} holds the same pact. Move one of them out of pacts/.`
      )
      continue
    }
    const alias = freeAlias(dataDir, pacts)
    pacts.push({ alias, pactId, dataDir, addedAt })
    notices.push(`${folder} was not listed in daemon.json. It is the pact ${alias} now.`)
  }
  const current = pacts.some(({ alias }) => alias === state.currentAlias)
    ? state.currentAlias
    : (pacts[0]?.alias ?? null)
  if (current !== state.currentAlias) notices.push(`The current pact is ${current ?? "none"} now.`)
  return { state: { ...state, pacts, currentAlias: current }, notices }
})

interface Held {
  readonly pact_id: string
  readonly created_at: number
}

/** The pact of a folder, also one that is still being joined. */
const heldIn = Effect.fnUntraced(function* (pact: PactLocations) {
  const config = yield* Effect.result(readPactConfig(pact))
  if (Result.isSuccess(config)) return config.success as Held
  const joining = yield* Effect.orElseSucceed(readJoining(pact), () => Option.none())
  return Option.isSome(joining) ? (joining.value as Held) : yield* config.failure
})

/** True once for a folder: a file in it keeps the notice. Where that can't be written, it is told again. */
const isNews = Effect.fnUntraced(function* ({ unused }: PactLocations, notice: string) {
  const fs = yield* FileSystem.FileSystem
  return yield* fs.writeFileString(unused, `${notice}\n`, { flag: "wx", mode: 0o600 }).pipe(
    Effect.as(true),
    Effect.catch((error) => Effect.succeed(error.reason._tag !== "AlreadyExists"))
  )
})

/** `wanted`, or the first of `wanted-2`, `wanted-3`, ... that no pact of the home has. */
export const freeAlias = (wanted: string, pacts: ReadonlyArray<PactListing>): string => {
  for (let n = 1; ; n++) {
    const alias = numbered(wanted, n)
    if (!pacts.some((pact) => pact.alias === alias)) return alias
  }
}
