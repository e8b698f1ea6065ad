import type Autobase from "autobase"
import type Hypercore from "hypercore"
import { toHex } from "../engine/bytes.ts"
import type { Views } from "./views.ts"

/**
 * How many blocks this machine knows to be there and has not taken in: of members' logs, by what peers announce, and of
 * the order and both views. 0 says that it has all that the peers of this moment have told it of.
 */
export const missingBlocks = (base: Autobase<Views>): number => {
  let missing = 0
  for (const { core, length } of followed(base)) missing += Math.max(0, knownLength(core) - length)
  for (const view of viewsOf(base)) missing += view.length - heldLength(view)
  return base.isFastForwarding() ? Math.max(1, missing) : missing
}

/** What is not here of a log. */
export interface Gap {
  /** The first block that is not here. */
  readonly from: number
  readonly blocks: number
}
/** Gaps of logs, by their keys. */
export type Gaps = ReadonlyMap<string, Gap>

/**
 * Where blocks are missing whose first one a connected peer has. One that is here and waits for others is not missing, and
 * one that peers know of and don't have can't come.
 */
export const offeredGaps = (base: Pick<Autobase<Views>, "activeWriters" | "core" | "view">): Gaps => {
  const gaps = new Map<string, Gap>()
  const look = (log: Hypercore, from: number, end: number) => {
    if (from >= end || !log.peers.some((peer) => peer._remoteHasBlock(from))) return
    // What a peer says to be there beyond the log, without a proof, may be any number: it is not counted one by one.
    const proven = Math.max(from, Math.min(end, log.length))
    gaps.set(toHex(log.key), { from, blocks: end - proven + log.core.bitfield.countUnset(from, proven - from) })
  }
  for (const { core, length } of followed(base))
    if (core.opened) look(core, core.core.bitfield.firstUnset(length), knownLength(core))
  for (const view of viewsOf(base)) look(view, heldLength(view), view.signedLength)
  return gaps
}

/** How many blocks didn't come, of logs that lack the same block as before and no fewer. */
export const stuckSince = (before: Gaps, now: Gaps): number => {
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

/** Members' logs that are read. */
const followed = ({ activeWriters }: Pick<Autobase<Views>, "activeWriters">) =>
  [...activeWriters].filter(({ frozen, isRemoved }) => !frozen && !isRemoved)

const viewsOf = ({ core, view }: Pick<Autobase<Views>, "core" | "view">) => [core, view.log, view.state.core]
