/** The surface of the Holepunch network modules that this folder uses, and nothing more: they ship no types. */
declare module "hyperdht" {
  import type { EventEmitter } from "node:events"
  import type { Duplex } from "node:stream"

  export interface KeyPair {
    readonly publicKey: Buffer
    readonly secretKey: Buffer
  }

  export default class HyperDHT extends EventEmitter {
    constructor(options: {
      readonly bootstrap?: ReadonlyArray<{ readonly host: string; readonly port: number }>
      readonly host?: string
      readonly port?: number
      readonly ephemeral?: boolean
      readonly firewalled?: boolean
    })
    static keyPair(seed: Uint8Array): KeyPair
    static bootstrapper(port: number, host: string, options?: { readonly host?: string }): HyperDHT
    createServer(onconnection: (stream: Duplex) => void): { listen(keyPair: KeyPair): Promise<unknown> }
    connect(publicKey: Uint8Array): Duplex
    fullyBootstrapped(): Promise<void>
    address(): { readonly host: string; readonly port: number }
    suspend(): Promise<void>
    resume(): Promise<void>
    destroy(options?: { readonly force: boolean }): Promise<void>
  }
}

declare module "hyperswarm" {
  import type { EventEmitter } from "node:events"
  import type { Duplex } from "node:stream"
  import type HyperDHT from "hyperdht"
  import type { KeyPair } from "hyperdht"

  /** An encrypted stream to one peer. */
  export interface NoiseStream extends Duplex {
    readonly isInitiator: boolean
    readonly publicKey: Buffer
    readonly remotePublicKey: Buffer
    readonly handshakeHash: Buffer
    userData: unknown
    setKeepAlive(ms: number): void
    setTimeout(ms: number): void
  }

  export default class Hyperswarm extends EventEmitter {
    constructor(options: {
      readonly dht: HyperDHT
      readonly keyPair: KeyPair
      readonly maxPeers?: number
      readonly backoffs?: ReadonlyArray<number>
      readonly maxParallel?: number
    })
    readonly connections: ReadonlySet<NoiseStream>
    readonly peers: ReadonlyMap<string, { ban(banned: boolean): void }>
    readonly server: { close(): Promise<void> }
    join(
      topic: Uint8Array,
      options: { readonly client: boolean; readonly server: boolean }
    ): {
      flushed(): Promise<void>
      refresh(options: { readonly client: boolean; readonly server: boolean }): Promise<void>
    }
    clear(): Promise<void>
    suspend(): Promise<void>
    resume(): Promise<void>
  }
}

declare module "protomux" {
  import type { Duplex } from "node:stream"

  export interface Message {
    send(bytes: Uint8Array): boolean
  }

  export interface ProtomuxChannel {
    readonly messages: ReadonlyArray<Message>
    open(): void
    close(): void
  }

  export default class Protomux {
    static from(stream: Duplex): Protomux
    /** Private: how many channels the peer opened that nobody opened here. It only grows. */
    readonly _remoteBacklog: number
    /** Null when the channel is open already. */
    createChannel(options: {
      readonly protocol: string
      readonly id: Uint8Array
      readonly messages: ReadonlyArray<{ readonly onmessage: (bytes: Uint8Array) => void }>
      readonly onopen: () => void
      readonly onclose: () => void
    }): ProtomuxChannel | null
  }
}
