import { expect, it } from "vitest"
import { redact } from "../../../src/daemon/redact.ts"

const token = "0f1e2d3c".repeat(8)
const invite = Buffer.from(JSON.stringify({ v: 1, pactId: "ab".repeat(32), nonce: "cd".repeat(24) })).toString(
  "base64url"
)
const bytes = Buffer.from(token, "hex")

/** The same text as it stands in a message, in a JSON field, and in JSON within JSON within JSON. */
const nested = (value: unknown): ReadonlyArray<string> => {
  const one = typeof value === "string" ? value : JSON.stringify(value)
  const two = JSON.stringify({ message: value })
  return [one, two, JSON.stringify({ message: two }), JSON.stringify({ message: JSON.stringify([two]) })]
}

const planted: ReadonlyArray<readonly [name: string, value: unknown, secret: string]> = [
  ["a token", token, token],
  ["a token in capitals", token.toUpperCase(), token.toUpperCase()],
  ["a token inside a word", `x_${token}y`, token],
  ["a bearer", `curl -H "Authorization: Bearer ${token}"`, token],
  ["a bearer of another shape", "bearer s3cr3t-v4lue~1", "s3cr3t-v4lue"],
  ["a header", { headers: { authorization: "Custom s3cr3t", host: "localhost" } }, "s3cr3t"],
  ["raw headers", ["Host", "localhost", "Authorization", "Digest s3cr3t"], "s3cr3t"],
  ["a header in plain text", "GET /\r\nAuthorization: Basic s3cr3t\r\n\r\n", "s3cr3t"],
  ["a cookie", { cookie: "openpact=s3cr3t" }, "s3cr3t"],
  ["cookies", { "set-cookie": ["a=1", "openpact=s3cr3t"], cookie: ["openpact=s3cr3t"] }, "s3cr3t"],
  ["a cookie that is set", ["Set-Cookie", "openpact=s3cr3t; HttpOnly"], "s3cr3t"],
  ["an invite", `openpact join ${invite}`, invite],
  ["the URL of an invite", `https://openpact.dev/join?invite=${invite}&x=1`, invite],
  ["a short or odd invite in a URL", "https://openpact.dev/join?invite=s3cr3t", "s3cr3t"],
  ["a one-time link", "http://127.0.0.1:7667/#code=s3cr3t", "s3cr3t"],
  ["fields by name", { apiToken: "s3cr3t-a", encryption_key: "s3cr3t-b", nonce: "s3cr3t-c" }, "s3cr3t"],
  ["a nonce", "cd".repeat(24), "cd".repeat(24)],
  ["a Buffer", { keyPair: bytes }, "15,30,45,60"],
  ["bytes", new Uint8Array(bytes), `"1":30`]
]

it.each(planted)("%s leaves no trace, however deep it is quoted", (_, value, secret) => {
  for (const line of nested(value)) {
    expect(line.replaceAll("\\", "")).toContain(secret)
    const clean = redact(line)
    expect(clean.replaceAll("\\", "")).not.toContain(secret)
    if (!/^[[{]/.test(line)) continue
    // It is still the JSON it was.
    expect(() => JSON.parse(clean)).not.toThrow()
  }
})

it("what people need stays", () => {
  for (const line of [
    "anon-maple-1a2b3c4d wrote 1a2b3c4d-512 into obsidian-accord",
    `{"message":"listening","annotations":{"port":7666,"key":"value","took_ms":12.5},"spans":{"open":3}}`,
    "INVITE_SPENT: the token was spent. Ask for a new one",
    "sha256 of 40 digits: 356a192b7913b04c54574d18c28d46e6395428ab",
    `{"data":[1,2,3],"1":2}`
  ]) {
    expect(redact(line)).toBe(line)
  }
  expect(redact(`pact ${"1a2b3c4d".repeat(8)} is open`)).toBe("pact 1a2b3c4d... is open")
})

it("is fast on long lines of any kind", () => {
  for (const line of [
    "a".repeat(1e6),
    '\\"'.repeat(5e5),
    "bearer ".repeat(1e5),
    '{"1":2,'.repeat(1e5),
    "cookie:".repeat(1e5)
  ]) {
    const start = performance.now()
    redact(line)
    expect(performance.now() - start).toBeLessThan(2000)
  }
})
