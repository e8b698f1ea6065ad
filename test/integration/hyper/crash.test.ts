import { assert, describe } from "@effect/vitest"
import { Effect } from "effect"
import { readdirSync } from "node:fs"
import { join } from "node:path"
import { encodeText } from "../../../src/engine/bytes.ts"
import { adopt, afterWrites, copyAtOnce } from "../../kit/disk.ts"
import {
  type Closable,
  converged,
  dataIn,
  hashOf,
  joinLedger,
  lengthsOf,
  linkLedgers,
  logOf,
  openClosable,
  withSnapshot
} from "../../kit/ledgers.ts"
import { live } from "../../kit/live.ts"
import { tempDir } from "../../kit/temp.ts"

// A crash can come between any two writes. Every state that a crash could leave is copied here while the program
// works, and opened afterwards: each has to hold whole frames, each of them once, and has to go on.

const text = encodeText

/** Copies the folder of each named pact after each of its writes, from `begin` on. */
const copyEachWrite = (home: string, names: ReadonlyArray<string>) =>
  Effect.gen(function* () {
    let recording = false
    let count = 0
    yield* afterWrites((database) => {
      const name = names.find((name) => database.startsWith(join(home, name, "data")))
      if (recording && name !== undefined) {
        copyAtOnce(join(home, name), join(home, "cuts", `${name}-${String(count++).padStart(4, "0")}`))
      }
    })
    return {
      begin: () => void (recording = true),
      end: () => {
        recording = false
        return readdirSync(join(home, "cuts")).sort()
      }
    }
  })

const openCut = Effect.fnUntraced(function* (home: string, cut: string, of: Closable) {
  const dir = join(home, "cuts", cut, "data")
  yield* Effect.promise(() => adopt(dir))
  return yield* openClosable({ dir, pactId: of.pactId })
})

describe("after a crash between any two writes", () => {
  live("a pact of one holds every frame once, and goes on", () =>
    Effect.gen(function* () {
      const home = yield* tempDir()
      const cuts = yield* copyEachWrite(home, ["pact"])
      const ledger = yield* openClosable({ dir: dataIn(home, "pact") })
      // From the very first one, which makes the pact's views.
      cuts.begin()
      for (let i = 0; i < 4; i++) yield* ledger.append(text(i % 2 === 0 ? `count ${i}` : `only logged ${i}`))
      const names = cuts.end()
      const truth = yield* logOf(ledger)
      yield* ledger.close
      assert.isAtLeast(names.length, 16)
      const check = Effect.fnUntraced(function* (name: string) {
        const again = yield* openCut(home, name, ledger)
        const log = yield* logOf(again)
        assert.deepStrictEqual(log, truth.slice(0, log.length), name)
        const length = yield* again.append(text("count"))
        const after = yield* logOf(again)
        assert.deepStrictEqual(after.slice(0, -1), log, name)
        assert.strictEqual(after.at(-1)?.split(" ")[1], String(length), name)
        yield* again.close
      })
      yield* Effect.forEach(names, check, { concurrency: 4, discard: true })
    })
  )

  live("a pact of two holds every frame once on both sides, and comes to the same log again", () =>
    Effect.gen(function* () {
      const home = yield* tempDir()
      const cuts = yield* copyEachWrite(home, ["creator", "member"])
      const creator = yield* openClosable({ dir: dataIn(home, "creator") })
      const { member, unlink } = yield* joinLedger(creator, { dir: dataIn(home, "member") })
      yield* creator.append(text("count"))
      yield* member.append(text("count"))
      yield* converged(creator, member, 3)
      cuts.begin()
      // Apart, so that what one of them has applied has to be undone.
      yield* unlink
      for (let i = 0; i < 2; i++) {
        yield* member.append(text(`count apart ${i}`))
        yield* creator.append(text(`count apart ${i}`))
      }
      yield* linkLedgers(creator, member)
      yield* converged(creator, member, 7)
      const names = cuts.end()
      const truth = yield* logOf(creator)
      const hash = yield* hashOf(creator)
      assert.isAtLeast(names.length, 20)
      const check = Effect.fnUntraced(function* (name: string) {
        const again = yield* openCut(home, name, name.startsWith("creator") ? creator : member)
        const log = yield* logOf(again)
        const signed = yield* withSnapshot(again, async ({ signedLength }) => signedLength)
        assert.strictEqual(new Set(log).size, log.length, `${name}: ${log.join(", ")}`)
        assert.deepStrictEqual(log.slice(0, signed), truth.slice(0, signed), name)
        const own = lengthsOf(again, log)
        assert.deepStrictEqual(own, lengthsOf(again, truth).slice(0, own.length), name)
        yield* again.close
      })
      yield* Effect.forEach(names, check, { concurrency: 4, discard: true })
      yield* creator.close
      yield* member.close
      // The last state of each side, together again.
      const last = (role: string) => names.filter((name) => name.startsWith(role)).at(-1)!
      const left = yield* openCut(home, last("creator"), creator)
      const right = yield* openCut(home, last("member"), member)
      yield* linkLedgers(left, right)
      yield* converged(left, right, 7)
      assert.strictEqual(yield* hashOf(left), hash)
    })
  )
})
