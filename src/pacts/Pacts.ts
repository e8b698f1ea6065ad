import { Context, Effect, Layer, Semaphore, Stream } from "effect"
import type { Attempt } from "./attempt.ts"
import type {
  Internal,
  NotConfirmed,
  PactAliasExists,
  PactNotReady,
  StorageFull,
  UnknownPact
} from "../domain/errors.ts"
import { DaemonFile } from "../home/daemon-file.ts"
import type { HomeError } from "../home/errors.ts"
import type { LedgerError } from "../hyper/errors.ts"
import { type JoinPact, makeChanges, type NewPact, type Parting } from "./change-pacts.ts"
import type { JoinProgress } from "./joining.ts"
import { type Listed, makeOpenPacts, type PactsEvent } from "./open-pacts.ts"
import type { Pact, PactOptions } from "./Pact.ts"

export type { JoinPact, NewPact } from "./change-pacts.ts"
export type { Listed, PactsEvent } from "./open-pacts.ts"
type ChangeError = HomeError | StorageFull

/**
 * The pacts of this home. Each is open in a scope of its own, so that one that can't be opened or that stops leaves the
 * others alone. An alias is a name for people: it may change while the pact is in use, and nothing else notices.
 */
export class Pacts extends Context.Service<
  Pacts,
  {
    readonly list: Effect.Effect<ReadonlyArray<Listed>>
    /** An open pact by its alias, its id, or `default` for the current one. */
    readonly find: (ref: string) => Effect.Effect<Pact, UnknownPact | PactNotReady>
    /** Any pact, open or not. */
    readonly look: (ref: string) => Effect.Effect<Listed, UnknownPact>
    /** The same once it is not being opened any more, or after a few seconds. */
    readonly lookOpened: (ref: string) => Effect.Effect<Listed, UnknownPact>
    readonly create: (
      options: NewPact,
      attempt?: Attempt | null
    ) => Effect.Effect<Listed, PactAliasExists | PactNotReady | LedgerError | Internal | ChangeError>
    /**
     * Begins to join a pact, or goes on with it, and answers at once. A pact that is here already is PACT_ALIAS_EXISTS, and
     * an invite that would take the place of another one NOT_CONFIRMED, unless it is meant to.
     */
    readonly join: (
      options: JoinPact
    ) => Effect.Effect<Listed, PactAliasExists | NotConfirmed | LedgerError | ChangeError>
    /** Notes how a join goes on. */
    readonly progress: (pactId: string, next: Partial<JoinProgress>) => Effect.Effect<void>
    /** Ends a join: the pact is opened with its key. */
    readonly enter: (pactId: string, encryptionKey: string) => Effect.Effect<void, ChangeError>
    readonly rename: (ref: string, alias: string) => Effect.Effect<Listed, UnknownPact | PactAliasExists | ChangeError>
    readonly switch: (ref: string) => Effect.Effect<Listed, UnknownPact | ChangeError>
    /**
     * Leaves a pact and takes all its data off this machine. `confirm` is its alias or its id. `announced`: the others
     * took the leave before the data went.
     */
    readonly remove: (
      ref: string,
      confirm: string,
      part?: Parting
    ) => Effect.Effect<
      Listed & { readonly announced: boolean },
      UnknownPact | NotConfirmed | PactNotReady | ChangeError
    >
    readonly events: Stream.Stream<PactsEvent>
  }
>()("openpact/pacts/Pacts") {
  static readonly layer = (options: PactOptions) => Layer.effect(Pacts, makePacts(options))
}

const makePacts = Effect.fnUntraced(function* (options: PactOptions) {
  const open = yield* makeOpenPacts(options)
  // Making and removing happen one at a time, so that no two take the same name or folder.
  const changes = yield* makeChanges(open, options, yield* Semaphore.make(1))

  const { currentAlias, pacts } = yield* (yield* DaemonFile).read
  // The current one by itself, so that there is something to talk to as soon as can be.
  const current = pacts.filter(({ alias }) => alias === currentAlias)
  const others = pacts.filter(({ alias }) => alias !== currentAlias)
  yield* Effect.forEach(current, open.openListed, { discard: true }).pipe(
    Effect.andThen(Effect.forEach(others, open.openListed, { concurrency: 4, discard: true })),
    Effect.forkScoped
  )

  const { events, find, list, look, lookOpened } = open
  return Pacts.of({ list, find, look, lookOpened, events, ...changes })
})
