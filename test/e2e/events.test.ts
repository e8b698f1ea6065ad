import { Effect, Fiber } from "effect"
import { connect, type Socket } from "node:net"
import { describe, expect } from "vitest"
import type { Api } from "../kit/api.ts"
import { connectTo, type Daemon, launchDaemon, startDaemon } from "../kit/daemon.ts"
import { within } from "../kit/deadline.ts"
import { type Events, type Frame, openEvents } from "../kit/events.ts"
import { live } from "../kit/live.ts"
import { only, Record, walkLog, writeMany } from "../kit/load.ts"
import { randomFrom } from "../kit/random.ts"
import { tempDir } from "../kit/temp.ts"

const withPacts = Effect.fnUntraced(function* (...names: ReadonlyArray<string>) {
  const home = yield* tempDir("openpact-events")
  const daemon = yield* startDaemon(home)
  const made = new Map<string, string>()
  for (const name of names) {
    const { pact_id } = yield* daemon.send<{ readonly pact_id: string }>("POST", "/v1/pacts", { name, confirm: true })
    made.set(name, pact_id)
  }
  return { home, daemon, idOf: (name: string) => made.get(name)! }
})

/** Writes this many entries from some clients at once, and answers their ids. */
const write = Effect.fnUntraced(function* (
  api: Api,
  pact: string,
  count: number,
  { size = 20, writers = 16 }: { readonly size?: number; readonly writers?: number } = {}
) {
  const record = new Record()
  let next = 0
  const content = () => `${pact} ${next++} ${"x".repeat(size)}`
  yield* writeMany(api, record, { pact, writers, content, done: () => next >= count })
  expect(record.answered.size).toBe(count)
  return [...record.answered.keys()]
})

const entryIdOf = ({ data }: Frame) => (data["entry"] as { readonly id: string }).id
/** The ids of the entries that these frames tell of, in their order. */
const appliedIn = (frames: ReadonlyArray<Frame>) =>
  frames.filter(({ event }) => event === "entry-applied").map(entryIdOf)
const orderIn = (api: Api, pact: string) => Effect.map(walkLog(api, pact, "asc"), (log) => log.map(({ id }) => id))

describe("the event stream of a daemon", () => {
  live("answers its head, the pace of reconnects and a hello at once, before anything happens", () =>
    Effect.gen(function* () {
      const { daemon } = yield* withPacts()
      const events = yield* openEvents(daemon)
      expect(events.status).toBe(200)
      expect(events.headers).toMatchObject({ "content-type": "text/event-stream", "cache-control": "no-store" })
      const [hello] = yield* events.until("hello", (frames) => (frames.length > 0 ? frames : null))
      expect(hello).toMatchObject({ event: "hello", data: { cursor: hello!.id } })
      expect(hello!.data["version"]).toMatch(/^\d+\.\d+\.\d+/)
      expect(events.text().startsWith("retry: 1000\n\n")).toBe(true)
    })
  )

  live(
    "a quiet one is kept alive by comments, with the id of the newest event",
    () =>
      Effect.gen(function* () {
        const { daemon } = yield* withPacts()
        const events = yield* openEvents(daemon)
        yield* events.until("a heartbeat", () => (/^: heartbeat (\S+)\nid: \1\n\n/m.test(events.text()) ? true : null))
        expect(events.frames.length).toBe(1)
      }),
    60_000
  )

  live(
    "a reader that breaks off and comes back again and again while 1,000 entries are written gets each once, in order",
    () =>
      Effect.gen(function* () {
        const { daemon } = yield* withPacts("Work")
        const random = randomFrom(4711)
        const first = yield* openEvents(daemon)
        yield* first.until("hello", (frames) => frames.length > 0 || null)
        const { id } = first.frames[0]!
        const writing = yield* Effect.forkChild(write(daemon, "work", 1000))

        const seen: Array<Frame> = []
        let last: string | undefined = id ?? undefined
        let connections = 0
        while (appliedIn(seen).length < 1000) {
          connections++
          const left = 1000 - appliedIn(seen).length
          const frames = yield* Effect.scoped(readSome(daemon, last, 1 + random.below(60), left))
          seen.push(...frames)
          last = seen.at(-1)?.id ?? last
        }
        yield* Fiber.join(writing)
        expect(connections).toBeGreaterThan(15)
        expect(seen.filter(({ event }) => event === "resync")).toEqual([])
        // The first of the log says what the pact is called and was there before.
        expect(appliedIn(seen)).toEqual((yield* orderIn(daemon, "work")).slice(1))
        const ids = seen.map(({ id }) => id)
        expect(new Set(ids).size).toBe(ids.length)
        // Nobody who was there all along saw anything else.
        yield* first.until("the last", (frames) => appliedIn(frames).length === 1000 || null)
        expect(appliedIn(first.frames)).toEqual(appliedIn(seen))
      }),
    60_000
  )

  live("one who comes back to a daemon that was restarted is told to read anew, and goes on from there", () =>
    Effect.gen(function* () {
      const { daemon, home } = yield* withPacts("Work")
      const before = yield* openEvents(daemon)
      yield* write(daemon, "work", 10)
      yield* before.until("what was written", (frames) => appliedIn(frames).length === 10 || null)
      yield* daemon.kill
      const again = yield* startDaemon(home)
      const after = yield* openEvents(again, { lastEventId: before.lastId() })
      const [hello, resync] = yield* after.until("resync", (frames) => (frames.length > 1 ? frames : null))
      expect(hello).toMatchObject({ event: "hello" })
      expect(resync).toMatchObject({ event: "resync", data: { reason: expect.stringContaining("restarted") } })
      const ids = yield* write(again, "work", 10)
      yield* after.until("what came then", (frames) => appliedIn(frames).length === 10 || null)
      expect(new Set(appliedIn(after.frames))).toEqual(new Set(ids))
      const third = yield* openEvents(again, { lastEventId: hello!.id ?? undefined })
      yield* third.until("a replay", (frames) => appliedIn(frames).length === 10 || null)
      expect(third.frames.some(({ event }) => event === "resync")).toBe(false)
    })
  )

  live("what is written into a pact that has just been opened is told too", () =>
    Effect.gen(function* () {
      const { daemon, home } = yield* withPacts("Work")
      yield* daemon.stop
      for (let time = 1; time <= 3; time++) {
        const again = yield* connectTo(yield* launchDaemon(home))
        const events = yield* openEvents(again)
        const record = new Record()
        let next = 0
        yield* writeMany(again, record, {
          pact: "work",
          writers: 8,
          content: () => `${time} ${next++}`,
          done: () => record.answered.size >= 50,
          refused: only(409)
        })
        const ids = [...record.answered.keys()]
        yield* events.until("all", (frames) => ids.every((id) => appliedIn(frames).includes(id)) || null)
        expect(appliedIn(events.frames).length).toBe(ids.length)
        yield* again.stop
      }
    })
  )

  live("one who was away for too long is told so, once", () =>
    Effect.gen(function* () {
      const { daemon } = yield* withPacts("Work")
      const first = yield* openEvents(daemon)
      const hello = yield* first.until("hello", (frames) => frames[0] ?? null)
      first.close()
      // More than is kept for those who come back.
      yield* write(daemon, "work", 120, { size: 60_000, writers: 8 })
      const again = yield* openEvents(daemon, { lastEventId: hello.id ?? undefined })
      yield* again.until("resync", (frames) => frames.find(({ event }) => event === "resync") ?? null)
      const [id] = yield* write(daemon, "work", 1)
      yield* again.until("what comes", (frames) => appliedIn(frames).includes(id!) || null)
      expect(again.frames.filter(({ event }) => event === "resync").length).toBe(1)
      expect(appliedIn(again.frames)).toEqual([id])
    })
  )

  live("tells what was asked for: by pact, also under an alias that changes, and by type", () =>
    Effect.gen(function* () {
      const { daemon, idOf } = yield* withPacts("One", "Two")
      const all = yield* openEvents(daemon)
      const one = yield* openEvents(daemon, { query: "?pact=one" })
      const two = yield* openEvents(daemon, { query: `?pact=${idOf("Two")}&types=entry-applied,pact-changed` })
      const confirmed = yield* openEvents(daemon, { query: "?types=entry-confirmed" })
      yield* write(daemon, "one", 5)
      yield* daemon.send("PUT", "/v1/pacts/two/alias", { alias: "renamed" })
      yield* write(daemon, "renamed", 5)
      const oneOrder = (yield* orderIn(daemon, "one")).slice(1)
      const twoOrder = (yield* orderIn(daemon, "renamed")).slice(1)
      const newest = { [idOf("One")]: oneOrder.at(-1), [idOf("Two")]: twoOrder.at(-1) }
      yield* confirmed.until("all confirmed", (frames) => {
        const upto = Object.fromEntries(frames.map(({ data }) => [data["pact_id"], data["upto"]]))
        return Object.entries(newest).every(([pact, id]) => upto[pact] === id) || null
      })
      yield* all.until("all of both", (frames) => appliedIn(frames).length === 10 || null)
      yield* one.until("its own", (frames) => appliedIn(frames).length === 5 || null)
      yield* two.until("its own", (frames) => appliedIn(frames).length === 5 || null)
      expect(appliedIn(one.frames)).toEqual(oneOrder)
      expect(appliedIn(two.frames)).toEqual(twoOrder)
      const named = (events: Events) => new Set(events.frames.map(({ event }) => event))
      expect(named(two)).toEqual(new Set(["hello", "entry-applied", "pact-changed"]))
      expect(named(confirmed)).toEqual(new Set(["hello", "entry-confirmed"]))
      for (const { data, event } of one.frames) if (event !== "hello") expect(data["pact_id"]).toBe(idOf("One"))
      const aliases = two.frames.filter(({ event }) => event !== "hello").map(({ data }) => data["alias"])
      expect(new Set(aliases)).toEqual(new Set(["renamed"]))
    })
  )

  live("tells of pacts that come and go", () =>
    Effect.gen(function* () {
      const { daemon } = yield* withPacts()
      const events = yield* openEvents(daemon)
      const { pact_id } = yield* daemon.send<{ readonly pact_id: string }>("POST", "/v1/pacts", {
        name: "A",
        confirm: true
      })
      yield* daemon.send("DELETE", "/v1/pacts/a", { confirm: "a" })
      yield* events.until("pact-removed", (frames) => frames.some(({ event }) => event === "pact-removed") || null)
      expect(events.frames).toContainEqual(
        expect.objectContaining({ event: "pact-added", data: { pact_id, alias: "a" } })
      )
      expect(events.frames.at(-1)).toMatchObject({ event: "pact-removed", data: { pact_id, alias: "a" } })
    })
  )

  live("a wrong pact, a wrong type and a wrong token are refused in the envelope", () =>
    Effect.gen(function* () {
      const { daemon } = yield* withPacts("Work")
      const ask = (path: string, headers = {}) => Effect.orDie(daemon.call("GET", path, undefined, headers))
      const wrongPact = yield* ask("/v1/events?pact=nobody")
      expect([wrongPact.status, JSON.parse(wrongPact.text).error]).toEqual([404, "UNKNOWN_PACT"])
      const wrongType = yield* ask("/v1/events?types=entry-applied,lunch")
      expect([wrongType.status, JSON.parse(wrongType.text).error]).toEqual([400, "BAD_REQUEST"])
      const stranger = yield* ask("/v1/events", { authorization: `Bearer ${"0".repeat(64)}` })
      expect([stranger.status, JSON.parse(stranger.text).error]).toEqual([401, "UNAUTHORIZED"])
    })
  )

  live(
    "a reader that reads nothing is cut off and counted, and costs the others nothing",
    () =>
      Effect.gen(function* () {
        const { daemon } = yield* withPacts("Work")
        const good = yield* Effect.forEach([1, 2, 3], () => openEvents(daemon, { query: "?types=entry-applied" }))
        yield* deafReader(daemon)
        expect(yield* counted(daemon, "openpact_sse_subscribers")).toBe(4)
        let ids: ReadonlyArray<string> = []
        // The system takes megabytes for a reader before any of it waits in the daemon.
        while ((yield* counted(daemon, closes)) === 0) {
          ids = [...ids, ...(yield* write(daemon, "work", 50, { size: 60_000, writers: 8 }))]
        }
        expect(yield* counted(daemon, closes)).toBe(1)
        for (const events of good) {
          yield* events.until("everything", (frames) => appliedIn(frames).length === ids.length || null)
          expect(new Set(appliedIn(events.frames))).toEqual(new Set(ids))
        }
        expect(yield* counted(daemon, "openpact_sse_subscribers")).toBe(3)
      }),
    120_000
  )

  live("readers that leave are forgotten", () =>
    Effect.gen(function* () {
      const { daemon } = yield* withPacts("Work")
      yield* Effect.scoped(
        Effect.forEach(Array.from({ length: 50 }), () => openEvents(daemon), { concurrency: "unbounded" })
      )
      const last = yield* openEvents(daemon)
      yield* Effect.gen(function* () {
        while ((yield* counted(daemon, "openpact_sse_subscribers")) > 1) yield* write(daemon, "work", 1)
      }).pipe(within("one subscriber left", "10 seconds", daemon.dump))
      yield* write(daemon, "work", 1)
      yield* last.until("an entry", (frames) => appliedIn(frames).length > 0 || null)
    })
  )
})

/** Reads on from an id until so many frames came besides the hello, or the entries that are left. */
const readSome = Effect.fnUntraced(function* (
  daemon: Daemon,
  lastEventId: string | undefined,
  count: number,
  left: number
) {
  const events = yield* openEvents(daemon, { lastEventId })
  const [hello, ...frames] = yield* events.until("some frames", (frames) =>
    frames.length > count || appliedIn(frames).length >= left ? [...frames] : null
  )
  expect(hello).toMatchObject({ event: "hello", id: lastEventId })
  return frames
})

const counted = (daemon: Daemon, metric: string) =>
  Effect.map(Effect.orDie(daemon.call("GET", "/v1/metrics")), ({ text }) =>
    Number(new RegExp(`^${metric}(?:\\{[^}]*\\})? (\\d+)`, "m").exec(text)?.[1] ?? "NaN")
  )

const closes = "openpact_sse_backpressure_closes_total"

/** Asks for events and reads nothing but the head. */
const deafReader = (daemon: Daemon) =>
  Effect.acquireRelease(
    Effect.callback<Socket>((resume) => {
      const socket = connect(daemon.port, "127.0.0.1", () => {
        socket.write(`GET /v1/events HTTP/1.1\r\nhost: 127.0.0.1\r\nauthorization: Bearer ${daemon.token}\r\n\r\n`)
        socket.once("data", () => resume(Effect.succeed(socket.pause())))
      })
      socket.on("error", () => {})
    }),
    (socket) => Effect.sync(() => socket.destroy())
  )
