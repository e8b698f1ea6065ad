import { Clock, Effect, type FileSystem, Option, Redacted, type Scope } from "effect"
import { agentIdOf } from "../domain/ids.ts"
import { decodeInvite, encodeInvite, type InviteToken } from "../domain/invite-token.ts"
import type { JoinError, WaitingFor } from "../domain/joining.ts"
import { HomeError } from "../home/errors.ts"
import { type JoiningFile, joiningMissing, readJoining, removeJoining, writeJoining } from "../home/joining-file.ts"
import type { PactLocations } from "../home/locations.ts"
import { createPactConfig } from "../home/pact-config.ts"
import { LedgerError } from "../hyper/errors.ts"
import { type Newcomer, openNewcomer } from "../hyper/newcomer.ts"

/** How far a join has come. An error ends it until another invite is brought, or the daemon starts anew. */
export interface JoinProgress {
  readonly waitingFor: WaitingFor
  readonly error: JoinError | null
}

/** A pact that this machine is on its way into. It lives in a Scope, which has to close before the pact is opened. */
export interface Joining {
  readonly pactId: string
  readonly memberKey: string
  readonly agentId: string
  readonly displayName: string | null
  /** What the invite says. Nobody has signed it. */
  readonly pactName: string | null
  /** When it began, ms. */
  readonly since: number
  readonly newcomer: Newcomer
  /** Null: somebody admits the member key by hand. */
  readonly invite: () => Redacted.Redacted<InviteToken> | null
  readonly progress: () => JoinProgress
  readonly note: (progress: Partial<JoinProgress>) => void
  /** Goes on with another invite, which is on disk when this ends. */
  readonly renew: (invite: InviteToken) => Effect.Effect<void, Effect.Error<ReturnType<typeof writeJoining>>>
  /** Keeps the key of the pact and gives up the token. From here on the folder holds a pact. */
  readonly enter: (encryptionKey: string) => Effect.Effect<void, Effect.Error<ReturnType<typeof writeJoining>>>
}

export interface NewJoin {
  readonly pactId: string
  readonly invite: InviteToken | null
  readonly displayName: string | null
}

/** Begins a join in an empty folder. The member key is on disk when this ends, and so is the token. */
export const beginJoining = Effect.fn("beginJoining")(function* (
  places: PactLocations,
  { displayName, invite, pactId }: NewJoin
) {
  const newcomer = yield* openNewcomer(places.data, pactId, true)
  const file: JoiningFile = {
    version: 1,
    pact_id: pactId,
    member_key: newcomer.identity.memberKey,
    token: invite === null ? null : Redacted.make(encodeInvite(invite)),
    display_name: displayName,
    pact_name: invite?.pactName ?? null,
    created_at: yield* Clock.currentTimeMillis
  }
  yield* writeJoining(places, file)
  return yield* joiningOf(places, file, newcomer)
})

/** Goes on with a join, after a restart. `listedAs`: the pact id that daemon.json names. */
export const resumeJoining = Effect.fn("resumeJoining")(function* (places: PactLocations, listedAs: string) {
  const found = yield* readJoining(places)
  if (Option.isNone(found)) return yield* joiningMissing(places)
  const file = found.value
  if (file.pact_id !== listedAs) {
    return yield* new LedgerError({
      reason: "other-pact",
      message: `${places.folder} belongs to the pact ${file.pact_id}, not to ${listedAs} as daemon.json has it. Put the right folder there.`
    })
  }
  const newcomer = yield* openNewcomer(places.data, file.pact_id, false)
  if (newcomer.identity.memberKey !== file.member_key) {
    return yield* new LedgerError({
      reason: "damaged",
      message: `The data in ${places.data} is not what the invite was redeemed for. Remove this pact here and join it anew.`
    })
  }
  return yield* joiningOf(places, file, newcomer)
})

const joiningOf = Effect.fnUntraced(function* (
  places: PactLocations,
  file: JoiningFile,
  newcomer: Newcomer
): Effect.fn.Return<Joining, HomeError, FileSystem.FileSystem | Scope.Scope> {
  const context = yield* Effect.context<FileSystem.FileSystem>()
  let kept = file
  let invite = yield* inviteOf(places, file)
  let progress: JoinProgress = { waitingFor: "peers", error: null }
  const { memberKey } = newcomer.identity
  return {
    pactId: file.pact_id,
    memberKey,
    agentId: agentIdOf(memberKey),
    displayName: file.display_name,
    pactName: file.pact_name,
    since: file.created_at,
    newcomer,
    invite: () => invite,
    progress: () => progress,
    note: (next) => void (progress = { ...progress, ...next }),
    renew: Effect.fnUntraced(function* (token) {
      const next = { ...kept, token: Redacted.make(encodeInvite(token)) }
      yield* writeJoining(places, next)
      kept = next
      invite = Redacted.make(token)
      progress = { ...progress, error: null }
    }, Effect.provideContext(context)),
    enter: Effect.fnUntraced(function* (encryptionKey) {
      yield* createPactConfig(places, {
        version: 1,
        pact_id: file.pact_id,
        encryption_key: Redacted.make(encryptionKey),
        key_epoch: 0,
        role: "member",
        name: null,
        purpose: null,
        display_name: file.display_name,
        created_at: file.created_at
      })
      yield* removeJoining(places)
    }, Effect.provideContext(context))
  }
})

const inviteOf = (places: PactLocations, { token }: JoiningFile) =>
  token === null
    ? Effect.succeed(null)
    : decodeInvite(Redacted.value(token)).pipe(
        Effect.map((invite) => Redacted.make(invite)),
        Effect.mapError(
          ({ message }) =>
            new HomeError({ problem: "invalid", path: places.joining, message: `${places.joining}: ${message}` })
        )
      )
