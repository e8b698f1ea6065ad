import fs from "node:fs"
import { join } from "node:path"
import type HypercoreStorage from "hypercore-storage"
import { core as coreKeys } from "hypercore-storage/lib/keys.js"
import type { RocksBatch } from "./rocks.ts"

/**
 * When a block of this machine's log is on disk.
 * - `strict`: before anybody else can learn of it, and before the append is answered
 * - `ack`: before the append is answered
 * - `os`: when the system gets to it. It survives a kill of the process, a power cut may take the newest
 */
export type Durability = "strict" | "ack" | "os"

export interface Durable {
  /** From here on the blocks under this pointer are told apart. Nobody can have seen any before. */
  readonly arm: (dataPointer: number) => void
  /** From here on peers may be shown what is written. Resolves when what was written before is on disk. */
  readonly show: () => Promise<void>
  /** Resolves when the own blocks written so far are as durable as the mode demands. Rejects when the disk failed. */
  readonly settled: () => Promise<void>
  /** The length of the own log that was written and has settled. 0 before the first append. */
  readonly ownLength: () => number
  /** Resolves when everything that was written before the call is on disk. Calls at the same time share the work. */
  readonly sync: () => Promise<void>
  /** How often the disk was asked, for tests and figures. */
  readonly syncs: () => number
  readonly close: () => Promise<void>
}

/**
 * Stands between the storage and RocksDB. Only batches with blocks of the own log count: all else can be made anew from
 * them, or fetched again from whoever wrote it. Hypercore announces a block after the flush of its batch. So once
 * there is anybody to announce it to, that flush ends with `strict` when the block is on disk. Before, the sync runs
 * beside the rest of the append. docs/decisions/durability.md has the proof.
 *
 * @param onFailure is told when the disk fails a sync: what was written since may be lost, so nothing may go on.
 */
export const makeDurable = (
  storage: HypercoreStorage,
  mode: Durability,
  onFailure: (error: unknown) => void
): Durable => {
  const wal = makeWal(storage.rocks.path)
  const state = storage.rocks._state
  const create = state.createWriteBatch.bind(state)
  const seen = new WeakSet<RocksBatch>()
  let prefix: Buffer | null = null
  let hints: Buffer | null = null
  /** The newest note of how far the own log is whole that waits for the next batch. */
  let hint: Uint8Array | null = null
  let shown = false
  let ownLength = 0
  let settled = Promise.resolve()

  /** The length of the own log with this batch, 0 when it holds none of its blocks. */
  const ownLengthIn = ({ _operations }: RocksBatch): number => {
    if (prefix === null) return 0
    let length = 0
    for (const { key, value } of _operations) {
      if (key === undefined || value === undefined || !startsWith(key, prefix)) continue
      length = Math.max(length, coreKeys.blockIndex(key) + 1)
    }
    return length
  }
  /**
   * What a batch notes, where it holds nothing but how far the own log is whole. Hypercore makes one after each append,
   * and begins to look there when it opens. That is worth no write of its own, so it joins the next batch.
   */
  const hintIn = ({ _operations }: RocksBatch): Uint8Array | null => {
    const { key, value } = _operations.length === 1 ? _operations[0]! : noOperation
    return hints !== null && key !== undefined && value !== undefined && hints.equals(key) ? value : null
  }
  const joinHint = (batch: RocksBatch): void => {
    if (hint === null || hints === null) return
    const key = hints
    // The batch may bring a newer one.
    if (!batch._operations.some((operation) => operation.key !== undefined && key.equals(operation.key)))
      batch.tryPut(key, hint)
    hint = null
  }
  const settle = async (length: number): Promise<void> => {
    if (mode !== "os") await wal.sync()
    ownLength = Math.max(ownLength, length)
  }

  state.createWriteBatch = (database, options) => {
    const batch = create(database, options)
    // Batches are used again, so each is wrapped once.
    if (seen.has(batch)) return batch
    seen.add(batch)
    const flush = batch.flush.bind(batch)
    batch.flush = async () => {
      const alone = hintIn(batch)
      if (alone !== null) {
        hint = alone
        return batch.destroy()
      }
      joinHint(batch)
      const length = ownLengthIn(batch)
      await flush()
      if (length === 0) return
      settled = settle(length)
      settled.catch(onFailure)
      if (mode === "strict" && shown) await settled
    }
    return batch
  }

  return {
    arm: (dataPointer) => {
      prefix = prefixOf(dataPointer)
      hints = Buffer.from(coreKeys.hints(dataPointer))
    },
    show: async () => {
      shown = true
      await wal.sync()
    },
    settled: () => settled,
    ownLength: () => ownLength,
    sync: wal.sync,
    syncs: wal.syncs,
    close: wal.close
  }
}

const noOperation = { key: undefined, value: undefined }

/** The part that the keys of a core's blocks have in common: the key of block 0 without its index, one zero byte. */
const prefixOf = (dataPointer: number): Buffer => Buffer.from(coreKeys.block(dataPointer, 0).subarray(0, -1))

const startsWith = (key: Uint8Array, prefix: Uint8Array): boolean => {
  if (key.byteLength <= prefix.byteLength) return false
  for (let i = 0; i < prefix.byteLength; i++) if (key[i] !== prefix[i]) return false
  return true
}

/** The write-ahead log of a RocksDB folder: files `<number>.log`, of which the newest is written. */
const makeWal = (folder: string) => {
  const open = new Map<number, number>()
  let newest = -1
  let syncs = 0
  let running: Promise<void> | null = null
  let next: Promise<void> | null = null
  let broken: { readonly error: unknown } | null = null

  const pass = async () => {
    // The list is read after the writes of whoever waits, so a file that it lacks holds none of them. It is short and
    // in memory, and reading it here is cheaper than a turn through the thread pool.
    const fresh = fs.readdirSync(folder).filter((name) => /^\d+\.log$/.test(name) && Number.parseInt(name, 10) > newest)
    for (const name of fresh) {
      const file = await openIfThere(join(folder, name))
      if (file !== null) open.set(Number.parseInt(name, 10), file)
    }
    await Promise.all([...open.values()].map((file) => (syncs++, call((done) => fs.fdatasync(file, done)))))
    if (fresh.length === 0) return
    await syncFolder(folder)
    newest = Math.max(newest, ...open.keys())
    for (const [number, file] of open) {
      if (number === newest) continue
      open.delete(number)
      await call((done) => fs.close(file, done))
    }
  }

  const sync = (): Promise<void> => {
    // After a failed sync the system may have dropped what it could not write, so a later success proves nothing.
    if (broken !== null) return Promise.reject(broken.error)
    if (running === null) {
      running = pass()
        .catch((error: unknown) => {
          broken = { error }
          throw error
        })
        .finally(() => {
          running = null
        })
      return running
    }
    // A pass under way may have begun before the caller's write: the next one holds it for sure.
    next ??= running
      .catch(() => {})
      .then(() => {
        next = null
        return sync()
      })
    return next
  }

  return {
    sync,
    syncs: () => syncs,
    close: async () => {
      await (next ?? running)?.catch(() => {})
      for (const file of open.values()) await call((done) => fs.close(file, done))
      open.clear()
    }
  }
}

/** Makes a file that was created or renamed in a folder last. Windows can't, and needs it less. */
const syncFolder = async (folder: string): Promise<void> => {
  if (process.platform === "win32") return
  const file = await call<number>((done) => fs.open(folder, "r", done))
  try {
    await call((done) => fs.fsync(file, done))
  } finally {
    await call((done) => fs.close(file, done))
  }
}

/** Null when RocksDB has removed it since: what it held is in a table by then, and that table on disk. */
const openIfThere = async (path: string): Promise<number | null> => {
  try {
    return await call<number>((done) => fs.open(path, "r+", done))
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return null
    throw error
  }
}

const call = <A = void>(start: (done: (error: Error | null, value?: A) => void) => void): Promise<A> =>
  new Promise((resolve, reject) => start((error, value) => (error ? reject(error) : resolve(value as A))))
