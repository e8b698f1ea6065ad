import { describe, expect } from "@effect/vitest"
import { Effect, Fiber } from "effect"
import { live } from "../../kit/live.ts"
import { knowledge } from "../../kit/machines.ts"
import { makeMesh, type Node } from "../../kit/mesh.ts"

const readOf = (node: Node) => node.machine().pact.read
const lag = (node: Node) => readOf(node).entries - readOf(node).confirmed

describe("a write that waits to be confirmed", () => {
  live("is told the truth while a majority of indexers is away, and is confirmed when they return", () =>
    Effect.gen(function* () {
      const mesh = yield* makeMesh({ size: 4, indexers: 3 })
      const [ada, bob, carol, dave] = mesh.nodes as [Node, Node, Node, Node]
      const first = yield* dave.write(knowledge("with all there"), { wait: "confirmed" })
      expect(first.confirmed).toBe(true)

      yield* mesh.part([ada, dave], [bob], [carol])
      const written = yield* dave.write(knowledge("with one of three"))
      expect(written.confirmed).toBe(false)
      const late = yield* Effect.flip(dave.write(knowledge("in vain"), { wait: "confirmed", timeout_ms: 100 }))
      expect(late).toMatchObject({ _tag: "VIEW_TIMEOUT", status: 504 })
      const id = /Entry (\S+) is written/.exec(late.message)![1]!
      expect(readOf(dave).entry(id)).toMatchObject({ accepted: true, confirmed: false })
      expect(lag(dave)).toBeGreaterThanOrEqual(2)

      yield* mesh.heal
      yield* mesh.settle()
      for (const node of mesh.nodes) {
        expect(lag(node)).toBe(0)
        for (const known of [written.id, id])
          expect(readOf(node).entry(known)).toMatchObject({ accepted: true, confirmed: true })
      }
    })
  )

  live("is told when it was applied and then lost to others", () =>
    Effect.gen(function* () {
      const mesh = yield* makeMesh({ size: 2 })
      const [ada, bob] = mesh.nodes as [Node, Node]
      const task = yield* ada.write({ type: "task", payload: { status: "open", title: "once" } })
      yield* mesh.settle()
      yield* mesh.cut(ada, bob)
      const claim = { type: "task", payload: { status: "claimed" }, refs: [task.id] } as const
      const hers = yield* ada.write(claim, { wait: "confirmed" })
      const his = yield* Effect.forkChild(Effect.flip(bob.write(claim, { wait: "confirmed" })))
      yield* mesh.until(
        "his claim applied where he is",
        Effect.sync(
          () => readOf(bob).taskState(task.id, Date.now())?.body.includes(bob.machine().pact.agentId) === true
        )
      )
      yield* mesh.heal
      const error = yield* Fiber.join(his)
      expect(error._tag).toBe("TASK_ALREADY_CLAIMED")
      expect(error.message).toMatch(/^Entry \S+ was applied here, but others came before it in the confirmed order\./)
      yield* mesh.settle()
      for (const node of mesh.nodes)
        expect(readOf(node).entry(hers.id)).toMatchObject({ accepted: true, confirmed: true })
    })
  )
})
