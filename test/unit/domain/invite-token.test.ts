import { Effect } from "effect"
import { expect, test } from "vitest"
import { decodeInvite, encodeInvite, inviteUrl } from "../../../src/domain/invite-token.ts"

const token = {
  v: 1,
  pactId: "ab".repeat(32),
  nonce: "cd".repeat(24),
  expiresAt: 1_700_000_000_000,
  pactName: "Café 🦉"
} as const
const text = encodeInvite(token)
const read = (from: string) => Effect.runSync(Effect.result(decodeInvite(from)))

test("a token and a link that carries it say the same", () => {
  for (const from of [
    text,
    ` ${text}\n`,
    inviteUrl(text),
    `${inviteUrl(text)}&from=chat#top`,
    `x?a=1&invite=${text}`
  ]) {
    expect(read(from)).toMatchObject({ _tag: "Success", success: token })
  }
})

test("a token may hold fields of a later version", () => {
  const later = Buffer.from(JSON.stringify({ ...token, later: true })).toString("base64url")
  expect(read(later)).toMatchObject({ _tag: "Success", success: token })
})

test("what is mistyped or cut short is INVITE_BAD_SHAPE and names no part of the secret", () => {
  const broken = [
    "",
    "hello",
    text.slice(0, -7),
    text.slice(3),
    inviteUrl(""),
    Buffer.from("{}").toString("base64url"),
    Buffer.from(JSON.stringify({ ...token, v: 2 })).toString("base64url"),
    Buffer.from(JSON.stringify({ ...token, nonce: "ZZ".repeat(24) })).toString("base64url")
  ]
  for (const from of broken) {
    const result = read(from)
    expect(result).toMatchObject({ _tag: "Failure", failure: { error: "INVITE_BAD_SHAPE" } })
    expect(JSON.stringify(result)).not.toContain(token.nonce)
  }
})
