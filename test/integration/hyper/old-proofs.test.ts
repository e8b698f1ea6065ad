import { assert, describe } from "@effect/vitest"
import { Effect } from "effect"
import { bearOldProofs } from "../../../src/hyper/old-proofs.ts"
import { Hypercore, linkCores } from "../../kit/copies.ts"
import { live } from "../../kit/live.ts"
import { tempDir } from "../../kit/temp.ts"

const block = (index: number) => Buffer.from(`block ${index}`)
const blocks = (from: number, to: number) => Array.from({ length: to - from }, (_, i) => block(from + i))

/**
 * A log of 80 blocks and a second one with the same key that has the last of 76, and fetches the others. While the proof of
 * the 80 is on its way it grows by three of its own, which are the same.
 */
const grownMeanwhile = Effect.gen(function* () {
  const [from, to] = [yield* tempDir(), yield* tempDir()]
  const full = new Hypercore(from)
  yield* Effect.addFinalizer(() => Effect.promise(() => full.close()))
  yield* Effect.promise(() => full.append(blocks(0, 80)))
  const copy = new Hypercore(to, { keyPair: full.keyPair })
  yield* Effect.addFinalizer(() => Effect.promise(() => copy.close()))
  return yield* Effect.promise(async () => {
    await copy.append(blocks(0, 76))
    await copy.clear(10, 20)
    const verify = copy.core.verify.bind(copy.core)
    copy.core.verify = async (proof: { upgrade: object | null }, peer: object) => {
      if (proof.upgrade !== null && copy.length === 76) await copy.append(blocks(76, 79))
      return verify(proof, peer)
    }
    const refused = new Promise<{ code: string; peer: { paused: boolean } }>((resolve) =>
      copy.once("verification-error", ({ code }: { code: string }, _request: object, _data: object, peer: never) =>
        resolve({ code, peer })
      )
    )
    const unlink = linkCores(full, copy)
    const { code, peer } = await refused
    return { copy, peer, code, unlink }
  })
})

describe("the proof of a longer log that grew meanwhile", () => {
  live("ends the exchange of the log in Hypercore, and is asked for anew here", () =>
    Effect.gen(function* () {
      const { code, copy, peer, unlink } = yield* grownMeanwhile
      assert.deepStrictEqual([code, copy.length, peer.paused], ["INVALID_OPERATION", 79, true])
      yield* Effect.promise(unlink)

      bearOldProofs()
      const here = yield* grownMeanwhile
      yield* Effect.promise(() => here.copy.download({ start: 0, end: 80 }).done())
      assert.deepStrictEqual([here.copy.length, here.copy.contiguousLength, here.peer.paused], [80, 80, false])
      assert.deepStrictEqual(yield* Effect.promise(() => here.copy.get(15)), block(15))
      yield* Effect.promise(here.unlink)
    })
  )
})
