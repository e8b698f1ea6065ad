import Core from "hypercore/lib/core.js"
import { patchOnce } from "./patch-once.ts"

/** A block as it came from a peer, with its proof. */
export interface Verified {
  /** True where the proof also made the log longer. */
  readonly batch: { readonly upgraded: boolean }
  /** Null where the proof came alone. */
  readonly bitfield: { readonly start: number } | null
}

/**
 * A peer may send a block together with the proof that a log is longer. Where the log has that length already by the time
 * it is this proof's turn, Hypercore 11.37.1 writes the block, and doesn't note that it is here. Nor does it ask for it
 * again, so what follows the log stands still until the next start. Here such a block is taken once more, as one that
 * came alone.
 */
export const countLateBlocks = (): void =>
  patchOnce(Core.prototype, "late-blocks", (prototype) => {
    const verify = prototype._verifyExclusive
    prototype._verifyExclusive = async function (verified) {
      if (!(await verify.call(this, verified))) return false
      const { batch, bitfield } = verified
      if (batch.upgraded || bitfield === null || this.bitfield.get(bitfield.start)) return true
      // As Hypercore gathers them: those that come meanwhile are written together.
      if (this._verifies === null) {
        this._verifies = [verified]
        this._verified = this._verifyShared()
      } else this._verifies.push(verified)
      await this._verified
      return true
    }
  })
