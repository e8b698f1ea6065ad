import Writer from "autobase/lib/writer.js"
import { patchOnce } from "./patch-once.ts"

/** How many frames of a log are fetched ahead before the first is in the order. */
const few = 8

/**
 * Autobase fetches 256 frames ahead of what it puts into order, of each log: 22 MB where they are full. On a machine that
 * is new they fill the line for half a second, before what tells that they are not needed. So it fetches few at first.
 */
export const fetchFewAtFirst = (): void =>
  patchOnce(Writer.prototype, "fast-forward", (prototype) => {
    const resume = prototype._resume
    prototype._resume = function () {
      if (this.base.core.length > 0) return resume.call(this)
      const [start, end] = [this.nodes.length, this.nodes.length + few]
      if (this.range?.range.end === end) return
      this.range?.destroy()
      this.range = this.core.download({ start, end, linear: true })
    }
  })
