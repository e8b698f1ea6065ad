import type { Effect, Stream } from "effect"
import type {
  BadEntry,
  IdempotencyConflict,
  Internal,
  NotAMember,
  PactNotReady,
  PayloadTooLarge,
  StorageFull,
  ViewTimeout
} from "../domain/errors.ts"
import type { HomeError } from "../home/errors.ts"
import type { PactConfig } from "../home/pact-config.ts"
import type { Durability, Ledger } from "../hyper/Ledger.ts"
import type { Batch } from "../projection/batch.ts"
import type { Projection } from "../projection/Projection.ts"
import type { Attempt } from "./attempt.ts"
import type { Draft } from "./drafts.ts"
import type { Rebuilt } from "./follower.ts"
import type { InviteSecrets } from "./invite-secrets.ts"
import type { Redeeming } from "./redeem.ts"
import type { RefusalError } from "./refusals.ts"
import type { SkillFiles } from "./skill-files.ts"

/** How long who waits for confirmation does so unless it says how long, ms. */
export const confirmTime = 30_000

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
  /** ms, for `confirmed`. {@link confirmTime} unless given. */
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
