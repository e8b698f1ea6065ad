import { expect, it } from "vitest"
import { linksIn } from "../../../src/handlers/links.ts"
import type { Projection } from "../../../src/projection/Projection.ts"

const [self, bob, cleo, gone] = ["aa", "bb", "cc", "dd"].map((byte) => byte.repeat(32)) as [
  string,
  string,
  string,
  string
]

/** Reads of a pact of three, and what it was asked. */
const pact = () => {
  const asked: Array<ReadonlyArray<string>> = []
  const activeAmong = (keys: ReadonlyArray<string>) => {
    asked.push(keys)
    return new Set(keys.filter((key) => [self, bob, cleo].includes(key)))
  }
  return { asked, memberKey: self, pactId: "ee".repeat(32), read: { activeAmong } as unknown as Projection }
}

it("what members tell is shown without themselves and without keys that are no member's", () => {
  const told = new Map([[bob, [bob, self, gone, cleo]]])
  const network = { online: () => new Set([bob, gone]), linksOf: (_: string, key: string) => told.get(key) }
  const linksOf = linksIn(pact(), network, [{ key: self }, { key: bob }, { key: cleo }])
  expect([self, bob, cleo].map(linksOf)).toEqual([{ connected_to: [bob] }, { connected_to: [self, cleo] }, {}])
})

it("a hundred members that make up a hundred keys each are one question to the ledger", () => {
  const members = Array.from({ length: 128 }, (_, i) => ({ key: i.toString(16).padStart(64, "0") }))
  const madeUp = (of: string) =>
    Array.from({ length: 120 }, (_, i) => `${of.slice(32)}${i.toString(16).padStart(32, "f")}`)
  const { asked, ...reads } = pact()
  const linksOf = linksIn(reads, { online: () => new Set(), linksOf: (_, key) => [bob, ...madeUp(key)] }, members)
  expect(members.map(({ key }) => linksOf(key))).toEqual(members.map(() => ({ connected_to: [bob] })))
  expect(asked.map(({ length }) => length)).toEqual([128 * 120 + 1])
})
