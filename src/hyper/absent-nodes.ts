import { core as coreKeys } from "hypercore-storage/lib/keys.js"

/**
 * The nodes of hash trees that a database can't hold, told without asking it. Before Hypercore asks a peer for a block it
 * looks which nodes above it are here, some seven for each block, and nearly none is.
 *
 * No key above the last one of when the database was opened is in it, but what was written since. So that is noted, a bit
 * a node, and never taken back: who asks for a node that was deleted asks the database.
 */
export interface AbsentNodes {
  /** Notes a key that is about to be written. */
  readonly wrote: (key: Uint8Array) => void
  /** Says which key was the last one of {@link nodeRange}, null for none. It tells of no node as absent before. */
  readonly openedWith: (last: Uint8Array | null) => void
  /** True where the database has no such node now, and had none since it was opened. */
  readonly isAbsent: (key: Uint8Array) => boolean
}

const sample = coreKeys.tree(0, 0)
const space = sample[0]!
const kind = sample[2]!

/** All keys among which nodes are, for an iterator. */
export const nodeRange = { gte: Buffer.from([space]), lt: Buffer.from([space + 1]) }

/** Bits to a page. A peer may send nodes far apart, so pages are small. */
const pageBits = 1024

export const makeAbsentNodes = (): AbsentNodes => {
  const pages = new Map<string, Uint32Array>()
  let last: Uint8Array | null | undefined

  /** The page of a node and its bit there. Null for another key, and for one that may have been there from the start. */
  const place = (key: Uint8Array): { readonly page: string; readonly bit: number } | null => {
    if (key[0] !== space || (last instanceof Uint8Array && Buffer.compare(key, last) <= 0)) return null
    const end = 1 + sizeOf(key[1]!)
    if (key[end] !== kind) return null
    const index = coreKeys.blockIndex(key)
    const core = Buffer.from(key.buffer, key.byteOffset, end).toString("latin1")
    return { page: `${core}${Math.floor(index / pageBits)}`, bit: index % pageBits }
  }
  return {
    openedWith: (key) => (last = key),
    wrote: (key) => {
      const node = place(key)
      if (node === null) return
      let page = pages.get(node.page)
      if (page === undefined) pages.set(node.page, (page = new Uint32Array(pageBits / 32)))
      page[node.bit >> 5]! |= 1 << (node.bit & 31)
    },
    isAbsent: (key) => {
      if (last === undefined) return false
      const node = place(key)
      return node !== null && ((pages.get(node.page)?.[node.bit >> 5] ?? 0) & (1 << (node.bit & 31))) === 0
    }
  }
}

/** How many bytes a number of a key takes, by the first of them. */
const sizeOf = (first: number): number => (first < 0xfc ? 1 : 1 + 2 ** (first - 0xfb))
