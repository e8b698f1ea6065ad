import { Context, type Effect } from "effect"
import type { Internal, StorageFull } from "../domain/errors.ts"
import type { Mark } from "./request-store.ts"

/** One try of a request that its client may send again. */
export interface Attempt {
  /** Where an earlier try may have left what it wrote. */
  readonly earlier: Mark | null
  /** Writes down where this try is about to write. It counts after {@link settled}. */
  readonly note: (mark: Mark) => Effect.Effect<void, StorageFull | Internal>
  /** Ends when what was noted is on disk. */
  readonly settled: Effect.Effect<void, StorageFull | Internal>
}

/** The try that a handler runs for. Null: its client sent no `Idempotency-Key`. */
export const CurrentAttempt = Context.Reference<Attempt | null>("openpact/pacts/CurrentAttempt", {
  defaultValue: () => null
})
