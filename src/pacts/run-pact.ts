import { Cause, Effect, Exit, type FileSystem, type Scope, Semaphore, Stream } from "effect"
import type { PactNotReady, StorageFull } from "../domain/errors.ts"
import { agentIdOf } from "../domain/ids.ts"
import type { PactLocations } from "../home/locations.ts"
import { type PactConfig, updatePactConfig } from "../home/pact-config.ts"
import type { Ledger } from "../hyper/Ledger.ts"
import { renameNotice } from "./drafts.ts"
import { makeFollower } from "./follower.ts"
import { makeInviteSecrets } from "./invite-secrets.ts"
import type { Pact, PactOptions } from "./Pact.ts"
import { openReadModel, unlessDamaged } from "./read-model.ts"
import { reasonOf } from "./reason.ts"
import { makeRedeeming } from "./redeem.ts"
import { makeSkillFiles } from "./skill-files.ts"
import { makeWriting } from "./writing.ts"

/** Puts the parts of an open pact together: what follows the log, what writes to it, and the files beside it. */
export const runPact = Effect.fnUntraced(function* (
  places: PactLocations,
  opened: PactConfig,
  ledger: Ledger,
  { durability }: PactOptions
): Effect.fn.Return<Pact, StorageFull | PactNotReady, Scope.Scope | FileSystem.FileSystem> {
  const context = yield* Effect.context<FileSystem.FileSystem>()
  let config = opened
  const { memberKey, pactId } = ledger
  const agentId = agentIdOf(memberKey)
  const { onRebuilt, read } = yield* openReadModel(places.index, pactId)
  const follower = yield* makeFollower(ledger, read, onRebuilt)

  const until: Pact["until"] = (probe) => follower.moved.until(() => unlessDamaged(probe))

  const writing = yield* makeWriting({ ledger, follower, read, until, displayName: () => config.display_name })
  const { answer, decide, submit, write } = writing

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
      Effect.flatMap(writing.stopped, (exit) =>
        Exit.isFailure(exit) && Cause.hasDies(exit.cause) ? Effect.succeed(reasonOf(exit.cause)) : Effect.never
      )
    ])
  }
  return pact
})
