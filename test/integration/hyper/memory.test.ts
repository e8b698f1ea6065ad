import { assert, describe } from "@effect/vitest"
import { Effect } from "effect"
import { queryObjects } from "node:v8"
import Autobase from "autobase"
import Hypercore from "hypercore"
import Hyperbee from "hyperbee"
import { encodeText } from "../../../src/engine/bytes.ts"
import { openLedger } from "../../../src/hyper/Ledger.ts"
import { converged, dataIn, defaults, joinLedger } from "../../kit/ledgers.ts"
import { live } from "../../kit/live.ts"
import { tempDir } from "../../kit/temp.ts"

// Counts of objects after a collection of garbage, not sizes: those depend on when the process last collected.

const count = (of: abstract new (...args: never) => object): number =>
  queryObjects(of as typeof Object, { format: "count" })

/** As Hyperbee keeps what it has read of its tree. */
interface Cached {
  readonly _keyCache: { readonly keys: { readonly maxSize: number } }
  readonly _nodeCache: { readonly keys: { readonly maxSize: number } }
}

describe("memory", () => {
  live("does not grow with the number of times that a member rests and writes again", () =>
    Effect.gen(function* () {
      const home = yield* tempDir()
      const creator = yield* openLedger({ ...defaults, dir: dataIn(home, "ada") })
      const { member } = yield* joinLedger(creator, { dir: dataIn(home, "bob") })
      let length = 1
      const round = Effect.gen(function* () {
        yield* member.append(encodeText(`count ${length}`))
        yield* converged(creator, member, ++length)
      })
      yield* Effect.replicateEffect(round, 3)
      const before = count(Hypercore)
      yield* Effect.replicateEffect(round, 15)
      assert.isAtMost(count(Hypercore), before + 5)
      assert.strictEqual(count(Autobase), 2)
    })
  )

  live("has a bound for what the trees keep", () =>
    Effect.gen(function* () {
      const bees: Array<Cached> = []
      const opened = Hyperbee.prototype as unknown as { _open(this: Cached): Promise<void> }
      const open = opened._open
      yield* Effect.acquireRelease(
        Effect.sync(() => {
          opened._open = async function () {
            await open.call(this)
            bees.push(this)
          }
        }),
        () => Effect.sync(() => (opened._open = open))
      )
      const home = yield* tempDir()
      const { append } = yield* openLedger({ ...defaults, dir: dataIn(home, "ada") })
      yield* append(encodeText("count"))
      // That of the order and that of `state`.
      assert.isAtLeast(bees.length, 2)
      for (const { _keyCache, _nodeCache } of bees)
        assert.deepStrictEqual([_keyCache.keys.maxSize, _nodeCache.keys.maxSize], [8192, 8192])
    })
  )
})
