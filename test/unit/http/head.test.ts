import { expect, it } from "vitest"
import { readHead } from "../../../src/http/head.ts"

it("finds its headers in any case and order, and no others", () => {
  const head = readHead([
    "Accept",
    "*/*",
    "HOST",
    "a",
    "Origin",
    "b",
    "rEFERER",
    "c",
    "Sec-Fetch-Site",
    "d",
    "Authorization",
    "e",
    "Content-Type",
    "f",
    "CONTENT-LENGTH",
    "1",
    "Transfer-Encoding",
    "g",
    "Expect",
    "h",
    "Last-Event-ID",
    "i",
    "Openpact-Agent",
    "m",
    "X-Host",
    "j",
    "Hos",
    "k",
    "Cookie",
    "l"
  ])
  expect(head).toEqual({
    host: "a",
    origin: "b",
    referer: "c",
    secFetchSite: "d",
    authorization: "e",
    contentType: "f",
    contentLength: "1",
    transferEncoding: "g",
    expect: "h",
    lastEventId: "i",
    openpactAgent: "m",
    twice: undefined
  })
})

it.each(["host", "origin", "referer", "authorization", "content-type", "content-length", "last-event-id", "expect"])(
  "tells that %s came twice, the same value too",
  (name) => {
    expect(readHead([name, "a", "accept", "*/*", name.toUpperCase(), "a"]).twice).toBe(name)
  }
)

it("other headers may come as often as they like", () => {
  expect(readHead(["accept", "a", "accept", "b", "cookie", "c", "cookie", "d"]).twice).toBe(undefined)
})
