import Writer from "autobase/lib/writer.js"
import { patchOnce } from "./patch-once.ts"

/** More members than ever write at once. Each one that is named costs a look at its log. */
const maxHeads = 1024

/** One block of a member's log, as Autobase has read it. */
export interface LogNode {
  /** How many blocks of a batch are left with this one. */
  batch: number
  heads: Array<{ readonly key: Uint8Array; readonly length: number }>
  actualHeads: Array<{ readonly key: Uint8Array; readonly length: number }>
}

/**
 * Autobase 7.28.1 trusts what a member says of its own blocks, and stops on every peer when that is nonsense: a batch
 * that ends too early, or a head that is named twice. Batches are not a part of our protocol, so each block stands for
 * itself here, whatever it says, and a head counts once. A log that names too many is read no further. Our own blocks
 * are written that way too, or this machine would apply them otherwise than its peers.
 */
export const makeNodesSane = (): void =>
  patchOnce(Writer.prototype, "sane-nodes", (prototype) => {
    const load = prototype._loadNextNode
    prototype._loadNextNode = async function () {
      if (!(await load.call(this)) || this.node === null) return false
      const { node } = this
      if (node.heads.length > maxHeads) {
        this.node = null
        this.frozen = true
        return false
      }
      const seen = new Set<string>()
      const heads = node.heads.filter(({ key, length }) => {
        const name = `${Buffer.from(key).toString("hex")} ${length}`
        return !seen.has(name) && seen.add(name)
      })
      node.batch = 1
      node.heads = heads
      node.actualHeads = heads.slice()
      return true
    }
    const append = prototype.append
    prototype.append = function (value, heads, _batch, dependencies, optimistic) {
      return append.call(this, value, heads, 1, dependencies, optimistic)
    }
  })
