import Replicator from "hypercore/lib/replicator.js"
import { patchOnce } from "./patch-once.ts"

/** A peer, as one log sees it. */
export interface LogPeer {
  /** True: nothing of this log is exchanged with it any more. */
  paused: boolean
}

/** What a log asked a peer for. */
export interface LogRequest {
  /** The proof of a longer log than the one of `start` blocks that was here. */
  readonly upgrade: { readonly start: number } | null
}

/**
 * A log may grow here while a peer's proof of the same blocks is on its way: where entries are applied, the order and the
 * views do. Hypercore 11.37.1 reads such a proof as one for the log of now, finds that it makes no sense, and exchanges
 * nothing of this log with the peer while the connection lasts. Here the peer is asked anew. One that answers with
 * nonsense gets no more by it than one more question each time the log has grown.
 */
export const bearOldProofs = (): void =>
  patchOnce(Replicator.prototype, "old-proofs", (prototype) => {
    const refuse = prototype._oninvaliddata
    prototype._oninvaliddata = function (error, request, data, peer) {
      refuse.call(this, error, request, data, peer)
      const from = request?.upgrade?.start
      if (error.code !== "INVALID_OPERATION" || from === undefined || from >= this.core.state.length) return
      peer.paused = false
      this.updatePeer(peer)
    }
  })
