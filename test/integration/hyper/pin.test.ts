import { assert, describe } from "@effect/vitest"
import { Effect } from "effect"
import type HypercoreOf from "hypercore"
import { createRequire } from "node:module"
import { PactNotReady } from "../../../src/domain/errors.ts"
import { pinLog } from "../../../src/hyper/pin.ts"
import { live } from "../../kit/live.ts"
import { tempDir } from "../../kit/temp.ts"

// With the options that src/hyper has no use for.
const Hypercore = createRequire(import.meta.url)("hypercore")

const blocks = (count: number) => Array.from({ length: count }, (_, i) => Buffer.from(`${i}`))

/** A log that something is done to while a snapshot of it opens, as many times as it is said. */
const movedWhilePinned = (
  log: InstanceType<typeof Hypercore>,
  times: number,
  move: () => Promise<unknown>
): HypercoreOf =>
  new Proxy(log, {
    get: (target, name) => {
      if (name !== "snapshot") return Reflect.get(target, name, target)
      return (options: unknown) => {
        const ready = (async () => {
          if (times-- > 0) await move()
          const snapshot = log.snapshot(options)
          await snapshot.ready()
          return snapshot
        })()
        let opened: HypercoreOf
        return {
          ready: async () => (opened = await ready),
          close: () => opened.close(),
          get fork() {
            return opened.fork
          },
          get length() {
            return opened.length
          }
        }
      }
    }
  })

describe("a pinned log", () => {
  live("is told of as it was pinned, also where it was replaced at that moment", () =>
    Effect.gen(function* () {
      const log = new Hypercore(yield* tempDir())
      yield* Effect.promise(async () => {
        await log.append(blocks(10))
        const quiet = await pinLog(log)
        assert.deepStrictEqual([quiet.held, quiet.whole, quiet.core.length], [10, true, 10])
        await quiet.core.close()

        const grown = await pinLog(movedWhilePinned(log, 1, () => log.append(blocks(2))))
        assert.deepStrictEqual([grown.held, grown.whole, grown.core.length], [10, false, 12])
        await grown.core.close()

        const replace = async () => {
          await log.truncate(1)
          await log.append(blocks(20))
        }
        const pinned = await pinLog(movedWhilePinned(log, 2, replace))
        assert.deepStrictEqual([pinned.held, pinned.core.length, pinned.core.fork], [21, 21, log.fork])
        await pinned.core.close()

        const error = await pinLog(movedWhilePinned(log, Infinity, replace)).catch((cause: unknown) => cause)
        assert.instanceOf(error, PactNotReady)
        await log.close()
      })
    })
  )
})
