import { Option } from "effect"
import { expect, test } from "vitest"
import { toHex } from "../../../src/engine/bytes.ts"
import {
  decodeRequest,
  decodeWord,
  encodeRequest,
  encodeWord,
  type Word
} from "../../../src/network/invite-messages.ts"
import { randomFrom } from "../../kit/random.ts"

const request = { hint: "ab".repeat(16), proof: "cd".repeat(64) }
/** What is left of a longer message may be a shorter one. */
const isRequest = (bytes: Uint8Array) => toHex(bytes) === "0102"
const isWord = (bytes: Uint8Array) =>
  toHex(bytes) === "0112" || /^01(13|14[0-9a-f]{64})(5f|[4-5][0-9a-f])+$/.test(toHex(bytes))
const words: ReadonlyArray<Word> = [
  { kind: "key", encryptionKey: "ef".repeat(32) },
  { kind: "confirming" },
  { kind: "wait", code: "INVITE_NOT_INDEXER" },
  { kind: "refused", code: "INVITE_SPENT", tag: "09".repeat(32) }
]

test("requests and words come out as they went in", () => {
  for (const each of [request, null]) expect(decodeRequest(encodeRequest(each))).toEqual(Option.some(each))
  for (const word of words) expect(decodeWord(encodeWord(word))).toEqual(Option.some(word))
})

test("no request is a word, and no word is a request: two newcomers understand nothing of each other", () => {
  for (const each of [request, null]) expect(decodeWord(encodeRequest(each))).toEqual(Option.none())
  for (const word of words) expect(decodeRequest(encodeWord(word))).toEqual(Option.none())
})

test("whatever else comes is none", () => {
  const all = [encodeRequest(request), encodeRequest(null), ...words.map(encodeWord)]
  const hostile = [
    new Uint8Array(0),
    Uint8Array.of(1),
    Uint8Array.of(1, 0),
    Uint8Array.of(1, 21),
    ...all.map((bytes) => Buffer.concat([Uint8Array.of(2), bytes.subarray(1)])),
    ...all.filter(({ length }) => length > 2).flatMap((bytes) => [bytes.subarray(0, -1)]),
    Buffer.concat([encodeRequest(request), Uint8Array.of(0)]),
    Buffer.concat([Uint8Array.of(1, 19), Buffer.from("not a code")]),
    Buffer.concat([Uint8Array.of(1, 19), Buffer.from("A".repeat(66))]),
    Buffer.concat([Uint8Array.of(1, 20), Buffer.from("INVITE_SPENT")]),
    Buffer.concat([Uint8Array.of(1, 20), new Uint8Array(32)]),
    Buffer.concat([Uint8Array.of(1, 20), new Uint8Array(32), Uint8Array.of(0xff, 0xfe)])
  ]
  for (const bytes of hostile) {
    if (!isRequest(bytes)) expect(decodeRequest(bytes), toHex(bytes)).toEqual(Option.none())
    if (!isWord(bytes)) expect(decodeWord(bytes), toHex(bytes)).toEqual(Option.none())
  }
  const random = randomFrom(1)
  for (let i = 0; i < 2000; i++) {
    const bytes = random.bytes(i % 200)
    decodeRequest(bytes)
    decodeWord(bytes)
  }
})
