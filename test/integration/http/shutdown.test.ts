import { Deferred, Effect } from "effect"
import { expect, it } from "vitest"
import { ask, requestText, startServer, Wire } from "../../kit/http.ts"

const timed = async (work: () => Promise<unknown>): Promise<number> => {
  const start = performance.now()
  await work()
  return performance.now() - start
}

it("streams end in good order and the server stops at once", async () => {
  const server = await startServer()
  const readers = await Promise.all(Array.from({ length: 20 }, () => Wire.open(server.port)))
  for (const reader of readers) {
    reader.send(requestText(server.port, { path: "/v1/events" }))
    await reader.until("hello", () => (reader.text.includes("event: hello") ? true : undefined))
  }
  expect(await timed(server.stop)).toBeLessThan(2000)
  for (const reader of readers) {
    await reader.closed()
    // The last chunk: the client can tell an end from a cut.
    expect(reader.text.endsWith("0\r\n\r\n")).toBe(true)
  }
})

it("connections without a request don't hold it up", async () => {
  const server = await startServer()
  const idle = await Wire.open(server.port)
  const kept = await Wire.open(server.port)
  expect(await kept.send(requestText(server.port, {})).reply()).toMatchObject({ status: 200 })
  expect(await timed(server.stop)).toBeLessThan(2000)
  await Promise.all([idle.closed(), kept.closed()])
})

it("a request under way gets its grace, and is interrupted then", async () => {
  const server = await startServer({ timeouts: { headers: 5000, request: 5000, check: 1000, grace: 100 } })
  const waiting = await Wire.open(server.port)
  waiting.send(requestText(server.port, { path: "/v1/pacts/default/changes?wait=30" }))
  await Effect.runPromise(Deferred.await(server.pact.waiting))
  expect(await timed(server.stop)).toBeLessThan(2000)
  await waiting.closed()
  await Effect.runPromise(Deferred.await(server.pact.interrupted))
})

it("a client that leaves interrupts what it asked for", async () => {
  const server = await startServer()
  const wire = await Wire.open(server.port)
  wire.send(requestText(server.port, { path: "/v1/pacts/default/changes?wait=30" }))
  await Effect.runPromise(Deferred.await(server.pact.waiting))
  wire.close()
  await Effect.runPromise(Deferred.await(server.pact.interrupted))
  expect(await ask(server.port, {})).toMatchObject({ status: 200 })
  await server.stop()
})

it("a stopped server has let go of its port", async () => {
  const first = await startServer()
  const { port } = first
  await expect(startServer({ port })).rejects.toMatchObject({ _tag: "ListenError", port, code: "EADDRINUSE" })
  await first.stop()
  const second = await startServer({ port })
  expect(second.port).toBe(port)
  await second.stop()
})
