import { Schema } from "effect"

/**
 * What a machine that joins a pact waits for.
 * - `network`: this daemon meets nobody, its network is switched off
 * - `peers`: nobody of the pact was met so far
 * - `indexer`: others were met, and none that can redeem the invite
 * - `admission`: the creator has to add the member key
 * - `confirmation`: the invite is redeemed, and a majority of indexers has to confirm it
 * - `history`: it is admitted, and fetches the pact
 */
export const WaitingFor = Schema.Literals(["network", "peers", "indexer", "admission", "confirmation", "history"])
export type WaitingFor = typeof WaitingFor.Type

/** Why a join can't go on: the wire code of the verdict, and what to do. */
export const JoinError = Schema.Struct({ code: Schema.String, message: Schema.String }).annotate({
  identifier: "JoinError"
})
export type JoinError = typeof JoinError.Type
