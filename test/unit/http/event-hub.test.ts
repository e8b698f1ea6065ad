import { assert, describe, it } from "@effect/vitest"
import { Effect, Fiber, Latch, Metric } from "effect"
import { TestClock } from "effect/testing"
import type { Sink } from "../../../src/http/answer.ts"
import { EventHub } from "../../../src/http/EventHub.ts"
import { randomFrom } from "../../kit/random.ts"

/** A client that takes what it is sent when the test says so. */
class Client implements Sink {
  readonly got: Array<string> = []
  dropped = false
  #waiting = 0
  readonly #open = Latch.makeUnsafe(true)
  #stalled = false

  readonly write = (bytes: Uint8Array): number => {
    if (this.dropped) return 0
    this.got.push(Buffer.from(bytes).toString("utf8"))
    if (this.#stalled) this.#waiting += bytes.byteLength
    if (this.#waiting > 0) this.#open.closeUnsafe()
    return this.#waiting
  }
  readonly drained = this.#open.await
  readonly drop = () => void (this.dropped = true)

  stall(): void {
    this.#stalled = true
  }
  take(): void {
    this.#stalled = false
    this.#waiting = 0
    this.#open.openUnsafe()
  }
  get events(): ReadonlyArray<{
    readonly id: string | undefined
    readonly event: string
    readonly data: { readonly n: number }
  }> {
    return this.got
      .join("")
      .split("\n\n")
      .filter((block) => block.includes("data: "))
      .map((block) => ({
        id: /^id: (.*)$/m.exec(block)?.[1],
        event: /^event: (.*)$/m.exec(block)![1]!,
        data: JSON.parse(/^data: (.*)$/m.exec(block)![1]!)
      }))
  }
  get numbers(): ReadonlyArray<number> {
    return this.events.flatMap(({ data, event }) => (event === "hello" || event === "resync" ? [] : [data.n]))
  }
}

const everything = { topic: null, names: null, after: null, version: "1" }
const hub = Effect.provide(EventHub, EventHub.layer)
const isolated = <A, E, R>(effect: Effect.Effect<A, E, R>) =>
  Effect.suspend(() => Effect.provideService(effect, Metric.MetricRegistry, new Map()))

describe("EventHub", () => {
  it.effect("says that it is there every 15 seconds, to all", () =>
    Effect.gen(function* () {
      const { serve } = yield* hub
      const clients = [new Client(), new Client()]
      yield* Effect.forEach(clients, (client) => Effect.forkScoped(Effect.scoped(serve(everything)(client))))
      yield* TestClock.adjust("14 seconds")
      for (const client of clients)
        assert.deepStrictEqual(
          client.got.filter((text) => text.startsWith(":")),
          []
        )
      yield* TestClock.adjust("31 seconds")
      for (const client of clients)
        assert.strictEqual(client.got.filter((text) => /^: heartbeat (\S+)\nid: \1\n\n$/.test(text)).length, 3)
    }).pipe(Effect.scoped, isolated)
  )

  it.effect("lets a reader that wants few events come back long after the last of them", () =>
    Effect.gen(function* () {
      const { publish, serve } = yield* hub
      const wanted = { ...everything, topic: "quiet" }
      const loud = (n: number) =>
        publish({ event: "e", topic: "loud", data: JSON.stringify({ n, text: "x".repeat(100_000) }) })
      const client = new Client()
      const reading = yield* Effect.forkScoped(Effect.scoped(serve(wanted)(client)))
      yield* Effect.yieldNow
      publish({ event: "e", topic: "quiet", data: `{"n":1}` })
      // More than is kept.
      for (let n = 0; n < 60; n++) loud(n)
      yield* TestClock.adjust("15 seconds")
      yield* Fiber.interrupt(reading)
      publish({ event: "e", topic: "quiet", data: `{"n":2}` })
      const ids = client.got.flatMap((text) => /^id: (.*)$/m.exec(text)?.[1] ?? [])
      const seen = (after: string) =>
        Effect.gen(function* () {
          const again = new Client()
          yield* Effect.forkScoped(Effect.scoped(serve({ ...wanted, after })(again)))
          yield* Effect.yieldNow
          return again.events.map(({ event }) => event)
        })
      assert.deepStrictEqual(yield* seen(ids.at(-1)!), ["hello", "e"])
      assert.deepStrictEqual(yield* seen(ids.at(-2)!), ["hello", "resync"])
    }).pipe(Effect.scoped, isolated)
  )

  it.effect("encodes an event once for all", () =>
    Effect.gen(function* () {
      const { publish, serve } = yield* hub
      const seen = new Set<Uint8Array>()
      const sink = (): Sink => ({ write: (bytes) => (seen.add(bytes), 0), drained: Effect.void, drop: () => {} })
      for (let i = 0; i < 5; i++) yield* Effect.forkScoped(Effect.scoped(serve(everything)(sink())))
      yield* Effect.yieldNow
      seen.clear()
      publish({ event: "entry-applied", topic: "a", data: "1" })
      assert.strictEqual(seen.size, 1)
    }).pipe(Effect.scoped, isolated)
  )

  it.effect("keeps nothing before the first reader, who begins with what comes then", () =>
    Effect.gen(function* () {
      const { heard, publish, serve } = yield* hub
      publish({ event: "e", topic: "a", data: "early" })
      assert.isFalse(heard())
      let text = ""
      const sink: Sink = { write: (bytes) => ((text += Buffer.from(bytes)), 0), drained: Effect.void, drop: () => {} }
      yield* Effect.forkScoped(Effect.scoped(serve(everything)(sink)), { startImmediately: true })
      assert.isTrue(heard())
      publish({ event: "e", topic: "a", data: "late" })
      assert.include(text, "late")
      assert.notInclude(text, "early")
    }).pipe(Effect.scoped, isolated)
  )

  it.effect("cuts off whom more than 1 MiB waits for, and nobody else", () =>
    Effect.gen(function* () {
      const { publish, serve } = yield* hub
      const [slow, fast] = [new Client(), new Client()]
      for (const client of [slow, fast]) yield* Effect.forkScoped(Effect.scoped(serve(everything)(client)))
      yield* Effect.yieldNow
      slow.stall()
      const data = JSON.stringify({ n: 0, text: "x".repeat(1024) })
      let sent = 0
      for (; !slow.dropped && sent < 2000; sent++) publish({ event: "entry-applied", topic: "a", data })
      assert.isAbove(sent * 1100, 1024 * 1024)
      assert.isBelow(sent * 1024, 1024 * 1024 + 64 * 1024)
      assert.isFalse(fast.dropped)
      assert.strictEqual(fast.numbers.length, sent)
      const closes = (yield* Metric.snapshot).find(({ id }) => id === "openpact_sse_backpressure_closes_total")
      assert.deepInclude(closes?.state, { count: 1 })
    }).pipe(Effect.scoped, isolated)
  )

  it.effect("ends a replay that the history has left behind", () =>
    Effect.gen(function* () {
      const { publish, serve } = yield* hub
      const first = new Client()
      const fiber = yield* Effect.forkScoped(Effect.scoped(serve(everything)(first)))
      yield* Effect.yieldNow
      yield* Fiber.interrupt(fiber)
      const large = JSON.stringify({ n: 0, text: "x".repeat(100 * 1024) })
      for (let n = 0; n < 10; n++) publish({ event: "entry-applied", topic: "a", data: large })
      const slow = new Client()
      slow.stall()
      yield* Effect.forkScoped(Effect.scoped(serve({ ...everything, after: first.events[0]!.id! })(slow)))
      yield* Effect.yieldNow
      for (let n = 0; n < 100; n++) publish({ event: "entry-applied", topic: "a", data: large })
      slow.take()
      yield* Effect.yieldNow
      yield* Effect.yieldNow
      assert.isTrue(slow.dropped)
    }).pipe(Effect.scoped, isolated)
  )

  it.effect("hands over a replay as fast as it is taken", () =>
    Effect.gen(function* () {
      const { publish, serve } = yield* hub
      const first = new Client()
      yield* Effect.forkScoped(Effect.scoped(serve(everything)(first)))
      yield* Effect.yieldNow
      const data = JSON.stringify({ n: 0, text: "x".repeat(10 * 1024) })
      for (let n = 0; n < 100; n++) publish({ event: "entry-applied", topic: "a", data })
      const slow = new Client()
      slow.stall()
      yield* Effect.forkScoped(Effect.scoped(serve({ ...everything, after: first.events[0]!.id! })(slow)))
      yield* Effect.yieldNow
      assert.isAtLeast(slow.numbers.length, 6)
      assert.isAtMost(slow.numbers.length, 7)
      slow.take()
      yield* Effect.yieldNow
      assert.strictEqual(slow.numbers.length, 100)
    }).pipe(Effect.scoped, isolated)
  )

  it.effect("replays to whom missed all that is kept, and tells whom missed one more", () =>
    Effect.gen(function* () {
      const { publish, serve } = yield* hub
      const all = new Client()
      yield* Effect.forkScoped(Effect.scoped(serve(everything)(all)))
      yield* Effect.yieldNow
      // Four of these fit, and a bit.
      const size = 1024 * 1000
      for (let n = 0; n < 10; n++)
        publish({ event: "entry-applied", topic: "a", data: `{"n":${n},"text":"${"x".repeat(size)}"}` })
      const ids = all.events.slice(1).map(({ id }) => id!)
      const back = Effect.fnUntraced(function* (after: string) {
        const client = new Client()
        yield* Effect.forkScoped(Effect.scoped(serve({ ...everything, after })(client)))
        yield* Effect.yieldNow
        return client.events.map(({ data, event }) => (event === "entry-applied" ? data.n : event))
      })
      assert.deepStrictEqual(yield* back(ids[5]!), ["hello", 6, 7, 8, 9])
      assert.deepStrictEqual(yield* back(ids[4]!), ["hello", "resync"])
      assert.deepStrictEqual(yield* back(ids[9]!), ["hello"])
    }).pipe(Effect.scoped, isolated)
  )

  it.effect.each([1, 2, 3, 4, 5, 6, 7, 8])(
    "loses and doubles nothing, whoever comes, goes, stalls and filters (seed %i)",
    (seed) =>
      Effect.gen(function* () {
        const random = randomFrom(seed)
        const { publish, serve } = yield* hub
        const topics = ["a", "b", "c"]
        const names = ["entry-applied", "pact-changed"]
        const published: Array<{ readonly n: number; readonly topic: string; readonly event: string }> = []
        const readers = Array.from({ length: 6 }, (_, i) => ({
          topic: i % 2 === 0 ? null : topics[i % 3]!,
          names: i % 3 === 0 ? new Set([names[i % 2]!]) : null,
          from: 0,
          seen: [] as Array<number>,
          after: null as string | null,
          client: null as Client | null,
          fiber: null as Fiber.Fiber<void> | null
        }))
        type Reader = (typeof readers)[number]
        const join = Effect.fnUntraced(function* (reader: Reader) {
          const client = new Client()
          if (reader.after === null) reader.from = published.length
          if (random.chance(0.3)) client.stall()
          const { after, names, topic } = reader
          reader.client = client
          reader.fiber = yield* Effect.forkScoped(Effect.scoped(serve({ topic, names, after, version: "1" })(client)))
          // It stands at hello before anything else is published: the test must know from where it reads.
          yield* Effect.yieldNow
        })
        const leave = Effect.fnUntraced(function* (reader: Reader) {
          yield* Fiber.interrupt(reader.fiber!)
          const { events, numbers } = reader.client!
          assert.isFalse(events.some(({ event }) => event === "resync"))
          // A client that is cut off in the middle has seen some of what was on its way.
          const whole = numbers.slice(0, random.below(numbers.length + 1))
          reader.seen.push(...whole)
          reader.after = events[events.length - numbers.length + whole.length - 1]!.id!
          reader.client = null
        })
        for (let step = 0; step < 1500; step++) {
          const reader = random.pick(readers)
          const dice = random.below(100)
          if (dice < 70) {
            const topic = random.pick(topics)
            const event = random.pick(names)
            const n = published.length
            published.push({ n, topic, event })
            publish({ event, topic, data: JSON.stringify({ n, text: "x".repeat(random.below(2000)) }) })
          } else if (dice < 80) yield* reader.client === null ? join(reader) : leave(reader)
          else if (dice < 90) reader.client?.stall()
          else {
            reader.client?.take()
            yield* Effect.yieldNow
          }
        }
        for (const reader of readers) {
          if (reader.client === null) yield* join(reader)
          reader.client!.take()
          for (let i = 0; i < 50; i++) yield* Effect.yieldNow
          const wanted = published
            .slice(reader.from)
            .filter(({ event, topic }) => (reader.topic ?? topic) === topic && (reader.names?.has(event) ?? true))
            .map(({ n }) => n)
          assert.isFalse(reader.client!.dropped)
          assert.deepStrictEqual([...reader.seen, ...reader.client!.numbers], wanted)
        }
      }).pipe(Effect.scoped, isolated)
  )
})
