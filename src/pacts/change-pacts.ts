import { Clock, Effect, Exit, type FileSystem, Redacted, Scope, type Semaphore } from "effect"
import { NotConfirmed, PactAliasExists, PactNotReady } from "../domain/errors.ts"
import { slugOf } from "../domain/ids.ts"
import type { InviteToken } from "../domain/invite-token.ts"
import { freeAlias } from "../home/adopt.ts"
import { DaemonFile } from "../home/daemon-file.ts"
import type { PactListing } from "../home/daemon-state.ts"
import { Locations } from "../home/locations.ts"
import { deletePactFolder, makePactFolder } from "../home/pact-folder.ts"
import type { Attempt } from "./attempt.ts"
import { beginJoining, type Joining, type JoinProgress } from "./joining.ts"
import type { Listed, OpenPacts } from "./open-pacts.ts"
import { createPact } from "./open-pact.ts"
import type { PactOptions } from "./Pact.ts"
import { unlessDamaged } from "./read-model.ts"
import { Requests } from "./Requests.ts"

export interface NewPact {
  readonly name: string
  readonly purpose?: string | undefined
  readonly display_name?: string | undefined
  readonly alias?: string | undefined
}

/** A pact to join: by an invite, or by its id alone where somebody admits the member key by hand. */
export interface JoinPact {
  readonly pactId: string
  readonly invite: InviteToken | null
  /** The invite takes the place of another one that a join of this pact waits with. */
  readonly instead?: boolean | undefined
  readonly display_name?: string | undefined
  readonly alias?: string | undefined
}

/** Waits for those who are there to take the leave of this machine, and says whether they did. It must end soon. */
export type Parting = (pactId: string) => Effect.Effect<boolean>

/** What changes the list of pacts. `changing` lets them in one by one. */
export const makeChanges = Effect.fnUntraced(function* (
  { find, joinInScope, look, lookOpened, openInScope, openListed, publish, slots }: OpenPacts,
  options: PactOptions,
  changing: Semaphore.Semaphore
) {
  const context = yield* Effect.context<FileSystem.FileSystem | Locations>()
  const file = yield* DaemonFile
  const locations = yield* Locations
  const requests = yield* Requests

  const create = Effect.fn("Pacts.create")(
    function* ({ alias: wanted, display_name, name, purpose }: NewPact, attempt: Attempt | null = null) {
      const before = yield* file.read
      const made = attempt?.earlier?.pactId
      if (made !== undefined && before.pacts.some(({ pactId }) => pactId === made)) {
        yield* Effect.catchTag(find(made), "UNKNOWN_PACT", Effect.die)
        return yield* Effect.orDie(look(made))
      }
      const alias = wanted ?? freeAlias(slugOf(name), before.pacts)
      if (before.pacts.some((listing) => listing.alias === alias)) return yield* aliasTaken(alias)
      const dataDir = yield* makePactFolder(alias)
      const info = { name, purpose: purpose ?? null, display_name: display_name ?? null }
      const pact = yield* openInScope(createPact(locations.pact(dataDir), info, options, attempt)).pipe(
        Effect.onError(() => Effect.ignore(deletePactFolder(dataDir)))
      )
      const { pactId } = pact
      const addedAt = (yield* pact.config).created_at
      const listing: PactListing = { alias, pactId, dataDir, addedAt }
      // A pact that can't be listed is none: nothing of it stays.
      yield* file
        .update((state) => ({
          ...state,
          pacts: [...state.pacts, listing],
          currentAlias: state.currentAlias ?? alias
        }))
        .pipe(Effect.onError(() => Effect.andThen(close(pactId), Effect.ignore(deletePactFolder(dataDir)))))
      yield* publish({ type: "pact-added", pactId, alias })
      return yield* Effect.orDie(look(pactId))
    },
    Effect.uninterruptible,
    changing.withPermit,
    Effect.provideContext(context)
  )

  const joinNow = Effect.fnUntraced(
    function* ({ alias: wanted, display_name, instead = false, invite, pactId }: JoinPact) {
      const before = yield* file.read
      const known = before.pacts.find((listing) => listing.pactId === pactId)
      if (known !== undefined) return yield* joinAgain(yield* Effect.orDie(look(pactId)), invite, instead)
      const alias = wanted ?? freeAlias(slugOf(invite?.pactName ?? "pact"), before.pacts)
      if (before.pacts.some((listing) => listing.alias === alias)) return yield* aliasTaken(alias)
      const dataDir = yield* makePactFolder(alias)
      const undo = Effect.ignore(deletePactFolder(dataDir))
      const joining = yield* joinInScope(
        beginJoining(locations.pact(dataDir), { pactId, invite, displayName: display_name ?? null })
      ).pipe(Effect.onError(() => undo))
      const listing: PactListing = { alias, pactId, dataDir, addedAt: joining.since }
      yield* file
        .update((state) => ({
          ...state,
          pacts: [...state.pacts, listing],
          currentAlias: state.currentAlias ?? alias
        }))
        .pipe(Effect.onError(() => Effect.andThen(close(pactId), undo)))
      yield* publish({ type: "pact-added", pactId, alias })
      return yield* Effect.orDie(look(pactId))
    },
    Effect.uninterruptible,
    changing.withPermit,
    Effect.provideContext(context)
  )

  /** Whether it is a join that goes on is known once it is opened. */
  const join = Effect.fn("Pacts.join")((options: JoinPact) =>
    Effect.andThen(Effect.ignore(lookOpened(options.pactId)), joinNow(options))
  )

  /** A join that is under way goes on. An invite that may still do is not given up unasked. */
  const joinAgain = Effect.fnUntraced(function* (listed: Listed, invite: InviteToken | null, instead: boolean) {
    const { alias, joining, pactId } = listed
    if (joining === null) return yield* alreadyThere(listed)
    if (invite !== null) {
      const now = yield* Clock.currentTimeMillis
      if (!instead && waitsWithAnother(joining, invite, now)) return yield* otherInvite(alias)
      yield* joining.renew(invite)
    }
    yield* publish({ type: "pact-changed", pactId, alias })
    return yield* Effect.orDie(look(pactId))
  })

  /** How a join goes on, for whoever watches it. Nothing where it is over. */
  const progress = Effect.fnUntraced(function* (pactId: string, next: Partial<JoinProgress>) {
    const slot = slots.get(pactId)
    if (slot === undefined || slot === "opening" || !("joining" in slot)) return
    slot.joining.note(next)
    yield* publish({ type: "pact-changed", pactId, alias: (yield* Effect.orDie(look(pactId))).alias })
  })

  const enter = Effect.fn("Pacts.enter")(
    function* (pactId: string, encryptionKey: string) {
      const slot = slots.get(pactId)
      if (slot === undefined || slot === "opening" || !("joining" in slot)) return
      yield* slot.joining.enter(encryptionKey)
      slots.set(pactId, "opening")
      yield* Scope.close(slot.scope, Exit.void)
      yield* openListed(yield* Effect.orDie(look(pactId)))
    },
    Effect.uninterruptible,
    changing.withPermit
  )

  const rename = Effect.fn("Pacts.rename")(function* (ref: string, alias: string) {
    const { alias: old, pactId } = yield* look(ref)
    if (old === alias) return yield* look(pactId)
    yield* file.modify((state) =>
      state.pacts.some((listing) => listing.alias === alias)
        ? aliasTaken(alias)
        : Effect.succeed([
            undefined,
            {
              ...state,
              pacts: state.pacts.map((listing) => (listing.pactId === pactId ? { ...listing, alias } : listing)),
              currentAlias: state.currentAlias === old ? alias : state.currentAlias
            }
          ] as const)
    )
    yield* publish({ type: "pact-changed", pactId, alias })
    return yield* look(pactId)
  }, changing.withPermit)

  const switchTo = Effect.fn("Pacts.switch")(function* (ref: string) {
    const { alias, pactId } = yield* look(ref)
    yield* file.update((state) => ({ ...state, currentAlias: alias }))
    yield* publish({ type: "pact-changed", pactId, alias })
    return yield* look(pactId)
  }, changing.withPermit)

  /** Closes a pact if it is open, and forgets it. Who asks for it meanwhile is told so. */
  const close = Effect.fnUntraced(function* (pactId: string) {
    const slot = slots.get(pactId)
    slots.set(pactId, { failed: "It is being removed." })
    if (slot !== undefined && slot !== "opening" && "scope" in slot) yield* Scope.close(slot.scope, Exit.void)
    slots.delete(pactId)
  })

  const removeNow = Effect.fnUntraced(
    function* (ref: string, confirm: string, part: Parting) {
      const listed = yield* look(ref)
      const { alias, dataDir, pactId } = listed
      if (confirm !== alias && confirm !== pactId) {
        return yield* new NotConfirmed({
          message: `To remove the pact ${alias} and its data, confirm with its alias: ${alias}`
        })
      }
      const slot = slots.get(pactId) ?? "opening"
      if (slot === "opening")
        return yield* new PactNotReady({ message: `The pact ${alias} is being opened. Try again in a moment.` })
      let announced = false
      if ("pact" in slot) {
        const { memberKey, write } = slot.pact
        // A creator can't leave its own pact, and one that is no member has nothing to say.
        const left = yield* Effect.isSuccess(
          Effect.interruptible(write({ type: "admin", payload: { action: "removeWriter", key: memberKey } }))
        )
        announced = left && (yield* part(pactId))
      }
      yield* close(pactId)
      slots.set(pactId, { failed: "It is being removed." })
      yield* deletePactFolder(dataDir)
      yield* file.update((state) => {
        const pacts = state.pacts.filter((listing) => listing.pactId !== pactId)
        return {
          ...state,
          pacts,
          currentAlias: state.currentAlias === alias ? (pacts[0]?.alias ?? null) : state.currentAlias
        }
      })
      slots.delete(pactId)
      yield* requests.forget(pactId)
      yield* publish({ type: "pact-removed", pactId, alias })
      return { ...listed, announced }
    },
    Effect.uninterruptible,
    changing.withPermit,
    Effect.provideContext(context)
  )

  const remove = Effect.fn("Pacts.remove")(
    (ref: string, confirm: string, part: Parting = () => Effect.succeed(false)) =>
      Effect.andThen(lookOpened(ref), removeNow(ref, confirm, part))
  )

  return { create, join, progress, enter, rename, switch: switchTo, remove }
})

const waitsWithAnother = ({ invite, progress }: Joining, { nonce }: InviteToken, now: number): boolean => {
  const waiting = invite()
  if (waiting === null || progress().error !== null) return false
  const { expiresAt, nonce: other } = Redacted.value(waiting)
  return other !== nonce && expiresAt >= now
}

const otherInvite = (alias: string) =>
  new NotConfirmed({
    message:
      `This machine is joining that pact already, as ${alias}, by another invite, which would be given up. ` +
      `See how it stands: openpact status --pact ${alias} (to join by this invite instead, say --yes, or send the key of ` +
      "the pact with the token)"
  })

const alreadyThere = ({ alias, pact }: Listed) =>
  new PactAliasExists({
    message:
      pact !== null && unlessDamaged(() => pact.read.member(pact.memberKey))?.active === false
        ? `This machine was removed from that pact, and has what it had as ${alias}. Give that up first: openpact remove ${alias}`
        : `This machine has that pact already. Its alias here is ${alias}. See it: openpact status --pact ${alias} ` +
          `(was it removed from it? Give up what it has first: openpact remove ${alias})`
  })

const aliasTaken = (alias: string) =>
  new PactAliasExists({ message: `Another pact here is called ${alias}. Choose another alias, or rename that one.` })
