/**
 * The surface of the Holepunch modules that this folder uses, and nothing more: they ship no types.
 * What is private to them is marked as such, and test/integration/hyper/private-apis.test.ts holds it.
 */
declare module "hypercore-storage" {
  /** One RocksDB database with the cores of one pact. */
  export default class HypercoreStorage {
    constructor(
      folder: string,
      options: {
        readonly writeBufferSize: number
        readonly createIfMissing: boolean
        /** 0: a cut last record is dropped, any other damage is an error. 2: all from the first damage on is dropped. */
        readonly walRecoveryMode: 0 | 2
      }
    )
    ready(): Promise<void>
    close(): Promise<void>
    getAlias(alias: { readonly name: string; readonly namespace: Uint8Array }): Promise<Uint8Array | null>
    readonly rocks: {
      /** The folder of the database. */
      readonly path: string
      /** Private. */
      readonly _state: import("./rocks.ts").RocksState
    }
    /** Private: the keys of all cores. */
    readonly db: {
      peek(
        range: { readonly gte: Uint8Array; readonly lt: Uint8Array },
        options: { readonly reverse: boolean; readonly values: boolean }
      ): Promise<{ readonly key: Uint8Array } | null>
    }
    /** Private: deletes the write-ahead log after certain errors at opening. */
    _maybeRecoverLater(error: Error): void
  }
}

declare module "hypercore-storage/lib/keys.js" {
  /** Private: how the blocks of a core and the nodes of its tree are keyed, and what it notes of how far it is whole. */
  export const core: {
    hints(dataPointer: number): Uint8Array
    block(dataPointer: number, index: number): Uint8Array
    tree(dataPointer: number, index: number): Uint8Array
    /** That of a node, too. */
    blockIndex(key: Uint8Array): number
  }
}

declare module "hypercore" {
  import type { EventEmitter } from "node:events"

  /** Blocks that are asked for. */
  export interface Download {
    /** Private. */
    readonly range: { readonly end: number }
    done(): Promise<void>
    destroy(): void
  }

  export default class Hypercore extends EventEmitter {
    /** The key of the log that these signers write. */
    static key(manifest: {
      readonly version: 1
      readonly signers: ReadonlyArray<{ readonly publicKey: Uint8Array }>
    }): Uint8Array
    /** Where the peers of a core find each other: a hash of its key. */
    static discoveryKey(key: Uint8Array): Uint8Array
    readonly manifest: unknown
    readonly key: Uint8Array
    readonly keyPair: { readonly publicKey: Buffer; readonly secretKey: Buffer }
    readonly discoveryKey: Uint8Array
    readonly length: number
    readonly fork: number
    readonly signedLength: number
    readonly contiguousLength: number
    /** Who shares it now. `remoteLength` is the length that a peer has announced. `_remoteHasBlock` is private. */
    readonly peers: ReadonlyArray<{ readonly remoteLength: number; _remoteHasBlock(index: number): boolean }>
    readonly opened: boolean
    ready(): Promise<void>
    close(): Promise<void>
    /** `timeout` in ms. Without one it waits for a peer that has the block. */
    get(index: number, options?: { readonly timeout: number }): Promise<Uint8Array>
    append(block: Uint8Array): Promise<unknown>
    update(options: { readonly wait: boolean; readonly force: boolean }): Promise<boolean>
    /** `linear` asks for the blocks in their order, where by default it begins anywhere. */
    download(
      range:
        | { readonly start: number; readonly end: number; readonly linear?: boolean }
        | { readonly blocks: ReadonlyArray<number> }
    ): Download
    treeHash(length?: number): Promise<Uint8Array>
    snapshot(options: { readonly valueEncoding: "binary" }): Hypercore
    getUserData(name: string): Promise<Uint8Array | null>
    setUserData(name: string, value: Uint8Array): Promise<void>
    /** Says that peers are being looked for, until the answer is called. */
    findingPeers(): () => void
    /** Private: where the core's blocks are kept, and which of them are here. */
    readonly core: {
      readonly state: { readonly storage: { readonly core: { readonly dataPointer: number } } }
      readonly bitfield: { firstUnset(from: number): number; countUnset(from: number, blocks: number): number }
    }
  }
}

declare module "corestore" {
  import type { Duplex } from "node:stream"
  import type Hypercore from "hypercore"
  import type HypercoreStorage from "hypercore-storage"

  export default class Corestore {
    /** @param options.globalCache private: what the caches of each Hyperbee take their size from. */
    constructor(storage: HypercoreStorage, options?: { readonly globalCache: { readonly maxSize: number } })
    readonly ns: Uint8Array
    readonly storage: HypercoreStorage
    ready(): Promise<void>
    close(): Promise<void>
    session(): Corestore
    get(options: { readonly name?: string; readonly key?: Uint8Array; readonly active?: boolean }): Hypercore
    replicate(stream: boolean | Duplex): Duplex
  }
}

declare module "hyperbee" {
  import type Hypercore from "hypercore"

  interface Batch {
    get(key: string): Promise<{ readonly value: Uint8Array } | null>
    put(key: string, value: Uint8Array): Promise<void>
    flush(): Promise<void>
    close(): Promise<void>
  }

  export default class Hyperbee {
    readonly core: Hypercore
    constructor(
      core: Hypercore,
      options: { readonly keyEncoding: "utf-8"; readonly valueEncoding: "binary"; readonly extension: false }
    )
    get(key: string, options: { readonly update: false }): Promise<{ readonly value: Uint8Array } | null>
    batch(options: { readonly update: false }): Batch
    close(): Promise<void>
  }
}

declare module "autobase" {
  import type { EventEmitter } from "node:events"
  import type { Duplex } from "node:stream"
  import type Corestore from "corestore"
  import type Hypercore from "hypercore"

  export interface ViewStore {
    get(name: string, options?: { readonly valueEncoding: "binary" }): Hypercore
  }

  export interface Node {
    readonly from: Hypercore
    /** The length of the writer's log with this node. */
    readonly length: number
    readonly value: Buffer
  }

  /** What `apply` may change of the writers' set. */
  export interface Host {
    readonly key: Uint8Array
    addWriter(key: Uint8Array, options: { readonly indexer: boolean }): Promise<void>
    removeWriter(key: Uint8Array): Promise<void>
    removeable(key: Uint8Array): boolean
  }

  /** A writer that has news, and the length of its log. */
  export interface WakeupHint {
    readonly key: Uint8Array
    readonly length: number
  }

  export interface Handlers<View> {
    readonly valueEncoding: "binary"
    readonly encrypt: true
    readonly encryptionKey: Uint8Array | null
    /** Milliseconds. 0 turns acks off. */
    readonly ackInterval: number
    readonly open: (store: ViewStore) => View
    readonly apply: (nodes: ReadonlyArray<Node>, view: View, host: Host) => Promise<void>
    readonly close: (view: View) => Promise<void>
  }

  /** The log that this machine writes, decoded. An ack has no value. */
  export interface LocalLog extends Omit<Hypercore, "get"> {
    get(index: number): Promise<{ readonly node: { readonly value: Uint8Array | null } }>
  }

  export default class Autobase<View> extends EventEmitter {
    /** What a member appended, from a block of its log as it is on the wire. Decrypts `block` in place. Throws on garbage. */
    static decodeValue(
      block: Uint8Array,
      options: {
        readonly autobase: Uint8Array
        readonly encryptionKey: Uint8Array
        readonly key: Uint8Array
        readonly manifest: unknown
        readonly index: number
      }
    ): Promise<Uint8Array | null>
    constructor(store: Corestore, key: Uint8Array | null, handlers: Handlers<View>)
    readonly key: Uint8Array
    readonly discoveryKey: Uint8Array
    readonly encryptionKey: Uint8Array | null
    readonly local: LocalLog
    /** The order itself. */
    readonly core: Hypercore
    readonly view: View
    /** Null until it is open. True for writers of now, not for removed ones. */
    readonly system: {
      has(key: Uint8Array): Promise<boolean>
      /** Private: the indexers by the newest of the order, confirmed or not. */
      readonly indexers: ReadonlyArray<unknown>
    } | null
    /** Private: called for what peers say. */
    hintWakeup: (hints: WakeupHint | ReadonlyArray<WakeupHint>) => void
    readonly writable: boolean
    readonly isIndexer: boolean
    ready(): Promise<void>
    close(): Promise<void>
    update(): Promise<void>
    /** Null: a block that only says what this machine has seen. */
    append(value: Uint8Array | null): Promise<number>
    /** The newest applied blocks that no other refers to, sorted by key. */
    heads(): ReadonlyArray<{ readonly key: Uint8Array; readonly length: number }>
    /** True while it goes to a later state that peers sent, without applying what leads there. */
    isFastForwarding(): boolean
    /** Private: the logs that are being read, each up to `length`. A frozen one is read no further. */
    readonly activeWriters: Iterable<import("autobase/lib/writer.js").default>
    /** Private: the indexers in force, and how far the log of each is read. */
    readonly linearizer: {
      readonly indexers: ReadonlyArray<{ readonly core: Hypercore; readonly length: number }>
    }
    /** Confirms what others wrote, where that is due. */
    ack(): Promise<void>
    replicate(stream: boolean | Duplex): Duplex
    /** Private: goes through what {@link hintWakeup} was told. */
    _drainWakeup(): Promise<void>
    /** Private: hears of news in logs that rest. `_add` begins that for one, and answers false where it is none of a writer. */
    readonly _wakeup: {
      _add(core: {
        readonly header: { readonly key: Uint8Array }
        readonly state: {
          readonly length: number
          /** Held while the log grows. `lock` fails where it is closing. */
          readonly mutex: { lock(): Promise<void>; unlock(): void }
        }
      }): Promise<boolean>
    }
    /** Private: null until this machine's log takes part. `idle` is false while blocks of it are missing here. */
    readonly localWriter: { idle(): boolean } | null
  }
}

declare module "autobase/lib/apply-state.js" {
  /** Private: what Autobase has applied and not yet written. */
  export default class ApplyState {
    readonly key: Uint8Array
    readonly base: { readonly recoveries: number }
    readonly systemView: { readonly indexedLength: number }
    readonly localState: {
      setBootRecord(record: import("./atomic-flush.ts").BootRecord): void
      flush(): Promise<unknown>
    }
    _flush(localNodes: ReadonlyArray<unknown> | null): Promise<void>
  }
}

declare module "autobase/lib/caps.js" {
  /** Private. */
  export const BOOT_RECORD_VERSION: number
}

declare module "autobase/lib/writer.js" {
  import type Hypercore from "hypercore"
  import type { Download } from "hypercore"

  /** Private: reads one member's log. */
  export default class Writer {
    /** The block that was read last. */
    node: import("./sane-nodes.ts").LogNode | null
    /** True when the log is read no further. */
    frozen: boolean
    /** How far the log is in the order. */
    readonly length: number
    readonly isRemoved: boolean
    _loadNextNode(): Promise<boolean>
    append(value: unknown, heads: unknown, batch: number, dependencies: unknown, optimistic: boolean): unknown
    readonly core: Hypercore
    /** What has been read of the log: so many blocks. */
    readonly nodes: { readonly length: number }
    /** What is being fetched of it. Null while it rests. */
    range: Download | null
    /** Fetches what comes next. */
    _resume(): void
    /** `_coupler` holds the logs that are offered to each peer. Null until the base is open. */
    readonly base: {
      readonly core: Hypercore
      readonly _coupler: { remove(core: Hypercore): void } | null
    }
    _close(): Promise<void>
  }
}

declare module "hypercore/lib/core.js" {
  type Verified = import("./late-blocks.ts").Verified

  /** Private: what all sessions of one log share. */
  export default class Core {
    /** Which blocks are here. */
    readonly bitfield: { get(index: number): boolean }
    /** Takes a block that came with the proof of a longer log. False: it was refused. */
    _verifyExclusive(verified: Verified): Promise<boolean>
    /** Blocks that came alone and wait to be written together, and when they are. Null: none does. */
    _verifies: Array<Verified> | null
    _verified: Promise<boolean> | null
    _verifyShared(): Promise<boolean>
  }
}

declare module "hypercore/lib/replicator.js" {
  type LogPeer = import("./old-proofs.ts").LogPeer
  type LogRequest = import("./old-proofs.ts").LogRequest

  /** Private: exchanges one log with peers. */
  export default class Replicator {
    readonly core: { readonly state: { readonly fork: number; readonly length: number } }
    /** Tells of data that failed its check. The request that it answers, if any, is over and the peer paused. */
    _oninvaliddata(
      error: { readonly code?: string },
      request: LogRequest | null,
      data: { readonly fork: number },
      peer: LogPeer
    ): void
    /** Asks the peer for what is missing. */
    updatePeer(peer: LogPeer): void
  }
}
