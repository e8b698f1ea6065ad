import type Autobase from "autobase"
import type { WakeupHint } from "autobase"
import { fromHex, toHex } from "../engine/bytes.ts"

/** More writers than are ever awake at once. What peers name beyond that they may name again. */
const maxHints = 1024
/** How many keys that the pact doesn't know are kept, to be looked up again when it has learned more. */
const maxUnknown = 64

/**
 * Lets peers wake only logs of writers that the pact knows. Autobase 7.28.1 opens a core for every key that a peer
 * names: 100,000 made-up ones cost 146 MB and hold up writes for seconds. Some that are unknown are kept, since a hint
 * may come before the entry that admits its writer.
 */
export const guardWakeup = (base: Autobase<unknown>): void => {
  const hint = base.hintWakeup
  const waiting = new Map<string, number>()
  let checking = false
  let more = false
  let draining = false
  const check = async (): Promise<void> => {
    more = true
    if (checking || draining) return
    checking = true
    while (more) {
      more = false
      for (const name of Array.from(waiting.keys())) {
        if (!(await isWriter(base, fromHex(name)))) continue
        if (draining) {
          checking = false
          return
        }
        const length = waiting.get(name)!
        waiting.delete(name)
        hint.call(base, [{ key: fromHex(name), length }])
      }
      for (const name of Array.from(waiting.keys()).slice(maxUnknown)) waiting.delete(name)
    }
    checking = false
  }
  base.hintWakeup = (hints) => {
    for (const { key, length } of [hints].flat() as ReadonlyArray<WakeupHint>) {
      const name = toHex(key)
      const before = waiting.get(name)
      if (before === undefined && waiting.size >= maxHints) continue
      // -1 stands for any length.
      waiting.set(name, before === -1 || length === -1 ? -1 : Math.max(length, before ?? 0))
    }
    void check()
  }
  base.on("update", () => void check())
  // Autobase forgets all hints once it has gone through them, also a greater length that came behind its back.
  const drain = base._drainWakeup
  base._drainWakeup = async () => {
    draining = true
    try {
      await drain.call(base)
    } finally {
      draining = false
      void check()
    }
  }
  hearEarly(base)
}

/**
 * Autobase 7.28.1 hears of news in a log that rests by a hook, which it sets a read of the disk after the log was opened. A
 * peer may have made the log longer by then, or be about to, and nobody would read it before its writer writes again. So
 * once the hook is set, what is there is looked at.
 */
const hearEarly = (base: Autobase<unknown>): void => {
  const { _wakeup: wakeup } = base
  const add = wakeup._add
  wakeup._add = async (core) => {
    if (!(await add.call(wakeup, core))) return false
    const { mutex } = core.state
    // What came before the hook is being written. It fails where the log is closing.
    try {
      await mutex.lock()
    } catch {
      return true
    }
    mutex.unlock()
    base.hintWakeup([{ key: core.header.key, length: core.state.length }])
    return true
  }
}

/** False also where that can't be told now, while the base reads itself anew or closes. */
const isWriter = async ({ local, system }: Autobase<unknown>, key: Uint8Array): Promise<boolean> => {
  if (Buffer.compare(local.key, key) === 0) return true
  try {
    return system !== null && (await system.has(key))
  } catch {
    return false
  }
}
