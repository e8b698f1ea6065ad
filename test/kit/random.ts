/** A small seeded generator (mulberry32): the same seed gives the same run everywhere. */
export interface Random {
  /** An integer of 0..below-1. */
  readonly below: (below: number) => number
  readonly pick: <A>(items: ReadonlyArray<A>) => A
  readonly chance: (probability: number) => boolean
  readonly bytes: (length: number) => Uint8Array
  readonly hex: (length: number) => string
}

export const randomFrom = (seed: number): Random => {
  let state = seed >>> 0
  const next = () => {
    state = (state + 0x6d2b79f5) >>> 0
    let t = state
    t = Math.imul(t ^ (t >>> 15), t | 1)
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61)
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296
  }
  const below = (n: number) => Math.floor(next() * n)
  const bytes = (length: number) => Uint8Array.from({ length }, () => below(256))
  return {
    below,
    pick: (items) => items[below(items.length)]!,
    chance: (probability) => next() < probability,
    bytes,
    hex: (length) => Buffer.from(bytes(length / 2)).toString("hex")
  }
}
