/** One block of a writer's log, as the linear order delivers it. */
export interface Frame {
  /** The writer's member key, 64 hex. */
  readonly writer: string
  /** The length of the writer's log with this frame. */
  readonly length: number
  readonly bytes: Uint8Array
}

/** What must be read to decide: the newest facts, by the keys of keys.ts. Values are UTF-8 JSON. */
export interface StatePort {
  readonly get: (key: string) => Promise<Uint8Array | null>
  readonly put: (key: string, value: Uint8Array) => Promise<void>
}

/** What was decided: one block a frame, in the linear order, see block.ts. */
export interface LogPort {
  /** The last block, or null while the log is empty. */
  readonly last: () => Promise<Uint8Array | null>
  readonly append: (block: Uint8Array) => Promise<void>
}

/** A pinned, unmoving look at the log, for whoever follows it. */
export interface LogSnapshot {
  /** Blocks in the view now. */
  readonly length: number
  /** Blocks of it that a majority of indexers signed: these never move. */
  readonly signedLength: number
  readonly get: (index: number) => Promise<Uint8Array>
  /** The tree hash of the first `length` blocks: equal hashes mean equal blocks. */
  readonly hash: (length: number) => Promise<Uint8Array>
}
