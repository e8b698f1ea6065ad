import { describe, expect } from "@effect/vitest"
import { Effect } from "effect"
import { live } from "../../kit/live.ts"
import { knowledge } from "../../kit/machines.ts"
import { makeMesh } from "../../kit/mesh.ts"
import { randomFrom } from "../../kit/random.ts"

/** `OPENPACT_MESH=10x1000` for the large run. */
const [machines = 4, writes = 50] = (process.env["OPENPACT_MESH"] ?? "").split("x").filter(Boolean).map(Number)
/** How many writes of a machine are under way at a time. */
const clients = 4

describe(`${machines} machines, ${writes} writes each, and cuts by chance`, () => {
  live(
    "come to the same log, and no answered write is missing",
    () =>
      Effect.gen(function* () {
        const seed = Number(process.env["OPENPACT_SEED"] ?? 7)
        const random = randomFrom(seed)
        const mesh = yield* makeMesh({
          size: machines,
          deadline: `${60 + Math.ceil((machines * writes) / 20)} seconds`
        })
        const answered = new Map<string, string>()
        let left = machines * writes
        let cuts = 0
        /** With every few writes something happens to the network. */
        const disturb = Effect.suspend(() => {
          if (!random.chance(0.1)) return Effect.void
          cuts++
          const shuffled = mesh.nodes.toSorted(() => random.below(3) - 1)
          const at = random.below(machines)
          return random.chance(0.3)
            ? mesh.heal
            : random.chance(0.3)
              ? mesh.part(shuffled.slice(0, at), shuffled.slice(at))
              : mesh.cut(shuffled[0]!, shuffled[1]!)
        })
        const started = performance.now()
        yield* Effect.forEach(
          mesh.nodes,
          (node) =>
            Effect.forEach(
              Array.from({ length: writes }, (_, i) => `${node.name} ${i}`),
              (content) =>
                Effect.gen(function* () {
                  const { id } = yield* node.write(knowledge(content))
                  answered.set(id, content)
                  left--
                  yield* disturb
                }),
              { concurrency: clients }
            ),
          { concurrency: machines }
        )
        const wrote = performance.now()
        yield* mesh.heal
        yield* mesh.settle()
        const settled = performance.now()
        const missing = mesh.nodes.map((node) => {
          const { read } = node.machine().pact
          return [...answered.keys()].filter((id) => read.entry(id)?.accepted !== true).length
        })
        console.log(
          `seed ${seed}: ${answered.size} writes, ${cuts} cuts and heals, written in ${((wrote - started) / 1000).toFixed(1)} s, ` +
            `settled ${((settled - wrote) / 1000).toFixed(1)} s later, missing ${missing.join(" ")}`
        )
        expect(answered.size).toBe(machines * writes)
        expect(missing).toEqual(mesh.nodes.map(() => 0))
        expect(left).toBe(0)
      }),
    60_000 + machines * writes * 60
  )
})
