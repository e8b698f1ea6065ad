import { describe, expect, it } from "vitest"
import { limits } from "../../../src/domain/limits.ts"
import { applyFrame } from "../../../src/engine/apply.ts"
import { decodeBlock } from "../../../src/engine/block.ts"
import { encodeText } from "../../../src/engine/bytes.ts"
import { skillChecksumOf } from "../../../src/engine/crypto.ts"
import { depthOf } from "../../../src/domain/json-depth.ts"
import { canonicalOf, decodeEntry } from "../../../src/engine/entry.ts"
import { decodeFrame, encodeFrame } from "../../../src/engine/frame.ts"
import { MemoryViews } from "../../../src/engine/memory.ts"
import { entryOf, TestWriter } from "../../kit/history.ts"
import { randomFrom } from "../../kit/random.ts"

const key = randomFrom(3).hex(64)
const good = entryOf(key, "knowledge", { topic: "t", content: "c" })
const json = (value: unknown) => encodeText(JSON.stringify(value))
const nested = (depth: number) => "[".repeat(depth) + "]".repeat(depth)
const withPayload = (text: string) => encodeText(canonicalOf(good, text))
const refs = (n: number) => Array.from({ length: n }, (_, i) => `0000000a-${i + 256}`)

const corpus: ReadonlyArray<[name: string, bytes: Uint8Array, verdict: string]> = [
  ["no bytes", new Uint8Array(0), "BAD_ENTRY"],
  ["random bytes", randomFrom(5).bytes(300), "BAD_ENTRY"],
  ["bad UTF-8", Uint8Array.of(0x22, 0xc3, 0x28, 0x22), "BAD_ENTRY"],
  ["a byte order mark in front", encodeText("\ufeff" + canonicalOf(good)), "BAD_ENTRY"],
  ["no JSON", encodeText("{not json"), "BAD_ENTRY"],
  ["null", encodeText("null"), "BAD_ENTRY"],
  ["an array", encodeText("[]"), "BAD_ENTRY"],
  ["30,000 levels", encodeText(nested(30_000)), "BAD_ENTRY"],
  ["30,000 levels in the payload", withPayload(`{"topic":"t","content":"c","x":${nested(30_000)}}`), "BAD_ENTRY"],
  ["5,000 refs", json({ ...good, refs: refs(5000).slice(0, 3000) }), "BAD_ENTRY"],
  ["65 refs", json({ ...good, refs: refs(65) }), "BAD_ENTRY"],
  ["a ref that is no id", json({ ...good, refs: ["../x"] }), "BAD_ENTRY"],
  ["a forged agent id", json({ ...good, agent_id: "anon-maple-00000000" }), "BAD_ENTRY"],
  ["a fractional timestamp", json({ ...good, timestamp: 1.5 }), "BAD_ENTRY"],
  ["a negative timestamp", json({ ...good, timestamp: -1 }), "BAD_ENTRY"],
  [
    "an endless timestamp",
    encodeText(JSON.stringify(good).replace(/"timestamp":\d+/, `"timestamp":1e400`)),
    "BAD_ENTRY"
  ],
  ["a timestamp as text", json({ ...good, timestamp: "1" }), "BAD_ENTRY"],
  ["a ttl of zero", json({ ...good, ttl: 0 }), "BAD_ENTRY"],
  ["a seventh type", json({ ...good, type: "secret" }), "BAD_ENTRY"],
  ["an unknown envelope field", json({ ...good, extra: 1 }), "BAD_ENTRY"],
  ["a payload of another type", json({ ...good, payload: { content: "c" } }), "BAD_ENTRY"],
  ["an unknown field in a message", json(entryOf(key, "message", { content: "c", html: "<b>" })), "BAD_ENTRY"],
  ["a display name with space around it", json({ ...good, display_name: " Ada" }), "BAD_ENTRY"],
  ["a topic too long", json({ ...good, payload: { topic: "t".repeat(201), content: "c" } }), "BAD_ENTRY"],
  [
    "a skill that climbs out",
    json(
      entryOf(key, "skill", {
        name: "../up",
        version: "1.0.0",
        format: "generic",
        content: "",
        checksum: skillChecksumOf("")
      })
    ),
    "BAD_ENTRY"
  ],
  [
    "a skill that is not what it says",
    json(
      entryOf(key, "skill", {
        name: "s",
        version: "1.0.0",
        format: "generic",
        content: "a",
        checksum: skillChecksumOf("b")
      })
    ),
    "SKILL_CHECKSUM_MISMATCH"
  ],
  [
    "a payload over the limit",
    json({ ...good, payload: { topic: "t", content: "c".repeat(limits.payloadBytes) } }),
    "PAYLOAD_TOO_LARGE"
  ],
  ["an entry over the limit", encodeText(" ".repeat(limits.entryBytes) + "{}"), "PAYLOAD_TOO_LARGE"],
  ["the year 9999", json({ ...good, timestamp: 253_370_764_800_000 }), "accepted"],
  [
    "unknown fields of knowledge are kept",
    json({ ...good, payload: { topic: "t", content: "c", mood: [1] } }),
    "accepted"
  ],
  ["a __proto__ field is data", withPayload(`{"topic":"t","content":"c","__proto__":{"admin":true}}`), "accepted"],
  ["half a surrogate pair", withPayload(`{"topic":"t","content":"\\ud800"}`), "accepted"],
  ["32 levels", withPayload(`{"topic":"t","content":"c","x":${nested(30)}}`), "accepted"]
]

const verdictsOf = async (bytes: Uint8Array) => {
  const views = new MemoryViews()
  await applyFrame(key, views, new TestWriter(key).raw(bytes))
  return decodeBlock(views.blocks[0]!).decided
}

describe("hostile entries cost nothing but their verdict", () => {
  it.each(corpus)("%s", async (_, bytes, verdict) => {
    const decided = await verdictsOf(encodeFrame([json(good), bytes, json(good)]))
    expect(decided.map((d) => (d.accepted ? "accepted" : d.code))).toEqual(["accepted", verdict, "accepted"])
  })
})

describe("hostile frames", () => {
  const frames: ReadonlyArray<[name: string, bytes: Uint8Array]> = [
    ["no bytes", new Uint8Array(0)],
    ["an unknown version", Uint8Array.of(9, 0, 0, 1, 0, 0, 0, 0)],
    ["unknown flags", Uint8Array.of(1, 8, 0, 1, 0, 0, 0, 0)],
    ["a count of none", Uint8Array.of(1, 0, 0, 0)],
    ["a count without entries", Uint8Array.of(1, 0, 255, 255)],
    ["a size past the end", Uint8Array.of(1, 0, 0, 1, 255, 255, 255, 255, 1)],
    ["bytes behind the end", Uint8Array.of(...encodeFrame([json(good)]), 0)],
    ["257 entries", encodeFrame(Array.from({ length: 257 }, () => json(good)))],
    ["300 KiB", encodeFrame(Array.from({ length: 30 }, () => new Uint8Array(10_240)))]
  ]
  it.each(frames)("%s", async (_, bytes) => {
    expect(await verdictsOf(bytes)).toEqual([{ accepted: false, id: `${key.slice(0, 8)}-256`, code: "BAD_ENTRY" }])
  })
  it("decoding is total over random bytes", () => {
    const random = randomFrom(17)
    for (let i = 0; i < 3000; i++) {
      const bytes = random.bytes(random.below(80))
      if (random.chance(0.5) && bytes.length > 4) bytes.set([1, 0, 0, 1 + random.below(3)])
      decodeFrame(bytes)?.forEach(decodeEntry)
    }
  })
})

it("the canonical form is a fixed point", () => {
  const decoded = decodeEntry(
    encodeText(`{"refs":[],"payload":{"content":"c","topic":"t","n":1.0},"display_name":null,"ttl":5,
    "agent_id":"${good.agent_id}","timestamp":1e3,"type":"knowledge"}`)
  )
  if (typeof decoded === "string") throw new Error(decoded)
  expect(decoded.json).toBe(
    `{"type":"knowledge","timestamp":1000,"agent_id":"${good.agent_id}","display_name":null,"payload":{"content":"c","topic":"t","n":1},"refs":[],"ttl":5}`
  )
  expect(decodeEntry(encodeText(decoded.json))).toEqual(decoded)
})

it("depth is counted outside of text only", () => {
  expect(depthOf(`{"a":"[[[\\"[[","b":[1]}`)).toBe(2)
})
