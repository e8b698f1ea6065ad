import { describe, expect } from "@effect/vitest"
import { Effect } from "effect"
import { entryJson } from "../../../src/handlers/serve.ts"
import type { Page } from "../../../src/projection/page.ts"
import { live } from "../../kit/live.ts"
import { knowledge } from "../../kit/machines.ts"
import { makeMesh, type Node } from "../../kit/mesh.ts"
import { randomFrom } from "../../kit/random.ts"

/** Somebody who follows a pact by its cursor, on one machine, and keeps what it was told. */
const followerOf = (node: Node, confirmed: boolean) => {
  const seen = new Map<string, string>()
  let since: string | null = null
  let resets = 0
  /** Reads a page or two, as the moment has it. */
  const look = (limit: number): void => {
    const { cursor, hasMore, reset, rows } = node.machine().pact.read.changes({ since, confirmed, limit })
    if (reset) resets++
    for (const row of rows) {
      const { id, payload } = JSON.parse(entryJson(row)) as {
        readonly id: string
        readonly payload: { readonly content?: string }
      }
      seen.set(id, payload.content ?? "")
    }
    since = cursor
    if (hasMore) look(limit)
  }
  return { seen, look, resets: () => resets }
}

/** All entries of the log, page by page, as `log` serves them. */
const logIds = (node: Node): ReadonlyArray<string> => {
  const ids: Array<string> = []
  let cursor: string | null = null
  do {
    const page: Page = node.machine().pact.read.log({}, { order: "asc", limit: 7, cursor })
    ids.push(...page.rows.map((row) => (JSON.parse(entryJson(row)) as { readonly id: string }).id))
    cursor = page.hasMore ? page.cursor : null
  } while (cursor !== null)
  return ids
}

describe("an entry that comes late", () => {
  for (const seed of [1, 2, 3]) {
    live(`is skipped by nobody who follows the pact, seed ${seed}`, () =>
      Effect.gen(function* () {
        const random = randomFrom(seed)
        const mesh = yield* makeMesh({ size: 4, indexers: 1 + (seed % 3) })
        const written = new Map<string, string>()
        const followers = mesh.nodes.flatMap((node) =>
          [false, true].map((confirmed) => ({ node, ...followerOf(node, confirmed) }))
        )
        const look = () => {
          for (const { look, node } of followers) if (node.running() && random.chance(0.4)) look(1 + random.below(7))
        }
        for (let round = 0; round < 8; round++) {
          // Some are alone or in small groups, and write there what the others see only later.
          const shuffled = mesh.nodes.toSorted(() => random.below(3) - 1)
          const at = random.below(5)
          yield* mesh.part(shuffled.slice(0, at), shuffled.slice(at))
          const away = random.chance(0.3) ? random.pick(mesh.nodes.slice(1)) : null
          if (away !== null) yield* away.stop
          for (let i = 0; i < 5; i++) {
            const node = random.pick(mesh.nodes.filter((node) => node.running()))
            const content = `round ${round}, ${i}, by ${node.name}`
            written.set((yield* node.write(knowledge(content))).id, content)
            look()
          }
          if (away !== null) yield* away.start
          if (random.chance(0.5)) {
            yield* mesh.heal
            if (random.chance(0.5)) yield* mesh.settle(false)
            look()
          }
        }
        yield* mesh.heal
        yield* mesh.settle()
        for (const { look, node, seen } of followers) {
          look(3)
          const log = logIds(node)
          expect([...written.keys()].filter((id) => !log.includes(id))).toEqual([])
          expect(
            log.filter((id) => !seen.has(id)),
            `${node.name} was not told of these`
          ).toEqual([])
          for (const [id, content] of written) expect(seen.get(id)).toBe(content)
        }
        // The orders did change under those who read ahead of what is confirmed, or this shows nothing.
        expect(followers.reduce((sum, { resets }) => sum + resets(), 0)).toBeGreaterThan(0)
      })
    )
  }
})
