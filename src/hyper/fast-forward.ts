import type Autobase from "autobase"
import Writer from "autobase/lib/writer.js"

/** How many frames of a log are fetched ahead before the first is in the order. */
const few = 8
const patched = Symbol.for("openpact.fast-forward")

/**
 * Autobase fetches 256 frames ahead of what it puts into order, of each log: 22 MB where they are full. On a machine that
 * is new they fill the line for half a second, before what tells that they are not needed. So it fetches few at first.
 */
export const fetchFewAtFirst = (): void => {
  const prototype = Writer.prototype as Writer & { [patched]?: true }
  if (prototype[patched]) return
  prototype[patched] = true
  const resume = prototype._resume
  prototype._resume = function () {
    if (this.base.core.length > 0) return resume.call(this)
    const [start, end] = [this.nodes.length, this.nodes.length + few]
    if (this.range?.range.end === end) return
    this.range?.destroy()
    this.range = this.core.download({ start, end, linear: true })
  }
}

/** How long a round waits for a search, ms. One takes a few round trips. */
const patience = 1000

/**
 * A machine that lacks much is sent ahead: Autobase searches for a state that the indexers have signed, and goes there when
 * the round it is in has ended. It searches beside that round, which puts 64 frames or more into order, so on a machine
 * that is new these are decided in vain, for half a second, and keep the search from its answers. With this, a round waits
 * for the search, and learns when it may end at once.
 *
 * @returns asked before each frame of a round. True: Autobase leaves this round behind. What is thrown then ends the round
 *   and nothing else.
 */
export const watchFastForward = <View>(base: Autobase<View>): (() => Promise<boolean>) => {
  let searched: Promise<void> = Promise.resolve()
  const run = base._runFastForward
  base._runFastForward = (search) => {
    const running = run.call(base, search)
    searched = within(patience, running)
    return running
  }
  // A round that is ended here counts as failed, and after that nothing is searched for five minutes.
  let left = false
  const go = base._applyFastForward
  base._applyFastForward = () => {
    if (left) base.fastForwardFailedAt = 0
    left = false
    return go.call(base)
  }
  return async () => {
    // A round that holds frames of this machine is gone through: somebody waits for them.
    if (base.appending) return false
    await searched
    const to = base.fastForwardTo
    // By this Autobase decides whether it goes.
    left = to !== null && to.length >= base.core.length + to.minimum && !base.appending
    return left
  }
}

/** Ends with the work, however that ends, or when the time is over. */
const within = (ms: number, work: Promise<unknown>): Promise<void> =>
  new Promise((resolve) => {
    const timer = setTimeout(resolve, ms)
    const done = () => {
      clearTimeout(timer)
      resolve()
    }
    work.then(done, done)
  })
