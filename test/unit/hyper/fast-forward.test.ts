import type Autobase from "autobase"
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest"
import { watchFastForward } from "../../../src/hyper/fast-forward.ts"

const deferred = <A>() => {
  let resolve: (value: A) => void = () => {}
  let reject: (cause: unknown) => void = () => {}
  const promise = new Promise<A>((yes, no) => ([resolve, reject] = [yes, no]))
  return { promise, resolve, reject }
}

/** The parts of a base that count here, with a search that ends when it is told to. */
const faked = () => {
  const search = deferred<void>()
  const base = {
    appending: false,
    core: { length: 3 },
    fastForwardTo: null as { length: number; minimum: number } | null,
    _runFastForward: () => search.promise
  }
  const overtaken = watchFastForward(base as unknown as Autobase<unknown>)
  return { base, overtaken, search }
}

describe("a round", () => {
  beforeEach(() => void vi.useFakeTimers())
  afterEach(() => void vi.useRealTimers())

  it("goes on where nothing is searched", async () => {
    expect(await faked().overtaken()).toBe(false)
  })

  it("waits for a search and ends where that leads far enough", async () => {
    const { base, overtaken, search } = faked()
    void base._runFastForward()
    const asked = overtaken()
    base.fastForwardTo = { length: 19, minimum: 16 }
    search.resolve()
    expect(await asked).toBe(true)
    // What it has put into order meanwhile may bring it so near that Autobase stays.
    base.core.length = 4
    expect(await overtaken()).toBe(false)
  })

  it("goes on after a search that finds nothing, or fails", async () => {
    for (const end of ["resolve", "reject"] as const) {
      const { base, overtaken, search } = faked()
      base._runFastForward().catch(() => {})
      const asked = overtaken()
      search[end]()
      expect(await asked).toBe(false)
      expect(vi.getTimerCount()).toBe(0)
    }
  })

  it("waits a second for a search, once", async () => {
    const { base, overtaken } = faked()
    void base._runFastForward()
    const asked = overtaken()
    await vi.advanceTimersByTimeAsync(1000)
    expect(await asked).toBe(false)
    expect(await overtaken()).toBe(false)
  })

  it("that holds frames of this machine neither waits nor ends", async () => {
    const { base, overtaken } = faked()
    void base._runFastForward()
    base.appending = true
    expect(await overtaken()).toBe(false)
    base.fastForwardTo = { length: 100, minimum: 16 }
    expect(await overtaken()).toBe(false)
  })
})
