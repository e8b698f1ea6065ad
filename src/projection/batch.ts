import type { Block, Refused } from "../engine/block.ts"
import type { News } from "./news.ts"
import type { Stepped } from "./projector.ts"

/** A count of entries before and after. */
export interface Moved {
  readonly before: number
  readonly after: number
}

/** What one transaction changed. Everything that is told to others, answers and events, is made from these. */
export interface Batch {
  /** The new blocks, with the verdicts of all their entries. They may be decoded when they are asked for first. */
  readonly blocks: ReadonlyArray<Block>
  /** How many entries of them were refused. */
  readonly refused: number
  /** Set where entries were taken back first: those from `position` on. */
  readonly rolledBack: { readonly position: number; readonly ids: ReadonlyArray<string> } | null
  /** Entries in the order. */
  readonly position: Moved
  /** Entries that can't move any more. */
  readonly confirmed: Moved
  /** Refused now, and accepted before this follow took them back. */
  readonly overturned: ReadonlyArray<Refused>
  /** Whose facts changed, taken back ones included: task ids, member keys, public keys of invites, the pact's own. */
  readonly tasks: ReadonlyArray<string>
  readonly members: ReadonlyArray<string>
  readonly invites: ReadonlyArray<string>
  readonly pact: boolean
}

/** @param all the accepted entries that this follow has taken back so far. */
export const batchOf = (
  { blocks, decided }: News,
  { after, before, taken, touched }: Stepped,
  all: ReadonlySet<string>
): Batch => ({
  get blocks() {
    return blocks()
  },
  refused: decided - (after.next - (before.next - taken.length)),
  rolledBack: taken.length === 0 ? null : { position: before.next - taken.length, ids: taken },
  position: { before: before.next, after: after.next },
  confirmed: { before: before.confirmed, after: after.confirmed },
  overturned:
    all.size === 0
      ? []
      : blocks().flatMap(({ decided }) => decided.filter((d): d is Refused => !d.accepted && all.has(d.id))),
  tasks: [...touched.tasks],
  members: [...touched.members],
  invites: [...touched.invites],
  pact: touched.pact
})
