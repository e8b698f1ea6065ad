import { createHash } from "node:crypto"
import { toHex } from "./bytes.ts"
import type { LogPort, LogSnapshot, StatePort } from "./ports.ts"

/** The ports in memory, with what Autobase does to the real ones: a rewind to an earlier length of the log. */
export class MemoryViews {
  readonly blocks: Array<Uint8Array> = []
  /** `state` as it was before each block. */
  readonly #states: Array<Map<string, Uint8Array>> = []
  #state = new Map<string, Uint8Array>()
  signedLength = 0

  readonly state: StatePort = {
    get: async (key) => this.#state.get(key) ?? null,
    put: async (key, value) => void this.#pending.set(key, value)
  }
  readonly log: LogPort = {
    last: async () => this.blocks.at(-1) ?? null,
    append: async (block) => {
      this.#states.push(this.#state)
      this.#state = new Map([...this.#state, ...this.#pending])
      this.#pending.clear()
      this.blocks.push(block)
    }
  }
  readonly #pending = new Map<string, Uint8Array>()

  /** Undoes every block from `length` on. */
  truncate(length: number): void {
    if (length >= this.blocks.length) return
    this.#state = this.#states[length]!
    this.#states.length = length
    this.blocks.length = length
  }
  get facts(): ReadonlyMap<string, Uint8Array> {
    return this.#state
  }
  hashOf(length: number = this.blocks.length): Uint8Array {
    const hash = createHash("sha256")
    for (const block of this.blocks.slice(0, length)) hash.update(`${block.byteLength}:`).update(block)
    return hash.digest()
  }
  /** One value for both views: equal hashes mean equal views. */
  get hash(): string {
    const hash = createHash("sha256").update(this.hashOf())
    for (const key of [...this.#state.keys()].sort()) hash.update(`${key}\n`).update(this.#state.get(key)!)
    return toHex(hash.digest())
  }
  snapshot(): LogSnapshot {
    const blocks = [...this.blocks]
    const frozen = new MemoryViews()
    frozen.blocks.push(...blocks)
    return {
      length: blocks.length,
      signedLength: this.signedLength,
      get: async (index) => blocks[index]!,
      hash: async (length) => frozen.hashOf(length)
    }
  }
}
