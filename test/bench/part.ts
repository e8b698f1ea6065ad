import type { Effect, Scope } from "effect"
import type { Figure } from "./kit/figures.ts"

/** A part of the benchmark: what it measures in a fresh home of its own. */
export interface Part {
  readonly about: string
  readonly run: Effect.Effect<ReadonlyArray<Figure>, never, Scope.Scope>
}
