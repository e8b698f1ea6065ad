import { Effect, type Scope } from "effect"
import HyperDHT from "hyperdht"
import type { NoiseStream } from "hyperswarm"
import { createRequire } from "node:module"
import type { Duplex } from "node:stream"

/** A connection between two machines of this process: real Noise streams, whose bytes go from hand to hand. */
export interface Wire {
  readonly ends: readonly [NoiseStream, NoiseStream]
  /** Holds back all bytes, as when one end is frozen or the network is gone: neither end is told. False lets them go. */
  readonly hold: (held: boolean) => void
  /** Called whenever bytes have gone over, signs of life included. */
  readonly onCarry: (listener: () => void) => void
  /** Ends it on both sides. */
  readonly cut: () => void
  /** Ends one end as if its process was killed: from now on no byte goes over, and the other end hears nothing of it. */
  readonly lose: (end: 0 | 1) => void
}

interface RawStream extends Duplex {
  readonly noiseStream: NoiseStream & { readonly opened: Promise<boolean> }
}
const Hypercore = createRequire(import.meta.url)("hypercore") as {
  createProtocolStream(initiator: boolean, options: object): RawStream
}

/** Answers null when an end is gone before both are open. The wire is cut when the scope closes. */
export const openWire = (seeds: readonly [Uint8Array, Uint8Array]): Effect.Effect<Wire | null, never, Scope.Scope> =>
  Effect.gen(function* () {
    const raw = seeds.map((seed, i) =>
      Hypercore.createProtocolStream(i === 0, { keyPair: HyperDHT.keyPair(seed), keepAlive: false })
    ) as [RawStream, RawStream]
    const ends = [raw[0].noiseStream, raw[1].noiseStream] as const
    const cut = () => ends.forEach((end) => end.destroy())
    yield* Effect.addFinalizer(() => Effect.sync(cut))
    for (const stream of [...raw, ...ends]) stream.on("error", () => {})
    const lanes = [laneOf(raw[0], raw[1]), laneOf(raw[1], raw[0])]
    const opened = yield* Effect.promise(() => Promise.all(ends.map(({ opened }) => opened)))
    if (!opened.every(Boolean)) return null
    const onCarry = (listener: () => void) => raw.forEach((stream) => stream.on("data", listener))
    const lose = (end: 0 | 1) => {
      for (const { sever } of lanes) sever()
      ends[end].destroy()
    }
    return { ends, cut, lose, onCarry, hold: (held) => lanes.forEach(({ hold }) => hold(held)) }
  })

/** Carries bytes one way, at the pace of the taker. */
const laneOf = (from: Duplex, to: Duplex) => {
  let held = false
  let severed = false
  const flow = () => void (held || severed ? from.pause() : from.resume())
  from.on("data", (bytes: Buffer) => {
    if (!severed && !to.write(bytes)) from.pause()
  })
  to.on("drain", flow)
  from.on("close", () => {
    if (!severed) to.destroy()
  })
  return {
    hold: (next: boolean) => {
      held = next
      flow()
    },
    sever: () => {
      severed = true
      flow()
    }
  }
}
