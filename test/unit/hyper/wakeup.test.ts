import Autobase, { type WakeupHint } from "autobase"
import { randomBytes } from "node:crypto"
import { EventEmitter } from "node:events"
import { expect, it } from "vitest"
import { toHex } from "../../../src/engine/bytes.ts"
import { guardWakeup } from "../../../src/hyper/wakeup.ts"

/** As much of a base as the guard touches, and what gets through to it. */
const guarded = () => {
  const writers = new Set<string>()
  const through: Array<string> = []
  let asked = 0
  const base = Object.assign(new EventEmitter(), {
    local: { key: randomBytes(32) },
    system: {
      has: async (key: Uint8Array) => {
        asked++
        return writers.has(toHex(key))
      }
    },
    // As Autobase does: what is hinted meanwhile is forgotten with the rest.
    _drainWakeup: async () => {
      await new Promise((resolve) => setImmediate(resolve))
      through.length = 0
    },
    _wakeup: { _add: async (core: object | null) => core !== null },
    hintWakeup: (hints: WakeupHint | ReadonlyArray<WakeupHint>) => {
      for (const { key, length } of [hints].flat()) through.push(`${toHex(key)} ${length}`)
    }
  })
  guardWakeup(base as unknown as Autobase<unknown>)
  const idle = () => new Promise((resolve) => setImmediate(resolve))
  return { base, writers, through, idle, asked: () => asked }
}
const hint = (length = 1): WakeupHint => ({ key: randomBytes(32), length })
const named = ({ key, length }: WakeupHint) => `${toHex(key)} ${length}`

it("a hint for a writer gets through, and one for nobody waits until the pact knows it", async () => {
  const { base, idle, through, writers } = guarded()
  const [known, unknown] = [hint(), hint(7)]
  writers.add(toHex(known.key))
  base.hintWakeup([known, unknown])
  await idle()
  expect(through).toEqual([named(known)])
  writers.add(toHex(unknown.key))
  base.emit("update")
  await idle()
  expect(through).toEqual([named(known), named(unknown)])
})

it("this machine's own log needs no asking", async () => {
  const { base, idle, through } = guarded()
  base.hintWakeup({ key: base.local.key, length: 3 })
  await idle()
  expect(through).toEqual([named({ key: base.local.key, length: 3 })])
})

it("hints that come while others are looked up are looked up too, each once and with the greatest length", async () => {
  const { base, idle, through, writers } = guarded()
  const late = hint(2)
  writers.add(toHex(late.key))
  base.hintWakeup([hint(), hint()])
  base.hintWakeup(late)
  base.hintWakeup({ ...late, length: 5 })
  await idle()
  expect(through).toEqual([named({ ...late, length: 5 })])
})

it("hints that come while Autobase goes through those before are kept until it is done", async () => {
  const { base, idle, through, writers } = guarded()
  const [before, meanwhile] = [hint(), hint()]
  for (const { key } of [before, meanwhile]) writers.add(toHex(key))
  base.hintWakeup(before)
  await idle()
  expect(through).toEqual([named(before)])
  const drained = base._drainWakeup()
  base.hintWakeup(meanwhile)
  await drained
  await idle()
  expect(through).toEqual([named(meanwhile)])
})

it("a writer's log that was opened is looked at once its news are heard, and no other", async () => {
  const { base, idle, through, writers } = guarded()
  const { key } = hint()
  writers.add(toHex(key))
  const state = { length: 3, mutex: { lock: async () => void (state.length = 4), unlock: () => {} } }
  expect(await base._wakeup._add({ header: { key }, state })).toBe(true)
  expect(await base._wakeup._add(null)).toBe(false)
  await idle()
  expect(through).toEqual([named({ key, length: 4 })])
})

it("100,000 made-up keys cost a thousand questions, and next to nothing afterwards", async () => {
  const { asked, base, idle, through, writers } = guarded()
  base.hintWakeup(Array.from({ length: 100_000 }, () => hint()))
  await idle()
  expect(through).toEqual([])
  expect(asked()).toBeLessThanOrEqual(2048)
  const before = asked()
  base.emit("update")
  await idle()
  expect(asked() - before).toBeLessThanOrEqual(64)
  // Who is a writer is still heard.
  const known = hint()
  writers.add(toHex(known.key))
  base.hintWakeup(known)
  await idle()
  expect(through).toEqual([named(known)])
})
