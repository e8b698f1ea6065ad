import { Clock, Effect, type FileSystem, Redacted, Schedule, type Scope } from "effect"
import type { Internal, PactNotReady, StorageFull, ViewTimeout } from "../domain/errors.ts"
import { applyFrame } from "../engine/apply.ts"
import { violations } from "../engine/invariants.ts"
import type { HomeError } from "../home/errors.ts"
import type { PactLocations } from "../home/locations.ts"
import { createPactConfig, type PactConfig, readPactConfig } from "../home/pact-config.ts"
import { LedgerError } from "../hyper/errors.ts"
import { openLedger } from "../hyper/Ledger.ts"
import type { Attempt } from "./attempt.ts"
import { noteNow } from "./earlier.ts"
import type { Pact, PactOptions, WriteError } from "./Pact.ts"
import { runPact } from "./run-pact.ts"

type OpenError = LedgerError | HomeError | StorageFull | PactNotReady
type OpenContext = Scope.Scope | FileSystem.FileSystem

/** Opens a pact of this home and brings its read model up to date. `listedAs`: the pact id that daemon.json names. */
export const openPact = Effect.fn("openPact")(function* (
  places: PactLocations,
  options: PactOptions,
  listedAs?: string
): Effect.fn.Return<Pact, OpenError, OpenContext> {
  const config = yield* readPactConfig(places)
  // Two folders that were swapped would be opened, and removed, under each other's name.
  if (listedAs !== undefined && listedAs !== config.pact_id) {
    return yield* new LedgerError({
      reason: "other-pact",
      message: `${places.folder} belongs to the pact ${config.pact_id}, not to ${listedAs} as daemon.json has it. Put the right folder there.`
    })
  }
  const ledger = yield* openLedger({
    dir: places.data,
    pactId: config.pact_id,
    encryptionKey: Redacted.value(config.encryption_key),
    durability: options.durability,
    apply: applyOf(options)
  })
  const pact = yield* runPact(places, config, ledger, options)
  // It was killed while it was made. Where the entry can't be written now, the next start tries again.
  if (config.role === "creator" && pact.read.length === 0) yield* Effect.ignore(introduce(pact, config))
  yield* Effect.forkScoped(Effect.ignore(sayName(pact)))
  return pact
})

/**
 * Tells the others the name that this machine has, once it is one of them, where they don't know it yet. What can't be
 * written before a peer comes is tried again.
 */
const sayName = Effect.fnUntraced(function* ({ config, memberKey, read, rename, until }: Pact) {
  yield* until(() => (read.member(memberKey)?.active === true ? true : null))
  const say = Effect.flatMap(config, ({ display_name }) =>
    Effect.when(rename(display_name), Effect.succeed(display_name !== null))
  )
  yield* Effect.retry(say, { while: ({ _tag }) => _tag === "PACT_NOT_READY", schedule: Schedule.spaced("30 seconds") })
})

/** Makes a new pact in an empty folder: its creator is this machine, its first entry says what it is called. */
export const createPact = Effect.fn("createPact")(function* (
  places: PactLocations,
  info: Pick<PactConfig, "name" | "purpose" | "display_name">,
  options: PactOptions,
  attempt: Attempt | null = null
): Effect.fn.Return<Pact, OpenError | Internal, OpenContext> {
  const { durability } = options
  const ledger = yield* openLedger({ dir: places.data, durability, apply: applyOf(options) })
  // Without its config it is no pact yet.
  if (attempt !== null) yield* noteNow(attempt, { pactId: ledger.pactId, entry: null })
  const config: PactConfig = {
    version: 1,
    pact_id: ledger.pactId,
    encryption_key: Redacted.make(ledger.encryptionKey),
    key_epoch: 0,
    role: "creator",
    ...info,
    created_at: yield* Clock.currentTimeMillis
  }
  yield* createPactConfig(places, config)
  const pact = yield* runPact(places, config, ledger, options)
  yield* introduce(pact, config)
  return pact
})

/** Writes a creator's first entry. That one can't be refused. */
const introduce = ({ write }: Pact, { name, purpose }: PactConfig) =>
  write({ type: "admin", payload: { action: "setInfo", name, purpose } }).pipe(
    Effect.catchIf(isRefusal, (refusal) => Effect.die(refusal)),
    // It is in the log.
    Effect.catchTag("VIEW_TIMEOUT", () => Effect.void)
  )

const isRefusal = (error: WriteError): error is Exclude<WriteError, StorageFull | PactNotReady | ViewTimeout> =>
  error._tag !== "STORAGE_FULL" && error._tag !== "PACT_NOT_READY" && error._tag !== "VIEW_TIMEOUT"

const applyOf = ({ paranoid }: PactOptions) => (paranoid ? paranoidApply : applyFrame)

/** A broken invariant is a defect: the pact stops, and says which. */
const paranoidApply: typeof applyFrame = (pactId, ports, frame) =>
  applyFrame(pactId, ports, frame, (before, after, id) => {
    const [broken] = violations(before, after, id)
    if (broken !== undefined) throw new Error(`invariant: ${broken}, frame ${frame.length} of ${frame.writer}`)
  })
