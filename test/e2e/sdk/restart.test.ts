import { describe, expect } from "@effect/vitest"
import { Effect, Fiber } from "effect"
import { join } from "node:path"
import { type Client, connect, NoDaemonError } from "../../../src/sdk/promise/index.ts"
import { doomedDaemon, startDaemon } from "../../kit/daemon.ts"
import { within } from "../../kit/deadline.ts"
import { live } from "../../kit/live.ts"
import { tempDir } from "../../kit/temp.ts"

const record = (client: Client, content: string) => client.pact().knowledge.record({ topic: "t", content })

/** The next of an endless walk. */
const next = async <A>(walk: AsyncIterator<A>): Promise<A> => {
  const { done, value } = await walk.next()
  return done === true ? expect.unreachable() : value
}

describe("a daemon that is killed and comes back on another port", () => {
  live(
    "is found again by the very same client, and nothing is lost",
    () =>
      Effect.gen(function* () {
        const home = join(yield* tempDir(), "home")
        const first = yield* startDaemon(home)
        const client = yield* Effect.promise(() => connect({ home, pact: "work" }))
        const stop = new AbortController()
        const ask = <A>(what: string, promise: () => Promise<A>) =>
          Effect.promise(promise).pipe(within(what, "20 seconds", first.dump))
        const { events, feed, seen } = yield* ask("the first round", async () => {
          await client.pacts.create({ name: "Work", confirm: true })
          const { cursor } = await client.pact().entries.changes({ from: "head" })
          const types = "entry-applied"
          const events = client.events.stream({ pact: "work", types, signal: stop.signal })[Symbol.asyncIterator]()
          const feed = client.pact().entries.changes({ since: cursor, signal: stop.signal })[Symbol.asyncIterator]()
          expect((await next(events)).event).toBe("hello")
          const { id } = await record(client, "before")
          expect(await next(events)).toMatchObject({ event: "entry-applied", data: { entry: { id } } })
          const seen = (await next(feed)).entries.map((entry) => entry.id)
          expect(seen).toEqual([id])
          return { events, feed, seen }
        })
        yield* first.kill
        const away = yield* ask("a call without a daemon", () =>
          client.host.status().then(
            () => expect.unreachable(),
            (error: unknown) => error
          )
        )
        expect(away).toBeInstanceOf(NoDaemonError)
        expect((away as NoDaemonError).message).toContain("Start it: openpact start")
        // Both wait for the daemon.
        const hello = events.next()
        const news = feed.next()

        const second = yield* startDaemon(home)
        expect(second.port).not.toBe(first.port)
        yield* Effect.promise(async () => {
          expect((await hello).value).toMatchObject({ event: "hello" })
          expect(await next(events)).toMatchObject({ event: "resync", data: { reason: expect.any(String) } })
          const { id } = await record(client, "after")
          expect(await next(events)).toMatchObject({ event: "entry-applied", data: { entry: { id } } })
          const { value } = await news
          expect([...seen, ...value!.entries.map((entry) => entry.id)]).toEqual([...seen, id])
          const { entries } = await client.pact().knowledge.list({ order: "asc" })
          expect(entries.map(({ payload }) => payload.content)).toEqual(["before", "after"])
          stop.abort()
        }).pipe(within("the second round", "20 seconds", second.dump))
      }),
    100_000
  )

  live(
    "lets workers go on, and each task is done",
    () =>
      Effect.gen(function* () {
        const home = join(yield* tempDir(), "home")
        const first = yield* startDaemon(home)
        const client = yield* Effect.promise(() => connect({ home, pact: "work" }))
        const titles = Array.from({ length: 40 }, (_, n) => `Task ${n}`)
        yield* Effect.promise(async () => {
          await client.pacts.create({ name: "Work", confirm: true })
          await Promise.all(titles.map((title) => client.pact().tasks.create({ title })))
        })
        let half = () => {}
        const halfDone = new Promise<void>((resolve) => (half = resolve))
        let done = 0
        const work = (worker: string) =>
          client.pact().work({
            worker,
            drain: true,
            run: ({ title }) => title.length,
            onEvent: ({ type }) => {
              if (type === "complete" && ++done === 10) half()
            }
          })
        const workers = yield* Effect.forkChild(Effect.promise(() => Promise.all(["a", "b", "c"].map(work))))
        yield* Effect.promise(() => halfDone).pipe(within("ten tasks", "30 seconds", first.dump))
        yield* first.kill
        const second = yield* startDaemon(home)
        yield* Fiber.join(workers).pipe(within("all tasks", "40 seconds", second.dump))
        const { entries } = yield* Effect.promise(() =>
          client
            .pact()
            .tasks.list({ status: "complete", limit: 1000 })
            .then((page) => page)
        )
        expect(entries.map(({ title }) => title).sort()).toEqual(titles.toSorted())
        for (const { result, title } of entries) expect(result).toBe(title.length)
      }),
    120_000
  )

  live(
    "gets the write under which it was killed once more, and it is done once",
    () =>
      Effect.gen(function* () {
        const home = join(yield* tempDir(), "home")
        let client: Client | undefined
        const steps = ["a sync", "an answer"]
        for (const step of steps) {
          const first = yield* doomedDaemon(home, step)
          client ??= yield* Effect.promise(async () => {
            const client = await connect({ home, pact: "work" })
            await client.pacts.create({ name: "Work", confirm: true })
            return client
          })
          yield* first.arm
          const recording = record(client, step)
          yield* first.exited
          const second = yield* startDaemon(home)
          yield* Effect.promise(() => recording).pipe(within("the write", "20 seconds", second.dump))
          const { entries } = yield* Effect.promise(() =>
            client!
              .pact()
              .knowledge.list({ order: "asc" })
              .then((page) => page)
          )
          expect(entries.map(({ payload }) => payload.content)).toEqual(steps.slice(0, steps.indexOf(step) + 1))
          yield* second.stop
        }
      }),
    90_000
  )
})
