import { assert, describe } from "@effect/vitest"
import { Effect } from "effect"
import { createRequire } from "node:module"
import { encodeText, fromHex, toHex } from "../../../src/engine/bytes.ts"
import { closeViews, makeApply, openViews } from "../../../src/hyper/views.ts"
import {
  type Closable,
  dataIn,
  joinLedger,
  logOf,
  openClosable,
  settled,
  tinyApply,
  withSnapshot
} from "../../kit/ledgers.ts"
import { live } from "../../kit/live.ts"
import { tempDir } from "../../kit/temp.ts"

// A member that goes round its daemon and writes raw blocks: it uses Autobase as it is.
const require = createRequire(import.meta.url)
const Autobase = require("autobase")
const Corestore = require("corestore")
const c = require("compact-encoding")
const { OplogMessage } = require("autobase/lib/messages.js")
const { OPLOG_VERSION } = require("autobase/lib/caps.js")

const openHostile = (creator: Closable, dir: string) =>
  Effect.gen(function* () {
    const base = yield* Effect.acquireRelease(
      Effect.promise(async () => {
        const base = new Autobase(new Corestore(dir), Buffer.from(fromHex(creator.pactId)), {
          valueEncoding: "binary",
          encryptionKey: Buffer.from(fromHex(creator.encryptionKey)),
          ackInterval: 100,
          open: openViews,
          close: closeViews,
          apply: makeApply(tinyApply, () => {})
        })
        base.on("error", () => {})
        await base.ready()
        return base
      }),
      (base) => Effect.promise(() => base.close())
    )
    const stream = yield* creator.replicate(true)
    const other = base.replicate(false)
    other.on("error", () => {})
    stream.pipe(other).pipe(stream)
    yield* creator.append(encodeText(`admit ${toHex(base.local.key)}`))
    yield* Effect.promise(async () => {
      await base.waitForWritable()
      // It may not write by itself any more, or it would trip over the raw blocks in its own log.
      base.pause()
      await base.advance()
    })

    const raw = async (encoding: unknown, blocks: ReadonlyArray<unknown>) => {
      const session = base.local.session({ valueEncoding: encoding, encryption: base.getWriterEncryption() })
      await session.ready()
      await session.append(blocks)
      await session.close()
    }
    const head = (length: number) => ({ key: base.local.key, length })
    const block = (value: unknown, { batch = 1, heads = base.heads(), version = OPLOG_VERSION } = {}) => ({
      version,
      maxSupportedVersion: 2,
      checkpoint: null,
      digest: null,
      optimistic: false,
      node: { heads, batch, value },
      trace: null
    })
    return {
      base,
      creator: Buffer.from(fromHex(creator.memberKey)),
      block,
      head,
      key: toHex(base.local.key),
      blocks: (...blocks: ReadonlyArray<unknown>) => Effect.promise(() => raw(OplogMessage, blocks)),
      bytes: (...blocks: ReadonlyArray<Uint8Array>) => Effect.promise(() => raw("binary", blocks))
    }
  })
type Hostile = Effect.Success<ReturnType<typeof openHostile>>

const deep = Buffer.from("[".repeat(100_000))
const notUtf8 = Buffer.from([0xff, 0xfe, 0xc3, 0x28, 0x80])
const unknownCore = { key: Buffer.alloc(32, 7), length: 3 }

/** The bytes of a block, said to be of a version that is yet to come. */
const ofVersion = (version: number, block: unknown): Uint8Array => {
  const bytes: Buffer = c.encode(OplogMessage, block)
  bytes[0] = version
  return bytes
}

/** What a member can put into its log. `taken` is how many of its blocks get a place in the order, as bytes of any kind. */
const attacks: ReadonlyArray<
  readonly [name: string, taken: number, attack: (hostile: Hostile) => Effect.Effect<unknown>]
> = [
  ["bytes that are no UTF-8", 1, ({ block, blocks }) => blocks(block(notUtf8))],
  // Autobase takes it for an ack.
  ["an empty frame", 0, ({ block, blocks }) => blocks(block(Buffer.alloc(0)))],
  ["a frame that is nested too deep", 1, ({ block, blocks }) => blocks(block(deep))],
  ["a frame of 8 MiB", 1, ({ block, blocks }) => blocks(block(Buffer.alloc(8 * 1024 * 1024, 65)))],
  [
    "heads that name a core nobody has",
    0,
    ({ block, blocks }) => blocks(block(encodeText("x"), { heads: [unknownCore] }))
  ],
  [
    "heads that name a block to come",
    0,
    ({ block, blocks, creator }) => blocks(block(encodeText("x"), { heads: [{ key: creator, length: 5000 }] }))
  ],
  [
    "heads without end",
    0,
    ({ block, blocks }) =>
      blocks(
        block(encodeText("x"), {
          heads: Array.from({ length: 2000 }, (_, i) => ({ key: Buffer.alloc(32, i % 256), length: i }))
        })
      )
  ],
  [
    "heads given twice",
    2,
    ({ base, block, blocks, head }) =>
      blocks(
        block(encodeText("x"), { heads: [...base.heads(), ...base.heads()] }),
        block(encodeText("y"), { heads: [head(1), head(1)] })
      )
  ],
  [
    "a batch that never ends",
    50,
    ({ block, blocks }) =>
      blocks(...Array.from({ length: 50 }, (_, i) => block(encodeText("x"), { batch: 60_000 - i })))
  ],
  [
    "batches that do not count down",
    3,
    ({ block, blocks, head }) =>
      blocks(
        block(encodeText("x"), { batch: 5 }),
        block(encodeText("y"), { heads: [head(1)] }),
        block(encodeText("z"), { heads: [head(2)], batch: 3 })
      )
  ],
  ["a batch of nothing", 1, ({ block, blocks }) => blocks(block(encodeText("x"), { batch: 0 }))],
  ["a block that is no block of Autobase", 0, ({ bytes }) => bytes(notUtf8)],
  ["a block of a version to come", 0, ({ block, bytes }) => bytes(ofVersion(77, block(encodeText("x"))))]
]

describe("a member that writes raw blocks costs the pact nothing:", () => {
  for (const [name, taken, attack] of attacks) {
    live(name, () =>
      Effect.gen(function* () {
        const home = yield* tempDir()
        const creator = yield* openClosable({ dir: dataIn(home, "creator") })
        const { member: honest } = yield* joinLedger(creator, { dir: dataIn(home, "honest") })
        const hostile = yield* openHostile(creator, dataIn(home, "hostile"))
        yield* attack(hostile)
        // Everybody else goes on, and the honest ones still agree.
        for (let i = 0; i < 3; i++) yield* creator.append(encodeText(`count ${i}`))
        for (let i = 0; i < 3; i++) yield* honest.append(encodeText(`count ${i}`))
        const ofHostile = (blocks: ReadonlyArray<string>) =>
          blocks.filter((line) => line.startsWith(hostile.key.slice(0, 8)))
        const all = (ledger: Closable) =>
          settled(ledger, `at ${8 + taken}, confirmed`, () =>
            withSnapshot(ledger, async ({ length, signedLength }) => length >= 8 + taken && signedLength === length)
          )
        yield* all(creator)
        yield* all(honest)
        const log = yield* logOf(creator)
        assert.strictEqual(ofHostile(log).length, taken, log.join("\n"))
        assert.deepStrictEqual(yield* logOf(honest), log)
      })
    )
  }

  live("a log that is cut and written anew", () =>
    Effect.gen(function* () {
      const home = yield* tempDir()
      const creator = yield* openClosable({ dir: dataIn(home, "creator") })
      const { base, block, blocks } = yield* openHostile(creator, dataIn(home, "hostile"))
      yield* blocks(block(encodeText("one")))
      yield* settled(creator, "showing the frame", () => Effect.map(logOf(creator), (log) => log.length === 2))
      yield* Effect.promise(async () => {
        const session = base.local.session({ valueEncoding: OplogMessage, encryption: base.getWriterEncryption() })
        await session.ready()
        await session.truncate(0)
        await session.append([block(encodeText("another")), block(encodeText("and another"))])
        await session.close()
      })
      for (let i = 0; i < 3; i++) yield* creator.append(encodeText(`count ${i}`))
      const log = yield* logOf(creator)
      assert.strictEqual(log.filter((line) => line.startsWith(creator.memberKey.slice(0, 8))).length, 4)
      // What was taken stays.
      assert.match(log[1]!, / 1 /)
    })
  )
})
