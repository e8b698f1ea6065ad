import { assert, describe } from "@effect/vitest"
import { Effect } from "effect"
import { createRequire } from "node:module"
import { encodeText, toHex } from "../../../src/engine/bytes.ts"
import { converged, dataIn, joinLedger, linkLedgers, logOf, openClosable } from "../../kit/ledgers.ts"
import { live } from "../../kit/live.ts"
import { tempDir } from "../../kit/temp.ts"

interface Core {
  readonly ready: () => Promise<void>
  readonly closing: unknown
  readonly header: { readonly key: Uint8Array }
  readonly state: { readonly length: number }
}
const AutoWakeup = createRequire(import.meta.url)("autobase/lib/wakeup.js")

/** Has Autobase hear of news in logs only when a log has this length, as on a machine whose disk is slow. */
const hearsLate = (key: string, length: number) => {
  const add = AutoWakeup.prototype._add
  AutoWakeup.prototype._add = async function (core: Core) {
    await core.ready()
    if (toHex(core.header.key) === key)
      while (core.state.length < length && !core.closing) await new Promise((resolve) => setImmediate(resolve))
    return add.call(this, core)
  }
  return Effect.addFinalizer(() => Effect.sync(() => void (AutoWakeup.prototype._add = add)))
}

describe("the log of a member that has rested", () => {
  live("is read, also where a peer makes it longer before Autobase listens", () =>
    Effect.gen(function* () {
      const home = yield* tempDir()
      const ada = yield* openClosable({ dir: dataIn(home, "ada") })
      const { member: bob, unlink } = yield* joinLedger(ada, { dir: dataIn(home, "bob") })
      yield* bob.append(encodeText("first"))
      yield* converged(ada, bob, 2)
      yield* unlink
      yield* ada.close
      const length = yield* bob.append(encodeText("second"))

      yield* hearsLate(bob.memberKey, length)
      const again = yield* openClosable({ dir: ada.dir, pactId: ada.pactId })
      yield* linkLedgers(again, bob)
      yield* converged(again, bob, 3)
      assert.strictEqual((yield* logOf(again)).length, 3)
    })
  )
})
