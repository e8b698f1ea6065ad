import type Autobase from "autobase"
import type Hypercore from "hypercore"
import type { Views } from "./views.ts"

/**
 * How many blocks this machine knows to be there and has not taken in: of members' logs, by what peers announce, and of
 * the order and both views. 0 says that it has all that the peers of this moment have told it of.
 */
export const missingBlocks = (base: Autobase<Views>): number => {
  let missing = 0
  for (const { core, frozen, isRemoved, length } of base.activeWriters) {
    if (!frozen && !isRemoved) missing += Math.max(0, knownLength(core) - length)
  }
  for (const view of [base.core, base.view.log, base.view.state.core]) missing += view.length - heldLength(view)
  return base.isFastForwarding() ? Math.max(1, missing) : missing
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
