import { describe, expect } from "@effect/vitest"
import { Effect } from "effect"
import Corestore from "corestore"
import HypercoreStorage from "hypercore-storage"
import { readdirSync, readFileSync } from "node:fs"
import { join } from "node:path"
import { fromHex } from "../../../src/engine/bytes.ts"
import { randomFrom } from "../../kit/random.ts"
import { within } from "../../kit/deadline.ts"
import { live } from "../../kit/live.ts"
import { creator, knowledge } from "../../kit/machines.ts"
import { makeMesh, type Node } from "../../kit/mesh.ts"
import { tempDir } from "../../kit/temp.ts"

const remove = (key: string) => ({ type: "admin", payload: { action: "removeWriter", key } }) as const
const readOf = (node: Node) => node.machine().pact.read

describe("a removed member", () => {
  live("keeps what it has, gets nothing more from anybody, and can't write into the order", () =>
    Effect.gen(function* () {
      const mesh = yield* makeMesh({ size: 4 })
      const [ada, bob, carol, dave] = mesh.nodes as [Node, Node, Node, Node]
      const bobKey = bob.machine().pact.memberKey
      const before = yield* bob.write(knowledge("bob was here"))
      yield* mesh.settle()

      // Dave is away and still takes Bob for a member.
      yield* mesh.part([ada, bob, carol], [dave])
      const removal = yield* ada.write(remove(bobKey))
      yield* mesh.until(
        "bob let go by all who know",
        Effect.sync(() => [ada, carol].every((node) => !node.machine().presence.online().has(bobKey)))
      )
      const after = yield* ada.write(knowledge("not for bob"))
      yield* mesh.until(
        "carol has it",
        Effect.sync(() => readOf(carol).entry(after.id)?.accepted === true)
      )
      // He can't write any more once he knows, and where he doesn't, nobody takes it.
      const tried = yield* Effect.result(bob.write(knowledge("by a removed member")))
      const refused = tried._tag === "Failure" ? tried.failure._tag : tried.success.id
      if (tried._tag === "Failure") expect(refused).toBe("NOT_A_MEMBER")
      expect(readOf(bob).entry(before.id)?.accepted).toBe(true)
      expect(readOf(bob).entry(after.id)).toBe(null)

      // Dave comes back. He may meet Bob first, but gives him nothing that is later than what he has himself.
      yield* mesh.heal
      yield* mesh.until(
        "dave has it",
        Effect.sync(() => readOf(dave).entry(after.id)?.accepted === true)
      )
      yield* mesh.until(
        "bob let go by dave",
        Effect.sync(() => !dave.machine().presence.online().has(bobKey))
      )
      const last = yield* carol.write(knowledge("nor is this"))
      for (const node of [ada, carol, dave]) {
        yield* mesh.until(
          `${node.name} has the last one`,
          Effect.sync(() => readOf(node).entry(last.id)?.accepted === true)
        )
        // History stays, and the refused write is nowhere in it.
        expect(readOf(node).entry(before.id)?.accepted).toBe(true)
        expect(readOf(node).entry(refused)?.accepted ?? false).toBe(false)
        expect(readOf(node).member(bobKey)?.active).toBe(false)
      }
      expect(readOf(bob).entry(last.id)).toBe(null)
      expect(readOf(bob).entries).toBeLessThanOrEqual(removal.position + 2)
    })
  )
})

/** Every file below a folder, as bytes. */
const filesIn = (dir: string): ReadonlyArray<Buffer> =>
  readdirSync(dir, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => readFileSync(join(entry.parentPath, entry.name)))

const planted = (() => {
  const random = randomFrom(42)
  return Array.from({ length: 1000 }, (_, i) => `plant-${i}-${random.hex(24)}`)
})()

/** How many of the strings stand in a folder. */
const found = (dir: string): number => {
  const files = filesIn(dir)
  expect(files.length).toBeGreaterThan(3)
  return planted.filter((text) => files.some((file) => file.includes(text))).length
}

describe("a thousand strings written to a pact", () => {
  live("are on the disk of no stranger and of no blind copy", () =>
    Effect.gen(function* () {
      const ada = yield* creator([])
      for (let i = 0; i < 1000; i += 100) {
        yield* Effect.all(
          planted.slice(i, i + 100).map((text) => ada.pact.write(knowledge(text))),
          { concurrency: "unbounded" }
        )
      }
      // They are there for who may read them.
      expect(found(ada.places.folder)).toBe(1000)
      expect(found(ada.places.data)).toBe(0)

      // Somebody who knows the pact id and the keys of all logs, and who was sent every block, without the key to read.
      const dir = yield* tempDir()
      const store = new Corestore(
        new HypercoreStorage(dir, { writeBufferSize: 1 << 20, createIfMissing: true, walRecoveryMode: 2 })
      )
      yield* Effect.addFinalizer(() => Effect.promise(() => store.close()))
      const blind = store.get({ key: Buffer.from(fromHex(ada.pact.memberKey)) })
      yield* Effect.promise(() => blind.ready())
      const stream = store.replicate(false).on("error", () => {})
      const one = yield* ada.pact.ledger.replicate(true)
      one.pipe(stream).pipe(one)
      yield* Effect.promise(() => blind.update({ wait: true, force: true }))
      const length = blind.length
      yield* Effect.promise(() => blind.download({ start: 0, end: length }).done()).pipe(
        within("all blocks", "20 seconds", () => `${blind.contiguousLength} of ${length}`)
      )
      expect(blind.contiguousLength).toBeGreaterThan(10)
      const block = yield* Effect.promise(() => blind.get(blind.length - 1))
      expect(block.byteLength).toBeGreaterThan(0)
      expect(found(dir)).toBe(0)
    })
  )

  live("are on the disk of no stranger that knows the pact id and the key, and that nobody let in", () =>
    Effect.gen(function* () {
      const mesh = yield* makeMesh({ size: 2 })
      const [ada, bob] = mesh.nodes as [Node, Node]
      for (let i = 0; i < 1000; i += 100) {
        yield* Effect.all(
          planted.slice(i, i + 100).map((text) => ada.write(knowledge(text))),
          { concurrency: "unbounded" }
        )
      }
      const stranger = yield* mesh.join("stranger", false)
      // It takes whom it meets on the word of the pact id. Nobody does the same for it.
      yield* mesh.until(
        "the stranger connected",
        Effect.sync(() => stranger.machine().presence.online().size > 0)
      )
      const { id } = yield* ada.write(knowledge("one more"))
      yield* mesh.until(
        "bob has all of it",
        Effect.sync(() => readOf(bob).entry(id)?.accepted === true)
      )
      expect(found(bob.machine().places.folder)).toBe(1000)
      expect(readOf(stranger).entries).toBe(0)
      expect(found(stranger.machine().places.folder)).toBe(0)
      expect(ada.machine().presence.online().has(stranger.machine().pact.memberKey)).toBe(false)
    })
  )
})
