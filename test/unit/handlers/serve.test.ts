import { Effect } from "effect"
import { join } from "node:path"
import { expect, it } from "vitest"
import { listOf } from "../../../src/handlers/serve.ts"
import type { Projection } from "../../../src/projection/Projection.ts"
import { Blocks, openProjection, tempDir } from "../projection/kit.ts"

const writer = "ab".repeat(32)
const answerOf = (read: Projection, query: { readonly limit?: number } = {}) =>
  Effect.runSync(listOf("knowledge", read, query, () => read.knowledge({}, query)))
const textOf = (read: Projection, query?: { readonly limit?: number }) => String(answerOf(read, query).body)

it("answers a list with the same bytes until something changes", async () => {
  const log = new Blocks()
  const read = openProjection(join(tempDir(), "index.db"), log.pactId)
  log.add(writer, "knowledge", { topic: "a", content: "first" })
  await read.follow(log.snapshot())
  const before = answerOf(read)
  expect(answerOf(read)).toBe(before)
  expect(textOf(read)).toContain("first")

  log.add(writer, "knowledge", { topic: "a", content: "second" })
  await read.follow(log.snapshot())
  expect(textOf(read)).toContain("second")
  expect(textOf(read)).toContain(`"confirmed":false`)

  log.signed = log.length
  await read.follow(log.snapshot())
  expect(textOf(read)).not.toContain(`"confirmed":false`)
})

it("keeps lists apart by their query, and read models by themselves", async () => {
  const log = new Blocks()
  const read = openProjection(join(tempDir(), "index.db"), log.pactId)
  const other = openProjection(join(tempDir(), "index.db"), log.pactId)
  for (let n = 0; n < 50; n++) log.add(writer, "knowledge", { topic: "a", content: `entry ${n}` })
  await read.follow(log.snapshot())
  for (let limit = 1; limit <= 40; limit++) {
    expect(JSON.parse(textOf(read, { limit })).entries.length).toBe(limit)
    expect(JSON.parse(textOf(read, { limit: 1 })).entries.length).toBe(1)
  }
  expect(JSON.parse(textOf(other)).entries).toEqual([])
})
