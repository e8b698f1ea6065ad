import type Autobase from "autobase"
import type { Views } from "./views.ts"

/**
 * Keeps every block of the order and of both views on this machine. A peer that was fast-forwarded has only what it
 * read, and could neither read the rest nor write once it is offline.
 */
export const keepLocal = (base: Autobase<Views>): void => {
  let ranges: Array<{ destroy(): void }> = []
  const start = () => {
    for (const range of ranges) range.destroy()
    const { core, view } = base
    // In their order, so that the read model takes the first ones while the others come.
    ranges = [core, view.log, view.state.core].map((kept) => kept.download({ start: 0, end: -1, linear: true }))
  }
  const startUnlessSentAhead = () => {
    if (ranges.length === 0 && !base.isFastForwarding()) start()
  }
  // What a machine fetches that is new would stand in the way of what sends it ahead.
  if (base.view.log.length > 0) start()
  else base.on("update", startUnlessSentAhead)
  // Both put other cores in the place of these.
  base.on("reboot", start)
  base.on("fast-forward", start)
}
