/** The private parts of rocksdb-native that durability.ts leans on. */

/** One change of a batch. A put has a key and a value, a delete a key alone, a delete of a range neither. */
export interface RocksOperation {
  readonly key?: Uint8Array
  readonly value?: Uint8Array
}

/** Changes that are written as one. `_operations` is emptied when `flush` is done. */
export interface RocksBatch {
  readonly _operations: ReadonlyArray<RocksOperation>
  flush: () => Promise<void>
}

/** The shared state of a database's sessions. Every write of hypercore-storage starts at `createWriteBatch`. */
export interface RocksState {
  createWriteBatch: (database: unknown, options?: unknown) => RocksBatch
}
