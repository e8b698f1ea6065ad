import type Autobase from "autobase"
import type Hypercore from "hypercore"
import { toHex } from "../engine/bytes.ts"
import type { Views } from "./views.ts"

/** What lacks of a log. */
export interface Gap {
  /** The first block that is missing. */
  readonly from: number
  readonly blocks: number
}

/**
 * What this machine knows to be there and has not taken in, by the log's key: of members' logs, by what peers announce, and
 * of the order and both views. Empty says that it has all that the peers of this moment have told it of.
 */
export const gapsIn = (base: Autobase<Views>): ReadonlyMap<string, Gap> => {
  const gaps = new Map<string, Gap>()
  for (const { core, frozen, isRemoved, length } of base.activeWriters) {
    const blocks = knownLength(core) - length
    if (!frozen && !isRemoved && blocks > 0) gaps.set(keyOf(core), { from: length, blocks })
  }
  for (const view of [base.core, base.view.log, base.view.state.core]) {
    const from = heldLength(view)
    if (from < view.length) gaps.set(keyOf(view), { from, blocks: missingOf(view, from) })
  }
  if (base.isFastForwarding() && gaps.size === 0) gaps.set(keyOf(base.core), { from: base.core.length, blocks: 1 })
  return gaps
}

/** How many blocks that peers have don't come, of logs that stand where they stood `before` and lack as much. */
export const stuckSince = (before: ReadonlyMap<string, Gap>, now: ReadonlyMap<string, Gap>): number => {
  let stuck = 0
  for (const [key, { blocks, from }] of now) {
    const was = before.get(key)
    if (was?.from === from && was.blocks <= blocks) stuck += blocks
  }
  return stuck
}

/**
 * How much of the order or a view is here from its start on, without a gap. What is signed may have been sent ahead of
 * its blocks. What comes after was made here.
 *
 * Hypercore 11.37.1 keeps `contiguousLength`, but sets it too low where it takes over the blocks of a core before: one that
 * it fetched ahead of those is not counted, and the end of the order would be missed until more comes.
 */
export const heldLength = ({ contiguousLength, core, length, signedLength }: Hypercore): number => {
  if (contiguousLength >= signedLength) return length
  const held = core.bitfield.firstUnset(contiguousLength)
  return held >= signedLength ? length : held
}

const knownLength = ({ length, peers }: Hypercore): number =>
  peers.reduce((most, { remoteLength }) => Math.max(most, remoteLength), length)

/** Of the blocks that are signed. */
const missingOf = ({ core, signedLength }: Hypercore, from: number): number =>
  core.bitfield.countUnset(from, signedLength - from)

const keyOf = ({ key }: Hypercore): string => (key === null ? "" : toHex(key))
