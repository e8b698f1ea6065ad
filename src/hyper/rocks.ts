/** The private parts of rocksdb-native that durability.ts and read-cache.ts lean on. */

/** One change of a batch: a put has a key and a value, a delete a key alone, and a delete of a range goes up to `end`. */
export type RocksOperation =
  | { readonly key: Uint8Array; readonly value?: Uint8Array }
  | { readonly key?: never; readonly value?: never; readonly start: Uint8Array; readonly end: Uint8Array }

/** One connection to the database, maybe pinned to what it held at one moment. */
export interface RocksSession {
  readonly _snapshot: object | null
}

/** Changes that are written as one. `_operations` is emptied when `flush` is done. */
export interface RocksBatch {
  readonly _operations: ReadonlyArray<RocksOperation>
  tryPut: (key: Uint8Array, value: Uint8Array) => void
  /** Lets go of it, whatever it holds. */
  destroy: () => void
  flush: () => Promise<void>
}

/** Keys that are read together. Each promise of `get` is kept once the batch was flushed. */
export interface RocksReads {
  readonly _db: RocksSession
  readonly _operations: ReadonlyArray<unknown>
  readonly _autoDestroy: boolean
  get: (key: Uint8Array) => Promise<Buffer | null>
  flush: () => Promise<void>
  tryFlush: () => void
  destroy(): void
}

/** The shared state of a database's sessions. Every access of hypercore-storage but for iterators starts here. */
export interface RocksState {
  /** Called when a session is made, and so when a snapshot is taken. */
  addSession: (session: RocksSession) => void
  createReadBatch: (database: unknown, options?: unknown) => RocksReads
  createWriteBatch: (database: unknown, options?: unknown) => RocksBatch
}
