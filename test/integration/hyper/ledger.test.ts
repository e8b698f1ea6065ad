import { NodeFileSystem } from "@effect/platform-node"
import { assert, layer } from "@effect/vitest"
import { Effect } from "effect"
import { encodeText } from "../../../src/engine/bytes.ts"
import { converged, dataIn, hashOf, joinLedger, logOf, openClosable } from "../../kit/ledgers.ts"
import { tempDir } from "../../kit/temp.ts"

layer(NodeFileSystem.layer)("a ledger", (it) => {
  it.live("makes a pact, appends, and has it all when it opens again", () =>
    Effect.gen(function* () {
      const dir = dataIn(yield* tempDir(), "pact")
      const first = yield* openClosable({ dir, durability: "strict" })
      assert.strictEqual(yield* first.append(encodeText("count")), 1)
      assert.strictEqual(yield* first.append(encodeText("hello")), 2)
      const log = yield* logOf(first)
      const hash = yield* hashOf(first)
      yield* first.close
      const { encryptionKey, memberKey, pactId } = first
      const again = yield* openClosable({ dir, pactId, encryptionKey, durability: "strict" })
      assert.deepStrictEqual([again.pactId, again.memberKey, again.encryptionKey], [pactId, memberKey, encryptionKey])
      assert.strictEqual(yield* hashOf(again), hash)
      assert.deepStrictEqual(yield* logOf(again), log)
      assert.strictEqual(yield* again.append(encodeText("more")), 3)
    }).pipe(Effect.scoped))

  it.live("comes to the same log as a member it admitted", () =>
    Effect.gen(function* () {
      const home = yield* tempDir()
      const creator = yield* openClosable({ dir: dataIn(home, "a") })
      const { member } = yield* joinLedger(creator, { dir: dataIn(home, "b") })
      yield* member.append(encodeText("count"))
      yield* creator.append(encodeText("count"))
      yield* member.append(encodeText("count"))
      yield* converged(creator, member, 4)
    }).pipe(Effect.scoped))
})
