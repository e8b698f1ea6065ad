import { Cause, Clock, Duration, Effect, Exit, type FileSystem, Redacted, type Scope, Semaphore, Stream } from "effect"
import {
  type BadEntry,
  type IdempotencyConflict,
  type Internal,
  NotAMember,
  type PactNotReady,
  type PayloadTooLarge,
  type StorageFull,
  ViewTimeout
} from "../domain/errors.ts"
import { agentIdOf } from "../domain/ids.ts"
import { applyFrame } from "../engine/apply.ts"
import type { Decided } from "../engine/block.ts"
import { violations } from "../engine/invariants.ts"
import type { HomeError } from "../home/errors.ts"
import type { PactLocations } from "../home/locations.ts"
import { createPactConfig, type PactConfig, readPactConfig, updatePactConfig } from "../home/pact-config.ts"
import { LedgerError } from "../hyper/errors.ts"
import { type Durability, type Ledger, openLedger } from "../hyper/Ledger.ts"
import { jsonOf } from "../projection/entry.ts"
import type { Batch } from "../projection/follow.ts"
import type { Projection } from "../projection/Projection.ts"
import type { Attempt } from "./attempt.ts"
import { makeCommitter, type Marked } from "./committer.ts"
import { type Draft, encodeDraft, renameNotice } from "./drafts.ts"
import { findWritten, noteFrame, noteNow } from "./earlier.ts"
import { makeFollower, type Rebuilt } from "./follower.ts"
import { type InviteSecrets, makeInviteSecrets } from "./invite-secrets.ts"
import { openReadModel, unlessDamaged } from "./read-model.ts"
import { reasonOf } from "./reason.ts"
import { makeRedeeming, type Redeeming } from "./redeem.ts"
import { overturnedError, refusalError, type RefusalError } from "./refusals.ts"
import { makeSkillFiles, type SkillFiles } from "./skill-files.ts"

/** An entry that was accepted and is durable. */
export interface Written {
  readonly id: string
  readonly position: number
  /** The canonical entry, without its id. */
  readonly json: string
  /** True once a majority of indexers signed an order that holds it. */
  readonly confirmed: boolean
}

export interface WriteOptions {
  readonly wait?: "applied" | "confirmed" | undefined
  /** ms, for `confirmed`. 30,000 unless given. */
  readonly timeout_ms?: number | undefined
  /** Of a request that may be sent again: what an earlier try wrote is looked for first. One write for each request. */
  readonly attempt?: Attempt | null | undefined
}

export type WriteError =
  | RefusalError
  | BadEntry
  | PayloadTooLarge
  | NotAMember
  | PactNotReady
  | StorageFull
  | ViewTimeout
  | IdempotencyConflict
  | Internal

/** One open pact. It lives in a Scope and ends with it: what was taken in is committed, then all is closed. */
export interface Pact {
  readonly pactId: string
  readonly memberKey: string
  readonly agentId: string
  /** The read model. Its queries are synchronous and throw the errors of src/domain that they name. */
  readonly read: Projection
  readonly config: Effect.Effect<PactConfig>
  readonly durability: Durability
  /** The log below, for the network. Who writes goes through {@link Pact.write}. */
  readonly ledger: Ledger
  readonly indexer: Effect.Effect<boolean>
  /** Writes one entry and answers when it is accepted and durable, or confirmed when that is asked for. */
  readonly write: (draft: Draft, options?: WriteOptions) => Effect.Effect<Written, WriteError>
  /** Admits others by invites. */
  readonly redeeming: Redeeming
  /**
   * Changes this machine's name in this pact. Entries that are written from now on carry it. Where others see another
   * one it writes a notice and answers with that. It answers null where there is nothing to tell, or nobody: a machine
   * that is no member changes its name for itself.
   */
  readonly rename: (
    displayName: string | null,
    options?: Omit<WriteOptions, "attempt">
  ) => Effect.Effect<Written | null, HomeError | WriteError>
  /** The skills that are installed on this machine. */
  readonly skills: SkillFiles
  /** The secrets of the invites that were minted on this machine. */
  readonly invites: InviteSecrets
  /** What each transaction changed, from the call on, and when the read model was made anew. */
  readonly batches: Stream.Stream<Batch | Rebuilt>
  /**
   * True while this machine has read its own admission and taken in all that the peers of this moment have told it of.
   * With nobody there it says nothing of what others may have written.
   */
  readonly synced: Effect.Effect<boolean>
  /** Probes now and whenever something changed, until the probe answers something else than null. */
  readonly until: <A>(probe: () => A | null) => Effect.Effect<A, PactNotReady>
  /** Ends when the pact can't go on, with the reason for people. */
  readonly failed: Effect.Effect<string>
}

export interface PactOptions {
  readonly durability: Durability
  /** Checks the invariants of every fact that changes. */
  readonly paranoid: boolean
}

const confirmTime = 30_000

const isRefusal = (error: WriteError): error is Exclude<WriteError, StorageFull | PactNotReady | ViewTimeout> =>
  error._tag !== "STORAGE_FULL" && error._tag !== "PACT_NOT_READY" && error._tag !== "VIEW_TIMEOUT"

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

/** Tells the others the name that this machine has, once it is one of them, where they don't know it yet. */
const sayName = Effect.fnUntraced(function* ({ config, memberKey, read, rename, until }: Pact) {
  yield* until(() => (read.member(memberKey)?.active === true ? true : null))
  const { display_name } = yield* config
  if (display_name !== null) yield* rename(display_name)
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

/** Opens a pact of others in an empty folder, with its key. This machine is a member once it is admitted there. */
export const joinPact = Effect.fn("joinPact")(function* (
  places: PactLocations,
  {
    display_name,
    encryptionKey,
    pactId
  }: {
    readonly pactId: string
    readonly encryptionKey: string
    readonly display_name: string | null
  },
  options: PactOptions
): Effect.fn.Return<Pact, OpenError, OpenContext> {
  const { durability } = options
  const ledger = yield* openLedger({
    dir: places.data,
    pactId,
    encryptionKey,
    join: true,
    durability,
    apply: applyOf(options)
  })
  const config: PactConfig = {
    version: 1,
    pact_id: pactId,
    encryption_key: Redacted.make(encryptionKey),
    key_epoch: 0,
    role: "member",
    name: null,
    purpose: null,
    display_name,
    created_at: yield* Clock.currentTimeMillis
  }
  yield* createPactConfig(places, config)
  return yield* runPact(places, config, ledger, options)
})

const runPact = Effect.fnUntraced(function* (
  places: PactLocations,
  opened: PactConfig,
  ledger: Ledger,
  { durability }: PactOptions
): Effect.fn.Return<Pact, StorageFull | PactNotReady, OpenContext> {
  const context = yield* Effect.context<FileSystem.FileSystem>()
  let config = opened
  const { memberKey, pactId } = ledger
  const agentId = agentIdOf(memberKey)
  const { onRebuilt, read } = yield* openReadModel(places.index, pactId)
  const follower = yield* makeFollower(ledger, read, onRebuilt)

  const until: Pact["until"] = (probe) => follower.moved.until(() => unlessDamaged(probe))

  const isRemoved = () => read.member(memberKey)?.active === false
  /** Only the read model knows who was a member once. */
  const unwritable = (error: NotAMember): Effect.Effect<never, NotAMember> =>
    Effect.fail(unlessDamaged(isRemoved) === true ? (refusalError("NOT_A_MEMBER") as NotAMember) : error)

  const committer = yield* makeCommitter(
    Effect.fnUntraced(function* (frame: Uint8Array, marked: ReadonlyArray<Marked<Attempt>>) {
      const note = marked.length === 0 ? undefined : noteFrame(pactId, frame, marked)
      const length = yield* Effect.catchTag(follower.appending(ledger.append(frame, note)), "NOT_A_MEMBER", unwritable)
      const decided = yield* follower.settle(length)
      // The frame is in the log and the order passes over it: this machine was removed meanwhile.
      return decided ?? (yield* refusalError("NOT_A_MEMBER") as NotAMember)
    })
  )

  /** This machine was removed, and the order passes over what it wrote after that. */
  const isPassedOver = (id: string) => read.entry(id) === null && isRemoved()

  /**
   * A merge may move an entry, refuse it, and even accept what was refused before: what counts is what was signed. So a
   * refusal, too, is an answer only then.
   */
  const whenConfirmed = ({ accepted, id }: Decided, timeout: number) =>
    until(() => {
      const found = read.entry(id)
      return found?.confirmed === true || isPassedOver(id) ? { found } : null
    }).pipe(
      Effect.flatMap(({ found }) => {
        if (found?.accepted === true)
          return Effect.succeed<Written>({
            id,
            position: found.position,
            json: jsonOf(id, found.body),
            confirmed: true
          })
        const code = found?.code ?? "NOT_A_MEMBER"
        return Effect.fail(accepted ? overturnedError(id, code) : refusalError(code))
      }),
      Effect.timeoutOrElse({
        duration: Duration.millis(timeout),
        orElse: () =>
          new ViewTimeout({
            message: `Entry ${id} is written, but no majority of indexers confirmed it within ${timeout} ms. It stays in this machine's log, and is settled when they are back.`
          })
      })
    )

  /** Entries that stand together: one frame takes them all. */
  const submit = Effect.fnUntraced(function* (drafts: ReadonlyArray<Draft>, attempt?: WriteOptions["attempt"]) {
    const time = yield* Clock.currentTimeMillis
    const from = { agentId, displayName: config.display_name, time }
    const entries = yield* Effect.forEach(drafts, (draft) => encodeDraft(draft, from))
    return yield* committer.submit(entries, attempt ?? undefined)
  })

  const writeNew = Effect.fnUntraced(function* (draft: Draft, { attempt }: WriteOptions) {
    const [decided] = yield* submit([draft], attempt)
    return decided ?? (yield* Effect.die(new Error("a write was answered without a verdict")))
  })

  const decide = Effect.fnUntraced(function* (draft: Draft, options: WriteOptions) {
    const earlier = options.attempt?.earlier ?? null
    return (earlier && (yield* findWritten({ ledger, follower, read }, earlier))) ?? (yield* writeNew(draft, options))
  })

  const answer = Effect.fnUntraced(function* (decided: Decided, options: WriteOptions) {
    if (options.wait === "confirmed") return yield* whenConfirmed(decided, options.timeout_ms ?? confirmTime)
    if (!decided.accepted) return yield* refusalError(decided.code)
    const { id, json, position } = decided
    return { id, position, json, confirmed: position < read.confirmed }
  })

  const write = (draft: Draft, options: WriteOptions = {}) =>
    Effect.flatMap(decide(draft, options), (decided) => answer(decided, options))

  const naming = yield* Semaphore.make(1)
  /** One name after the other, so that the last one is what others see too. */
  const setName = Effect.fnUntraced(
    function* (displayName: string | null) {
      const same = config.display_name === displayName
      if (!same) {
        config = yield* Effect.uninterruptible(
          updatePactConfig(places, (before) => ({ ...before, display_name: displayName }))
        )
      }
      const self = unlessDamaged(() => read.memberWithWork(memberKey))
      if (self?.active !== true || (same && self.display_name === displayName)) return null
      // Who asks may leave before it is sent off. Then the next start tells it.
      return yield* decide(renameNotice(displayName), {})
    },
    naming.withPermit,
    Effect.provideContext(context)
  )
  const pact: Pact = {
    pactId,
    memberKey,
    agentId,
    read,
    config: Effect.sync(() => config),
    durability,
    ledger,
    indexer: ledger.indexer,
    write,
    redeeming: makeRedeeming({ pactId, memberKey, read, until, submit }),
    rename: (displayName, options = {}) =>
      setName(displayName).pipe(
        Effect.flatMap((notice) => (notice === null ? Effect.succeed(null) : answer(notice, options))),
        // It was removed meanwhile.
        Effect.catchTag("NOT_A_MEMBER", () => Effect.succeed(null))
      ),
    skills: yield* makeSkillFiles(places),
    invites: yield* makeInviteSecrets(places),
    batches: Stream.fromPubSub(follower.batches),
    synced: ledger.missing.pipe(
      Effect.map((missing) => missing === 0 && (memberKey === pactId || read.member(memberKey) !== null)),
      Effect.orElseSucceed(() => false)
    ),
    until,
    failed: Effect.raceAll([
      Effect.map(ledger.failed, (error) => error.message),
      Effect.map(follower.broken, reasonOf),
      Effect.flatMap(committer.stopped, (exit) =>
        Exit.isFailure(exit) && Cause.hasDies(exit.cause) ? Effect.succeed(reasonOf(exit.cause)) : Effect.never
      )
    ])
  }
  return pact
})

const applyOf = ({ paranoid }: PactOptions) => (paranoid ? paranoidApply : applyFrame)

/** A broken invariant is a defect: the pact stops, and says which. */
const paranoidApply: typeof applyFrame = (pactId, ports, frame) =>
  applyFrame(pactId, ports, frame, (before, after, id) => {
    const [broken] = violations(before, after, id)
    if (broken !== undefined) throw new Error(`invariant: ${broken}, frame ${frame.length} of ${frame.writer}`)
  })
