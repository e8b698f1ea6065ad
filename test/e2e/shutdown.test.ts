import { Deferred, Effect, Fiber } from "effect"
import { existsSync, readdirSync, readFileSync } from "node:fs"
import { connect } from "node:net"
import { join } from "node:path"
import { describe, expect } from "vitest"
import { makeCommand } from "../kit/command.ts"
import { connectTo, type Daemon, launchDaemon, pactRows, startDaemon } from "../kit/daemon.ts"
import { type Events, openEvents } from "../kit/events.ts"
import { live } from "../kit/live.ts"
import { lostEntries, only, Record, writeMany } from "../kit/load.ts"
import { tempDir } from "../kit/temp.ts"

const limit = 2000

/** A daemon with a pact, 32 writers at work and 20 event streams: idle ones, filtered ones, and ones with all events. */
const busyDaemon = Effect.fnUntraced(function* (home: string) {
  const daemon = yield* startDaemon(home)
  yield* daemon.send("POST", "/v1/pacts", { name: "Work", confirm: true })
  yield* daemon.send("POST", "/v1/pacts", { name: "Quiet", confirm: true })
  const queries = ["", "?pact=quiet", "?types=member-added", "?pact=work&types=entry-applied"]
  const streams = yield* Effect.forEach(
    Array.from({ length: 20 }, (_, i) => queries[i % queries.length]!),
    (query) => openEvents(daemon, { query }),
    { concurrency: "unbounded" }
  )
  const record = new Record()
  let next = 0
  const content = () => `content ${next++}`
  // A pact that closes refuses what comes.
  yield* Effect.forkScoped(writeMany(daemon, record, { pact: "work", writers: 32, content, refused: only(409) }))
  yield* record.after(100)
  return { daemon, streams, record }
})

/** Sends the signal and answers how the daemon ended and after how many ms. */
const endOf = (daemon: Daemon, ...signals: ReadonlyArray<NodeJS.Signals>) =>
  Effect.gen(function* () {
    const start = performance.now()
    for (const signal of signals) daemon.signal(signal)
    const exited = yield* daemon.exited
    return { ...exited, ms: performance.now() - start }
  })

const endsOf = (streams: ReadonlyArray<Events>) => Effect.forEach(streams, ({ ended }) => ended)

/** What a daemon that stopped leaves: no trace of itself in daemon.json, and a home that the next one can take. */
const expectClean = Effect.fnUntraced(function* (home: string, record: Record) {
  const state = JSON.parse(readFileSync(join(home, "daemon.json"), "utf8"))
  expect(Object.keys(state).sort()).toEqual(["apiToken", "currentAlias", "pacts", "version"])
  for (const pact of ["work", "quiet"]) {
    expect(JSON.parse(readFileSync(join(home, "pacts", pact, "run.json"), "utf8")).clean).toBe(true)
    expect(existsSync(join(home, "pacts", pact, "index.db-wal"))).toBe(false)
  }
  const again = yield* startDaemon(home)
  expect(yield* lostEntries(again, "work", record)).toEqual([])
  expect((yield* again.stop).code).toBe(0)
})

describe("the end of a daemon with 20 subscribers and 32 writers", () => {
  for (const signals of [["SIGTERM"], ["SIGINT"], ["SIGHUP"], ["SIGTERM", "SIGTERM", "SIGINT"]] as const) {
    live(
      `${signals.join(", ")}: exit 0 in less than 2 s, streams end in good order, nothing answered is lost`,
      () =>
        Effect.gen(function* () {
          const home = yield* tempDir("openpact-stop")
          const { daemon, record, streams } = yield* busyDaemon(home)
          const { code, ms, signal } = yield* endOf(daemon, ...signals)
          expect({ code, signal }, daemon.dump()).toEqual({ code: 0, signal: null })
          expect(ms, daemon.dump()).toBeLessThan(limit)
          expect(new Set(yield* endsOf(streams))).toEqual(new Set(["clean"]))
          yield* expectClean(home, record)
        }),
      60_000
    )
  }

  live(
    "a second SIGTERM while it stops changes nothing",
    () =>
      Effect.gen(function* () {
        const home = yield* tempDir("openpact-stop")
        const { daemon, record, streams } = yield* busyDaemon(home)
        daemon.signal("SIGTERM")
        // The streams end first, so by now it is in the middle of stopping.
        yield* Effect.raceAll(streams.map(({ ended }) => ended))
        const { code, signal } = yield* endOf(daemon, "SIGTERM", "SIGINT", "SIGTERM")
        expect({ code, signal }, daemon.dump()).toEqual({ code: 0, signal: null })
        yield* expectClean(home, record)
      }),
    60_000
  )

  live(
    "a subscriber that reads nothing and a client that never ends its request hold nothing up",
    () =>
      Effect.gen(function* () {
        const home = yield* tempDir("openpact-stop")
        const { daemon, record } = yield* busyDaemon(home)
        yield* stuck(
          daemon,
          `GET /v1/events HTTP/1.1\r\nhost: 127.0.0.1\r\nauthorization: Bearer ${daemon.token}\r\n\r\n`
        )
        yield* stuck(
          daemon,
          `POST /v1/pacts/work/knowledge HTTP/1.1\r\nhost: 127.0.0.1\r\nauthorization: Bearer ${daemon.token}\r\n` +
            `content-type: application/json\r\ncontent-length: 1000\r\n\r\n{"topic":`
        )
        yield* stuck(daemon, "GET /v1/sta")
        yield* record.after(500)
        const { code, ms } = yield* endOf(daemon, "SIGTERM")
        expect(code, daemon.dump()).toBe(0)
        expect(ms, daemon.dump()).toBeLessThan(limit)
        yield* expectClean(home, record)
      }),
    60_000
  )

  live(
    "openpact stop under load waits until it is gone, and openpact up goes on where it was",
    () =>
      Effect.gen(function* () {
        const { home, run } = yield* makeCommand
        const { daemon, record, streams } = yield* busyDaemon(home)
        const stopped = yield* Effect.promise(() => run(["stop", "--json"]))
        expect({ code: stopped.code, json: stopped.json }).toEqual({
          code: 0,
          json: [{ stopped: true, pid: daemon.pid }]
        })
        expect(yield* daemon.exited).toEqual({ code: 0, signal: null })
        expect(new Set(yield* endsOf(streams))).toEqual(new Set(["clean"]))
        yield* expectClean(home, record)
        expect((yield* Effect.promise(() => run(["stop"]))).code).toBe(3)
      }),
    60_000
  )

  live(
    "one that is stopped while pacts are made ends in time: those that were answered are there, and no half of one is",
    () =>
      Effect.gen(function* () {
        const home = yield* tempDir("openpact-stop")
        const daemon = yield* startDaemon(home)
        const made: Array<string> = []
        const some = yield* Deferred.make<void>()
        const makeOne = Effect.gen(function* () {
          const { status, text } = yield* daemon.call("POST", "/v1/pacts", { name: "One of many", confirm: true })
          if (status !== 200) return
          made.push((JSON.parse(text) as { readonly pact_id: string }).pact_id)
          if (made.length === 3) yield* Deferred.succeed(some, undefined)
        })
        const making = yield* Effect.forkChild(
          Effect.all(
            Array.from({ length: 20 }, () => Effect.ignore(makeOne)),
            { concurrency: "unbounded" }
          )
        )
        yield* Deferred.await(some)
        const { code, ms } = yield* endOf(daemon, "SIGTERM")
        expect(code, daemon.dump()).toBe(0)
        expect(ms, daemon.dump()).toBeLessThan(limit)
        yield* Fiber.join(making)
        const again = yield* startDaemon(home)
        const rows = yield* pactRows(again)
        expect(made.length).toBeLessThan(20)
        expect(rows.map(({ pact_id }) => pact_id)).toEqual(expect.arrayContaining(made))
        for (const row of rows) expect(row, again.dump()).toMatchObject({ role: "creator", entries: 1 })
        expect(readdirSync(join(home, "pacts")).length).toBe(rows.length)
        expect(again.output()).not.toContain("WARN")
      }),
    60_000
  )

  live(
    "one that is stopped while it starts ends too, and its home is as it was",
    () =>
      Effect.gen(function* () {
        const home = yield* tempDir("openpact-stop")
        const first = yield* busyDaemon(home)
        yield* endOf(first.daemon, "SIGTERM")
        const daemon = yield* connectTo(yield* launchDaemon(home))
        const { code, ms } = yield* endOf(daemon, "SIGTERM")
        expect(code, daemon.dump()).toBe(0)
        expect(ms, daemon.dump()).toBeLessThan(limit)
        yield* expectClean(home, first.record)
      }),
    60_000
  )
})

/** A connection that sends this and nothing more, and never reads. */
const stuck = (daemon: Daemon, text: string) =>
  Effect.acquireRelease(
    Effect.callback<ReturnType<typeof connect>>((resume) => {
      const socket = connect(daemon.port, "127.0.0.1", () => {
        socket.pause()
        socket.write(text, () => resume(Effect.succeed(socket)))
      })
      socket.on("error", () => {})
    }),
    (socket) => Effect.sync(() => socket.destroy())
  )
