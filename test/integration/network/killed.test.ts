import { describe, expect } from "@effect/vitest"
import { Effect, Fiber, FiberSet } from "effect"
import { readFileSync } from "node:fs"
import { join } from "node:path"
import { entryJson } from "../../../src/handlers/serve.ts"
import type { Page } from "../../../src/projection/page.ts"
import { afterWrites, homeOf } from "../../kit/disk.ts"
import { live } from "../../kit/live.ts"
import { knowledge } from "../../kit/machines.ts"
import { Killed, makeMesh, type Node } from "../../kit/mesh.ts"
import { randomFrom } from "../../kit/random.ts"
import { tempDir } from "../../kit/temp.ts"
import { dump, dumpRebuilt } from "../../unit/projection/kit.ts"

/** `OPENPACT_KILL_ROUNDS=100` for a longer run, `OPENPACT_SEED` for another one. */
const rounds = Number(process.env["OPENPACT_KILL_ROUNDS"] ?? 8)
const seed = Number(process.env["OPENPACT_SEED"] ?? 7)
const machines = 3
/** How many writes of a machine are under way at a time, and how many each of these brings in a round. */
const clients = 2
const writes = 5

/** When a machine dies: with the answer, or the write to its store, that leaves none. */
interface Moment {
  readonly at: "answer" | "write"
  left: number
  /** True when it is started at once, while the others are at work. */
  readonly back: boolean
}

/** What was written, by the id of its entry, as a machine has it. */
const writtenAt = (node: Node): ReadonlyMap<string, string> => {
  const written = new Map<string, string>()
  let cursor: string | null = null
  do {
    const page: Page = node.machine().pact.read.log({}, { order: "asc", limit: 100, cursor })
    for (const row of page.rows) {
      const { id, payload } = JSON.parse(entryJson(row)) as { id: string; payload: { content?: string } }
      if (payload.content !== undefined) written.set(id, payload.content)
    }
    cursor = page.hasMore ? page.cursor : null
  } while (cursor !== null)
  return written
}

describe("a machine that is killed", () => {
  live("says nothing more to anybody, leaves no mark of an orderly end, and goes on from its disk", () =>
    Effect.gen(function* () {
      const mesh = yield* makeMesh({ size: 2 })
      const [ada, bob] = mesh.nodes as [Node, Node]
      const first = yield* bob.write(knowledge("answered"))
      yield* mesh.settle()
      const machine = bob.machine()
      const { memberKey } = machine.pact
      const waiting = yield* Effect.forkChild(Effect.flip(bob.write(knowledge("not answered"))), {
        startImmediately: true
      })
      yield* bob.kill
      expect(yield* Fiber.join(waiting)).toBeInstanceOf(Killed)
      expect(bob.running()).toBe(false)
      expect([...ada.machine().presence.online()]).toEqual([memberKey])
      expect(JSON.parse(readFileSync(join(homeOf(machine.places.data), "run.json"), "utf8"))).toMatchObject({
        clean: false
      })
      yield* bob.start
      expect(bob.machine().pact.memberKey).toBe(memberKey)
      expect(bob.machine().pact.read.entry(first.id)).toMatchObject({ accepted: true, confirmed: true })
      const { id } = yield* bob.write(knowledge("after"))
      yield* mesh.settle()
      expect(ada.machine().pact.read.entry(id)).toMatchObject({ accepted: true })
    })
  )
})

describe("machines that are killed, started again, parted and healed", () => {
  live(
    "come to the same log, and no answered write is missing or there twice",
    () =>
      Effect.gen(function* () {
        const [dice, weather] = [randomFrom(seed), randomFrom(seed + 1)]
        // Only stores that are opened after this are heard.
        let onWrite: (database: string) => void = () => {}
        yield* afterWrites((database) => onWrite(database))
        const mesh = yield* makeMesh({ size: machines, indexers: 2, deadline: "60 seconds" })
        const ends = yield* FiberSet.make<void>()
        const run = yield* FiberSet.runtime(ends)<never>()
        const moments = new Map<Node, Moment>()
        const planned = { answer: 0, write: 0 }
        const kills = { answer: 0, write: 0 }
        /** The ids by what was written: one that is answered too early is given again to another entry. */
        const answered = new Map<string, string>()
        let unanswered = 0
        /** Counts one of what a machine may die of, and kills it here and now when that was the last. */
        const count = (node: Node, at: Moment["at"]) => {
          const moment = moments.get(node)
          if (moment?.at !== at || --moment.left > 0) return
          moments.delete(node)
          kills[at]++
          run(moment.back ? Effect.andThen(node.kill, node.start) : node.kill)
        }
        onWrite = (database) => {
          const node = mesh.nodes.find((node) => node.running() && join(node.machine().places.data, "db") === database)
          if (node !== undefined) count(node, "write")
        }
        const disturb = Effect.suspend(() => {
          if (!weather.chance(0.1)) return Effect.void
          const alone = weather.pick(mesh.nodes)
          return weather.chance(0.5)
            ? mesh.heal
            : mesh.part(
                [alone],
                mesh.nodes.filter((node) => node !== alone)
              )
        })
        const client = (node: Node, name: string, back: boolean) =>
          Effect.gen(function* () {
            for (let i = 0; i < writes; i++) {
              const content = `${name}, ${i}`
              const written = yield* node
                .write(knowledge(content))
                .pipe(Effect.catchTag("Killed", () => Effect.succeed(null)))
              if (written === null) unanswered++
              else {
                answered.set(content, written.id)
                count(node, "answer")
                yield* disturb
              }
              if (!node.running() && !back) return
              yield* mesh.until(`${node.name} started again`, Effect.sync(node.running))
            }
          })
        for (let round = 0; round < rounds; round++) {
          const spared = dice.below(machines + 1)
          const plans = mesh.nodes.map((node, i) => {
            const moment: Moment = {
              at: dice.pick(["answer", "write"]),
              left: 1 + dice.below(writes),
              back: dice.chance(0.5)
            }
            if (i !== spared) {
              moments.set(node, moment)
              planned[moment.at]++
            }
            return { node, back: moment.back }
          })
          yield* Effect.forEach(
            plans.flatMap(({ back, node }) =>
              Array.from({ length: clients }, (_, i) => client(node, `round ${round}, ${node.name}, ${i}`, back))
            ),
            (client) => client,
            { concurrency: "unbounded" }
          )
          moments.clear()
          yield* FiberSet.awaitEmpty(ends)
          for (const node of mesh.nodes) if (!node.running()) yield* node.start
        }
        yield* mesh.heal
        yield* mesh.settle()
        console.log(
          `seed ${seed}: ${kills.answer} kills after an answer, ${kills.write} after a write to the store, ` +
            `${answered.size} writes answered, ${unanswered} not`
        )
        expect(kills).toEqual(planned)
        for (const node of mesh.nodes) {
          const there = writtenAt(node)
          const missing = [...answered].filter(([content, id]) => there.get(id) !== content)
          expect(missing, `not at ${node.name}`).toEqual([])
          const contents = [...there.values()].filter((content) => content.startsWith("round"))
          expect(contents.length, `at ${node.name}, each once`).toBe(new Set(contents).size)
        }
        // Each read model went through the kills too, and holds what a new one of the same log would hold.
        const { ledger, pactId } = mesh.nodes[0]!.machine().pact
        const dir = yield* tempDir()
        const rebuilt = yield* Effect.scoped(
          Effect.flatMap(ledger.snapshot, (snapshot) => Effect.promise(() => dumpRebuilt(dir, pactId, snapshot)))
        )
        for (const node of mesh.nodes) {
          const { index } = node.machine().places
          yield* node.stop
          expect(dump(index), `the read model of ${node.name}`).toEqual(rebuilt)
        }
      }),
    60_000 + rounds * 10_000
  )
})
