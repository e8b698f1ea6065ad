import type { AbsentNodes } from "./absent-nodes.ts"
import type { RocksBatch, RocksOperation, RocksReads, RocksState } from "./rocks.ts"

/** What is kept of one database, bytes, and the largest value that is. */
const keptBytes = 64 * 1024
const largest = 8 * 1024

/** What is known of a key. Whoever changes the key puts another in its place, so an older read finds its own gone. */
interface Slot {
  /** Null: there is no such key. Undefined: not known, as long as it is read or written. */
  readonly value: Buffer | null | undefined
  /** When it was learned. */
  readonly since: number
  /** The writes under way. */
  readonly writers: number
  /** Another change of the key was under way at the same time: which came last is not known. */
  contended: boolean
}

/**
 * Answers reads of what was read or written lately from memory. Autobase looks up some fifty keys for each append,
 * nearly all of them written by the append before, and each look takes a trip through the thread pool.
 *
 * What is answered is what the database would answer: a key is known from the end of its write on, and not known while
 * it is written. A snapshot is answered what was known when it was taken and has not changed since. This process is
 * the only one that has the database open.
 *
 * @param nodes answers for what was never there, and is told of every write.
 */
export const cacheReads = (state: RocksState, nodes: AbsentNodes): void => {
  const slots = new Map<string, Slot>()
  let bytes = 0
  let clock = 0
  const taken = new WeakMap<object, number>()
  /** The ranges that are being deleted. Nothing is learned of their keys meanwhile. */
  const deleting = new Set<Range>()
  const isDeleting = (name: string): boolean => {
    for (const range of deleting) if (holds(range, name)) return true
    return false
  }

  const drop = (name: string): Slot | undefined => {
    const slot = slots.get(name)
    if (slot === undefined) return undefined
    slots.delete(name)
    bytes -= sizeOf(name, slot)
    return slot
  }
  const put = (name: string, slot: Slot): Slot => {
    drop(name)
    slots.set(name, slot)
    bytes += sizeOf(name, slot)
    return slot
  }
  const learn = (name: string, value: Uint8Array | null): void => {
    if (value !== null && value.byteLength > largest) return void drop(name)
    put(name, { value: value === null ? null : copyOf(value), since: ++clock, writers: 0, contended: false })
    for (const [oldest, { writers }] of slots) {
      if (bytes <= keptBytes) return
      if (writers === 0) drop(oldest)
    }
  }

  const begin = (operations: ReadonlyArray<RocksOperation>): Writing => {
    const ranges: Array<Range> = []
    const values = new Map<string, Uint8Array | null>()
    for (const operation of operations) {
      if (operation.key === undefined) {
        const range = { from: nameOf(operation.start), to: nameOf(operation.end) }
        ranges.push(range)
        for (const [name, slot] of slots) {
          if (!holds(range, name)) continue
          if (slot.writers === 0) drop(name)
          else slot.contended = true
        }
      } else {
        const name = nameOf(operation.key)
        // Of several changes of a key in one batch the last one stands.
        if (operation.value !== undefined) nodes.wrote(operation.key)
        const again = values.has(name)
        values.set(name, operation.value ?? null)
        if (again) continue
        const writers = (drop(name)?.writers ?? 0) + 1
        put(name, { value: undefined, since: 0, writers, contended: writers > 1 || isDeleting(name) })
      }
    }
    // A put behind a delete in one batch stands, so a batch's own ranges don't count for it.
    for (const range of ranges) deleting.add(range)
    return { ranges, values }
  }
  const end = ({ ranges, values }: Writing, written: boolean): void => {
    for (const range of ranges) deleting.delete(range)
    for (const [name, value] of values) {
      const { contended, writers } = drop(name)!
      if (writers > 1) put(name, { value: undefined, since: 0, writers: writers - 1, contended: true })
      else if (written && !contended) learn(name, value)
    }
  }

  const read = (batch: RocksReads, get: RocksReads["get"], key: Uint8Array): Promise<Buffer | null> => {
    const { _snapshot: snapshot } = batch._db
    const name = nameOf(key)
    const known = slots.get(name)
    if (known?.value !== undefined && (snapshot === null || known.since <= (taken.get(snapshot) ?? 0))) {
      slots.delete(name)
      slots.set(name, known)
      // Readers may write into what they get.
      return Promise.resolve(known.value === null ? null : copyOf(known.value))
    }
    if (nodes.isAbsent(key)) return Promise.resolve(null)
    const answer = get(key)
    if (snapshot !== null || known !== undefined || isDeleting(name)) return answer
    const slot = put(name, { value: undefined, since: 0, writers: 0, contended: false })
    answer.then(
      (value) => slots.get(name) === slot && learn(name, value),
      () => slots.get(name) === slot && drop(name)
    )
    return answer
  }

  const addSession = state.addSession.bind(state)
  state.addSession = (session) => {
    const { _snapshot: snapshot } = session
    if (snapshot !== null && !taken.has(snapshot)) taken.set(snapshot, clock)
    addSession(session)
  }

  // Batches are used again, so each is wrapped once.
  const wrapped = new WeakSet<object>()
  const isNew = (batch: object): boolean => !wrapped.has(batch) && wrapped.add(batch) !== undefined

  const createRead = state.createReadBatch.bind(state)
  state.createReadBatch = (database, options) => {
    const batch = createRead(database, options)
    if (!isNew(batch)) return batch
    const get = batch.get.bind(batch)
    const flush = batch.flush.bind(batch)
    const tryFlush = batch.tryFlush.bind(batch)
    const isDone = (): boolean => {
      if (batch._operations.length > 0) return false
      if (batch._autoDestroy) batch.destroy()
      return true
    }
    batch.get = (key) => read(batch, get, key)
    batch.flush = async () => (isDone() ? undefined : flush())
    batch.tryFlush = () => (isDone() ? undefined : tryFlush())
    return batch
  }

  const createWrite = state.createWriteBatch.bind(state)
  state.createWriteBatch = (database, options) => {
    const batch: RocksBatch = createWrite(database, options)
    if (!isNew(batch)) return batch
    const flush = batch.flush.bind(batch)
    batch.flush = async () => {
      const writing = begin(batch._operations)
      let written = false
      try {
        await flush()
        written = true
      } finally {
        end(writing, written)
      }
    }
    return batch
  }
}

/** The changes of a batch on its way. */
interface Writing {
  readonly ranges: ReadonlyArray<Range>
  /** The last value of each key, null where it is deleted. */
  readonly values: ReadonlyMap<string, Uint8Array | null>
}

/** Keys from `from` on and before `to`. */
interface Range {
  readonly from: string
  readonly to: string
}

const holds = ({ from, to }: Range, name: string): boolean => from <= name && name < to

/**
 * A copy with memory of its own, as RocksDB answers it. `Buffer.from` would cut it from 64 KiB that many share, and
 * Hypercore keeps thousands of hashes for long: each would hold all of that.
 */
const copyOf = (value: Uint8Array): Buffer => {
  const copy = Buffer.allocUnsafeSlow(value.byteLength)
  copy.set(value)
  return copy
}

/** One unit a byte, so that names are ordered as keys are. */
const nameOf = (key: Uint8Array): string => Buffer.from(key.buffer, key.byteOffset, key.byteLength).toString("latin1")

/** With what a map takes for an entry, about. */
const sizeOf = (name: string, { value }: Slot): number => 100 + name.length + (value?.byteLength ?? 0)
