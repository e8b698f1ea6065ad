import type Hypercore from "hypercore"
import { PactNotReady } from "../domain/errors.ts"
import { heldLength } from "./missing.ts"

/** A log as it was at one moment, and what was known of it at that very moment. */
export interface PinnedLog {
  readonly core: Hypercore
  /** See {@link heldLength}. */
  readonly held: number
  /** True where all of it was here, to its very end. */
  readonly whole: boolean
  /** What is signed of it never moves. The pinned core says more than is true: it counts what peers have signed in another order. */
  readonly signed: number
}

/** How often the log may be replaced while it is pinned. Each time takes a new order at that very moment. */
const tries = 16

/**
 * Pins a log. A snapshot is one of the moment when it has opened, and a machine may be sent ahead meanwhile: what was known
 * of the log before is not true of that one, so it is pinned again. The fork tells. Where the log only went on, or moved
 * to a core of the same blocks, the fork stays, and what was known is true of the blocks that were there.
 *
 * @throws PactNotReady where it is replaced again and again.
 */
export const pinLog = async (log: Hypercore): Promise<PinnedLog> => {
  for (let i = 0; i < tries; i++) {
    const { fork, length, signedLength: signed } = log
    const held = heldLength(log)
    const core = log.snapshot({ valueEncoding: "binary" })
    let opened = false
    try {
      await core.ready()
      opened = core.fork === fork
    } finally {
      if (!opened) await core.close()
    }
    if (opened) return { core, held, whole: held === length && core.length === length, signed }
  }
  throw new PactNotReady({ message: "This pact is still being fetched." })
}
