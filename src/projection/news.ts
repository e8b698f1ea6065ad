import { type Block, decodeBlock, decodeHead } from "../engine/block.ts"
import type { LogSnapshot } from "../engine/ports.ts"

export const entriesPerStep = 512
/** Of entries that can't move, which come by the thousand to a machine that is new: fewer transactions write less. */
const settledPerStep = 2048
/** The same for a thread, which keeps nobody waiting. */
export const threadPerStep = 8192
export const blocksPerRead = 256
/** A read's size in bytes for each entry that a step may hold, by the size of the blocks before. */
const bytesPerEntry = 512

/** Blocks of the log that come next. */
export interface News {
  readonly raw: ReadonlyArray<Uint8Array>
  /** How many entries they decided. */
  readonly decided: number
  /** Decodes them, once. */
  readonly blocks: () => ReadonlyArray<Block>
}

const newsOf = (raw: ReadonlyArray<Uint8Array>, decided: number): News => {
  let blocks: ReadonlyArray<Block> | undefined
  return { raw, decided, blocks: () => (blocks ??= raw.map(decodeBlock)) }
}
export const noNews = newsOf([], 0)

/** A block, and how many entries it decided. */
interface Read {
  readonly raw: Uint8Array
  readonly count: number
}

/**
 * Reads blocks side by side, a bounded number of bytes ahead, and gives out a transaction's worth at a time.
 *
 * @param settledEntries how many entries that can't move a transaction may hold.
 */
export const newsReader = (snapshot: LogSnapshot, settledEntries = settledPerStep) => {
  const settled = Math.min(snapshot.signedLength, snapshot.length)
  const bytesAhead = settledEntries * bytesPerEntry
  let ahead: Array<Read> = []
  /** Where `ahead` begins. */
  let at = 0
  /** How many blocks are read next. */
  let blocks = 16
  const readAhead = async (from: number): Promise<void> => {
    if (at !== from) ahead = []
    at = from
    const first = from + ahead.length
    const indexes = Array.from({ length: Math.min(blocks, snapshot.length - first) }, (_, i) => first + i)
    const read = await Promise.all(indexes.map((index) => snapshot.get(index)))
    ahead.push(...read.map((raw) => ({ raw, count: decodeHead(raw).count })))
    blocks = Math.max(1, Math.min(blocksPerRead, Math.floor((bytesAhead * read.length) / (bytesOf(read) + 1))))
  }
  const read = async (from: number): Promise<News> => {
    if (at !== from) ahead = []
    at = from
    // A transaction holds blocks that can't move, or blocks that may: only these need what takes them back.
    const [end, most] = from < settled ? [settled, settledEntries] : [snapshot.length, entriesPerStep]
    const isFull = () =>
      ahead.length >= Math.min(end - from, blocksPerRead) ||
      ahead.reduce((sum, { count }) => sum + count, 0) >= most ||
      bytesOf(ahead.map(({ raw }) => raw)) >= bytesAhead
    // Half a transaction costs as much as a whole one.
    while (!isFull()) await readAhead(from)
    let decided = 0
    let taken = 0
    for (const { count } of ahead) {
      if (from + taken === end || (taken > 0 && decided + count > most)) break
      decided += count
      taken++
    }
    at += taken
    return newsOf(
      ahead.splice(0, taken).map(({ raw }) => raw),
      decided
    )
  }
  return { read, readAhead }
}

const bytesOf = (blocks: ReadonlyArray<Uint8Array>): number => blocks.reduce((sum, block) => sum + block.byteLength, 0)
