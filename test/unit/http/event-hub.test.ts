import { describe, expect, it } from "@effect/vitest"
import { Context, Deferred, Effect, Fiber, Layer, Metric } from "effect"
import { TestClock } from "effect/testing"
import type { Sink } from "../../../src/http/answer.ts"
import { EventHub, type Subscription } from "../../../src/http/EventHub.ts"
import { randomFrom } from "../../kit/random.ts"

const everything: Subscription = { topic: null, names: null, after: null, version: "1" }

/** A client in memory. While it is `slow`, what it gets waits until `take`. */
const client = (slow = false) => {
  let waiting = 0
  let drained = Deferred.makeUnsafe<void>()
  let dropped = false
  const got: Array<string> = []
  const sink: Sink = {
    write: (bytes) => {
      got.push(Buffer.from(bytes).toString())
      waiting += slow ? bytes.byteLength : 0
      return waiting
    },
    drained: Effect.suspend(() => (waiting === 0 ? Effect.void : Deferred.await(drained))),
    drop: () => {
      dropped = true
    }
  }
  const take = () => {
    waiting = 0
    const before = drained
    drained = Deferred.makeUnsafe()
    Deferred.doneUnsafe(before, Effect.void)
  }
  const field = (name: string) =>
    got.flatMap((text) => [...text.matchAll(new RegExp(`^${name}: (.*)$`, "gm"))].map((m) => m[1]!))
  return {
    sink,
    got,
    take,
    ids: () => field("id"),
    events: () => field("event"),
    data: () => field("data"),
    dropped: () => dropped
  }
}

const hub = Effect.map(Layer.build(EventHub.layer), (context) => Context.get(context, EventHub))
const event = (n: number, topic = "p", name = "entry-applied") => ({ event: name, topic, data: JSON.stringify({ n }) })
const numbers = (data: ReadonlyArray<string>) =>
  data.flatMap((text) => {
    const { n } = JSON.parse(text) as { n?: number }
    return n === undefined ? [] : [n]
  })
const settle = Effect.yieldNow.pipe(Effect.repeat({ times: 5 }))

describe("event hub", () => {
  it.effect("greets, sends what happens, and keeps the line open", () =>
    Effect.gen(function* () {
      const { publish, serve } = yield* hub
      const { got, events, sink, ids } = client()
      yield* Effect.forkScoped(serve(everything)(sink))
      yield* settle
      expect(got[0]).toMatch(
        /^retry: 1000\n\nid: [0-9a-f]{12}-0\nevent: hello\ndata: {"version":"1","cursor":"[0-9a-f]{12}-0"}\n\n$/
      )
      publish(event(1))
      expect(got[1]).toMatch(/^id: [0-9a-f]{12}-1\nevent: entry-applied\ndata: {"n":1}\n\n$/)
      yield* TestClock.adjust("15 seconds")
      expect(got[2]).toBe(": heartbeat\n\n")
      expect(events().length).toBe(ids().length)
    })
  )

  it.effect("filters by topic and by name", () =>
    Effect.gen(function* () {
      const { publish, serve } = yield* hub
      const { data, sink } = client()
      yield* Effect.forkScoped(serve({ ...everything, topic: "p", names: new Set(["entry-applied"]) })(sink))
      yield* settle
      publish(event(1))
      publish(event(2, "q"))
      publish(event(3, "p", "pact-changed"))
      publish(event(4))
      expect(numbers(data())).toEqual([1, 4])
    })
  )

  it.effect("a reader that comes back gets what it missed, each once, whatever happens meanwhile", () =>
    Effect.gen(function* () {
      const random = randomFrom(23)
      const { publish, serve } = yield* hub
      let n = 0
      const seen: Array<number> = []
      let after: string | null = null
      for (let visit = 0; visit < 60; visit++) {
        const reader = client(random.chance(0.5))
        const fiber = yield* Effect.forkChild(Effect.scoped(serve({ ...everything, after })(reader.sink)))
        if (visit === 0) yield* settle
        for (let step = random.below(6); step >= 0; step--) {
          for (let i = random.below(40); i > 0; i--)
            publish({ ...event(++n), data: JSON.stringify({ n, pad: "x".repeat(random.below(6000)) }) })
          if (random.chance(0.6)) yield* settle
          reader.take()
        }
        yield* Fiber.interrupt(fiber)
        seen.push(...numbers(reader.data()))
        after = reader.ids().at(-1) ?? after
        for (let i = random.below(30); i > 0; i--) publish(event(++n))
      }
      const last = client()
      const fiber = yield* Effect.forkChild(Effect.scoped(serve({ ...everything, after })(last.sink)))
      yield* settle
      yield* Fiber.interrupt(fiber)
      const all = [...seen, ...numbers(last.data())]
      expect(all.length).toBeGreaterThan(2000)
      expect(all).toEqual(Array.from({ length: n - all[0]! + 1 }, (_, i) => all[0]! + i))
    })
  )

  it.effect("what can't be replayed is one resync: an id of another run, one too old, one that is none", () =>
    Effect.gen(function* () {
      const { publish, serve } = yield* hub
      const first = client()
      yield* Effect.forkScoped(serve(everything)(first.sink))
      yield* settle
      const old = first.ids()[0]!
      for (let n = 0; n < 6000; n++) publish({ ...event(n), data: JSON.stringify({ n, pad: "x".repeat(1000) }) })
      for (const after of [old, "000000000000-3", "nonsense", `${old.slice(0, 12)}-99999`]) {
        const reader = client()
        const fiber = yield* Effect.forkChild(Effect.scoped(serve({ ...everything, after })(reader.sink)))
        yield* settle
        publish(event(-1))
        yield* Fiber.interrupt(fiber)
        expect(reader.events()).toEqual(["hello", "resync", "entry-applied"])
      }
    })
  )

  it.effect("a reader that doesn't read is cut off and counted, and nobody else notices", () =>
    Effect.gen(function* () {
      const { publish, serve } = yield* hub
      const lazy = client(true)
      const good = client()
      yield* Effect.forkScoped(serve(everything)(lazy.sink))
      yield* Effect.forkScoped(serve(everything)(good.sink))
      yield* settle
      for (let n = 0; n < 1500; n++) publish({ ...event(n), data: JSON.stringify({ n, pad: "x".repeat(1000) }) })
      expect(lazy.dropped()).toBe(true)
      expect(lazy.got.reduce((sum, text) => sum + text.length, 0)).toBeLessThan(1.1 * 1024 * 1024)
      expect(numbers(good.data()).length).toBe(1500)
      const metrics = yield* Metric.snapshot
      expect(metrics.find(({ id }) => id === "openpact_sse_backpressure_closes_total")?.state).toMatchObject({
        count: 1
      })
    })
  )
})
