import { describe, expect, it } from "vitest"
import { limits } from "../../../src/domain/limits.ts"
import { checkBody, checkHost, checkOrigin, tokenGuard } from "../../../src/http/guards.ts"
import { readHead } from "../../../src/http/head.ts"

const head = (headers: Readonly<Record<string, string>>) =>
  readHead(Object.entries({ host: "127.0.0.1:7666", ...headers }).flat())
const codeOf = (error: { readonly error: string } | undefined) => error?.error

describe("checkHost", () => {
  it("lets this machine's own names pass", () => {
    for (const host of ["127.0.0.1", "localhost", "[::1]", "127.0.0.1:1", "LOCALHOST:65535"]) {
      expect({ host, code: codeOf(checkHost(head({ host }), "/")) }).toEqual({ host, code: undefined })
    }
  })
  it("refuses any other, and any target that is no path", () => {
    for (const host of ["", "127.0.0.1:123456", "127.0.0.1.a", "a127.0.0.1", "localhost\n", "[::1", "::1"]) {
      expect({ host, code: codeOf(checkHost(head({ host }), "/")) }).toEqual({ host, code: "FORBIDDEN_HOST" })
    }
    for (const target of ["", "*", "http://127.0.0.1/", "a:80", "?a"]) {
      expect({ target, code: codeOf(checkHost(head({}), target)) }).toEqual({ target, code: "BAD_REQUEST" })
    }
  })
})

describe("checkOrigin", () => {
  it("holds origin and referer against the host of the same request", () => {
    expect(checkOrigin(head({ host: "localhost:1", origin: "http://localhost:1" }))).toBe(undefined)
    expect(
      checkOrigin(head({ host: "LOCALHOST:1", origin: "http://localhost:1", referer: "HTTP://LOCALHOST:1/A" }))
    ).toBe(undefined)
    expect(codeOf(checkOrigin(head({ host: "localhost:1", origin: "http://127.0.0.1:1" })))).toBe("FORBIDDEN_ORIGIN")
    expect(codeOf(checkOrigin(head({ host: "localhost:1", origin: "http://localhost:10" })))).toBe("FORBIDDEN_ORIGIN")
    expect(codeOf(checkOrigin(head({ host: "localhost:1", referer: "http://localhost:10/" })))).toBe("FORBIDDEN_ORIGIN")
    expect(codeOf(checkOrigin(head({ origin: "http://127.0.0.1:7666", referer: "http://evil.example/" })))).toBe(
      "FORBIDDEN_ORIGIN"
    )
  })
})

describe("tokenGuard", () => {
  const token = "a1".repeat(32)
  const check = tokenGuard(token)
  it("takes the whole token and nothing else", () => {
    expect(check(head({ authorization: `Bearer ${token}` }))).toBe(undefined)
    for (let i = 0; i < token.length; i++) {
      const wrong = `${token.slice(0, i)}f${token.slice(i + 1)}`
      expect(codeOf(check(head({ authorization: `Bearer ${wrong}` })))).toBe("UNAUTHORIZED")
    }
    expect(check(head({ authorization: `bearer ${token}` }))).toBe(undefined)
  })
  it("keeps nothing of the last request", () => {
    expect(check(head({ authorization: `Bearer ${token}` }))).toBe(undefined)
    // As many characters, but fewer of the bytes that are compared.
    expect(codeOf(check(head({ authorization: `Bearer ${"\u0100".repeat(64)}` })))).toBe("UNAUTHORIZED")
    expect(codeOf(check(head({ authorization: `Bearer ${" ".repeat(64)}` })))).toBe("UNAUTHORIZED")
    expect(codeOf(check(head({})))).toBe("UNAUTHORIZED")
  })
  it("says nothing of the token", () => {
    expect(check(head({ authorization: "Bearer x" }))!.message).not.toContain(token.slice(0, 4))
  })
})

describe("checkBody", () => {
  const json = { "content-type": "application/json" }
  it("wants a body where there is one to take, and none elsewhere", () => {
    expect(checkBody(head({}), false)).toBe(undefined)
    expect(checkBody(head({ "content-length": "0" }), false)).toBe(undefined)
    expect(codeOf(checkBody(head({ "content-length": "1", ...json }), false))).toBe("BAD_REQUEST")
    expect(codeOf(checkBody(head({ "transfer-encoding": "chunked" }), false))).toBe("BAD_REQUEST")
    expect(codeOf(checkBody(head({}), true))).toBe("BAD_REQUEST")
    expect(codeOf(checkBody(head(json), true))).toBe("BAD_REQUEST")
    expect(checkBody(head({ "content-length": "1", ...json }), true)).toBe(undefined)
    expect(checkBody(head({ "transfer-encoding": "chunked", ...json }), true)).toBe(undefined)
  })
  it("looks at the length before the type", () => {
    expect(codeOf(checkBody(head({ "content-length": String(limits.bodyBytes + 1) }), true))).toBe("PAYLOAD_TOO_LARGE")
    expect(codeOf(checkBody(head({ "content-length": String(limits.bodyBytes) }), true))).toBe("UNSUPPORTED_MEDIA_TYPE")
  })
})
