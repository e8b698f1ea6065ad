import Writer from "autobase/lib/writer.js"
import { patchOnce } from "./patch-once.ts"

/**
 * Autobase 7.28.1 closes the log of a writer that rests and opens it again when it writes, and keeps each closed one among
 * those that it offers to peers: one more each time, for ever. Here it lets go of them.
 */
export const letGoOfClosedWriters = (): void =>
  patchOnce(Writer.prototype, "closed-writers", (prototype) => {
    const close = prototype._close
    prototype._close = function () {
      this.base._coupler?.remove(this.core)
      return close.call(this)
    }
  })
