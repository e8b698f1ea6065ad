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

/**
 * Reads blocks side by side, a bounded number of bytes ahead, and gives out a transaction's worth at a time.
 *
 * @param settledEntries how many entries that can't move a transaction may hold.
 */
export const newsReader = (snapshot: LogSnapshot, settledEntries = settledPerStep) => {
  const settled = Math.min(snapshot.signedLength, snapshot.length)
  let ahead: Array<Uint8Array> = []
  /** Where `ahead` begins. */
  let at = 0
  let count = 16
  const readAhead = async (from: number): Promise<void> => {
    const indexes = Array.from({ length: Math.min(count, snapshot.length - from) }, (_, i) => from + i)
    ahead = await Promise.all(indexes.map((index) => snapshot.get(index)))
    const bytes = ahead.reduce((sum, block) => sum + block.byteLength, 1)
    const entries = ahead.reduce((sum, block) => sum + decodeHead(block).count, 1)
    // As many as a transaction takes, as far as they are small: a rest would make a transaction of its own.
    const [most, fit] = [(settledEntries * bytesPerEntry) / bytes, settledEntries / entries]
    count = Math.max(1, Math.min(blocksPerRead, Math.floor(most * ahead.length), Math.ceil(fit * ahead.length)))
    at = from
  }
  const read = async (from: number): Promise<News> => {
    if (ahead.length === 0 || at !== from) await readAhead(from)
    // A transaction holds blocks that can't move, or blocks that may: only these need what takes them back.
    const [end, most] = from < settled ? [settled, settledEntries] : [snapshot.length, entriesPerStep]
    let decided = 0
    let taken = 0
    for (const block of ahead) {
      if (from + taken === end) break
      const { count } = decodeHead(block)
      if (taken > 0 && decided + count > most) break
      decided += count
      taken++
    }
    at += taken
    return newsOf(ahead.splice(0, taken), decided)
  }
  return { read, readAhead }
}
