import Replicator from "hypercore/lib/replicator.js"
import { patchOnce } from "./patch-once.ts"

/** A peer, as one log sees it. */
export interface LogPeer {
  /** True: nothing of this log is exchanged with it any more. */
  paused: boolean
}

/** What a log asked a peer for. */
export interface LogRequest {
  readonly fork: number
  /** The proof of a longer log than the one of `start` blocks that was here. */
  readonly upgrade: { readonly start: number } | null
}

/** Those whose data was wrong for another reason than the one below. */
const distrusted = new WeakSet<LogPeer>()

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
      const { fork, length } = this.core.state
      const grown = request !== null && request.upgrade !== null && request.upgrade.start < length
      const old = grown && error.code === "INVALID_OPERATION" && request.fork === fork && data.fork === fork
      if (!old) distrusted.add(peer)
      if (distrusted.has(peer)) return
      peer.paused = false
      this.updatePeer(peer)
    }
  })
