import { assert, describe, it } from "@effect/vitest"
import { core as keys } from "hypercore-storage/lib/keys.js"
import { makeAbsentNodes, nodeRange } from "../../../src/hyper/absent-nodes.ts"
import { randomFrom } from "../../kit/random.ts"

/** Around the sizes that a number of a key has, and the borders of pages. */
const indexes = [0, 1, 250, 251, 252, 253, 1023, 1024, 65_535, 65_536, 2 ** 31, 2 ** 32 - 1, 2 ** 32, 2 ** 40]
const pointers = [8, 251, 252, 65_535, 65_536]

describe("nodes that a database can't hold", () => {
  it("are those above its last key that nobody has written", () => {
    const nodes = makeAbsentNodes()
    nodes.wrote(keys.tree(8, 1))
    assert.isFalse(nodes.isAbsent(keys.tree(8, 2)), "nothing is told before the last key is known")
    nodes.openedWith(keys.tree(7, 300))
    assert.isFalse(nodes.isAbsent(keys.tree(8, 1)))
    assert.isTrue(nodes.isAbsent(keys.tree(8, 2)))
    assert.isTrue(nodes.isAbsent(keys.tree(7, 301)))
    for (const index of [0, 299, 300]) assert.isFalse(nodes.isAbsent(keys.tree(7, index)))
    assert.isFalse(nodes.isAbsent(keys.tree(6, 1000)))
  })

  it("are all but the written ones in a database that was empty", () => {
    const nodes = makeAbsentNodes()
    nodes.openedWith(null)
    assert.isTrue(nodes.isAbsent(keys.tree(0, 0)))
    nodes.wrote(keys.tree(0, 0))
    assert.isFalse(nodes.isAbsent(keys.tree(0, 0)))
  })

  it("are nodes: of no other key is anything told", () => {
    const nodes = makeAbsentNodes()
    nodes.openedWith(null)
    for (const key of [keys.block(8, 1), keys.hints(8), Buffer.from([0]), Buffer.from([255]), Buffer.from([4, 255, 4])])
      assert.isFalse(nodes.isAbsent(key))
  })

  it("lie in the range in which the last key is looked for", () => {
    for (const pointer of [0, ...pointers])
      for (const index of indexes) {
        assert.isAtLeast(Buffer.compare(keys.tree(pointer, index), nodeRange.gte), 0)
        assert.isBelow(Buffer.compare(keys.tree(pointer, index), nodeRange.lt), 0)
      }
  })

  it("are never taken for another's, whatever their size", () => {
    for (const seed of [1, 2, 3]) {
      const { below } = randomFrom(seed)
      const nodes = makeAbsentNodes()
      nodes.openedWith(keys.tree(7, 12))
      const written = new Set<string>()
      const any = () => keys.tree(pointers[below(pointers.length)]!, indexes[below(indexes.length)]! + below(3))
      for (let i = 0; i < 400; i++) {
        const key = any()
        nodes.wrote(key)
        written.add(Buffer.from(key).toString("hex"))
        const asked = any()
        assert.strictEqual(nodes.isAbsent(asked), !written.has(Buffer.from(asked).toString("hex")))
      }
    }
  })
})
