import { assert, describe } from "@effect/vitest"
import { Effect } from "effect"
import Autobase from "autobase"
import { encodeText, fromHex } from "../../../src/engine/bytes.ts"
import { fetchFewAtFirst } from "../../../src/hyper/fast-forward.ts"
import type { Apply } from "../../../src/hyper/Ledger.ts"
import { openStore } from "../../../src/hyper/storage.ts"
import { closeViews, makeApply, openViews, type Views } from "../../../src/hyper/views.ts"
import { within } from "../../kit/deadline.ts"
import { type Closable, dataIn, openClosable, tinyApply } from "../../kit/ledgers.ts"
import { live } from "../../kit/live.ts"
import { tempDir } from "../../kit/temp.ts"

/** Less than what a machine is sent ahead for. */
const frames = 5

/** A machine that reads the creator's pact, and notes at each frame how many of a log are asked for in advance. */
const openReader = Effect.fnUntraced(function* ({ encryptionKey, pactId }: Closable) {
  const { store } = yield* openStore(dataIn(yield* tempDir(), "reader"), true, true)
  const seen: Array<number> = []
  const apply: Apply = async (...all) => {
    seen.push(fetching())
    return tinyApply(...all)
  }
  const base: Autobase<Views> = yield* Effect.acquireRelease(
    Effect.sync(
      () =>
        new Autobase<Views>(store.session(), Buffer.from(fromHex(pactId)), {
          valueEncoding: "binary",
          encrypt: true,
          encryptionKey: Buffer.from(fromHex(encryptionKey)),
          ackInterval: 0,
          open: openViews,
          close: closeViews,
          apply: makeApply(apply, () => {})
        })
    ),
    (base) => Effect.promise(() => base.close())
  )
  const fetching = () =>
    [...base.activeWriters].reduce(
      (most, { nodes, range }) => Math.max(most, (range?.range.end ?? 0) - nodes.length),
      0
    )
  yield* Effect.promise(() => base.ready())
  const holds = (length: number) =>
    Effect.callback<void>((resume) => {
      const look = () => base.view.log.length === length && resume(Effect.void)
      base.on("update", look)
      look()
    }).pipe(within(`${length} frames`, "20 seconds", () => `${base.view.log.length}, ${seen.join()}`))
  return { base, fetching, holds, seen }
})

describe("a machine that is new", () => {
  live("fetches few frames before it has one, and many from then on", () =>
    Effect.gen(function* () {
      fetchFewAtFirst()
      const creator = yield* openClosable({ dir: dataIn(yield* tempDir(), "creator") })
      const write = (count: number) =>
        Effect.replicateEffect(creator.append(encodeText("frame")), count, { discard: true })
      yield* write(frames)
      const { base, fetching, holds, seen } = yield* openReader(creator)
      assert.strictEqual(fetching(), 8)
      const stream = yield* creator.replicate(true)
      stream.pipe(base.replicate(false)).pipe(stream)
      yield* holds(frames)
      assert.isAtMost(Math.max(...seen), 8)
      yield* write(frames)
      yield* holds(2 * frames)
      assert.isAbove(Math.max(...seen), 200)
    })
  )
})
