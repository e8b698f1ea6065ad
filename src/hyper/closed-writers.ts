import Writer from "autobase/lib/writer.js"

const patched = Symbol.for("openpact.closed-writers")

/**
 * Autobase 7.28.1 closes the log of a writer that rests and opens it again when it writes, and keeps each closed one among
 * those that it offers to peers: one more each time, for ever. Here it lets go of them.
 */
export const letGoOfClosedWriters = (): void => {
  const prototype = Writer.prototype as Writer & { [patched]?: true }
  if (prototype[patched]) return
  prototype[patched] = true
  const close = prototype._close
  prototype._close = function () {
    this.base._coupler?.remove(this.core)
    return close.call(this)
  }
}
