import { Effect } from "effect"
import { renameSync, rmSync, statSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { describe, expect } from "vitest"
import { makeCommand } from "../kit/command.ts"
import { type Daemon, pactsUntil, startDaemon } from "../kit/daemon.ts"
import { openEvents } from "../kit/events.ts"
import { live } from "../kit/live.ts"
import { lostEntries, only, Record, walkLog, writeMany } from "../kit/load.ts"
import { tempDir } from "../kit/temp.ts"

/** Writes into a pact until it is refused, which it must be with 409, and answers why. */
const untilRefused = Effect.fnUntraced(function* (daemon: Daemon, pact: string, record: Record) {
  const refused: Array<string> = []
  let next = record.sent.size
  yield* writeMany(daemon, record, {
    pact,
    writers: 8,
    content: () => `${pact} ${next++}`,
    done: () => refused.length > 0,
    refused: (answer) => {
      only(409)(answer)
      refused.push(answer.text)
    }
  })
  return JSON.parse(refused[0]!) as { readonly error: string; readonly message: string }
})

const write = (daemon: Daemon, pact: string, content: string) =>
  daemon.send("POST", `/v1/pacts/${pact}/knowledge?wait=confirmed`, { topic: "t", content })

const entry = (daemon: Daemon, id: string) => Effect.orDie(daemon.call("GET", `/v1/pacts/work/entries/${id}`))

describe("a pact that fails while it is open", () => {
  for (const durability of ["strict", "ack", "os"] as const) {
    live(
      `whose files are taken away (${durability}) stops with its reason, is shown, and leaves all others up`,
      () =>
        Effect.gen(function* () {
          const { home, run } = yield* makeCommand
          const daemon = yield* startDaemon(home, { env: { OPENPACT_DURABILITY: durability } })
          for (const name of ["first", "broken", "last"])
            yield* daemon.send("POST", "/v1/pacts", { name, confirm: true })
          const events = yield* openEvents(daemon, { query: "?pact=broken&types=pact-changed" })
          const record = new Record()
          const folder = join(home, "pacts", "broken")
          yield* write(daemon, "broken", "before")
          renameSync(join(folder, "data"), join(folder, "taken"))

          const { error, message } = yield* untilRefused(daemon, "broken", record)
          expect([error, message]).toEqual(["PACT_NOT_READY", expect.stringContaining(join(folder, "data"))])
          const rows = yield* pactsUntil(daemon, "one failed", (rows) =>
            rows.some(({ failed }) => failed !== undefined)
          )
          const { failed } = rows.find(({ alias }) => alias === "broken")!
          expect(failed).toContain(join(folder, "data"))
          expect(rows.filter((row) => row.failed !== undefined).length).toBe(1)
          yield* events.until("pact-changed", (frames) => frames.some(({ event }) => event === "pact-changed") || null)
          expect(daemon.output()).toContain("The pact broken stopped: ")
          const listed = yield* Effect.promise(() => run(["list"]))
          expect(listed.stdout).toContain(`not open: ${failed}`)
          expect((yield* Effect.promise(() => run(["--pact", "broken", "record", "x", "--topic", "t"]))).code).toBe(6)

          for (const name of ["first", "last"]) yield* write(daemon, name, `in ${name}`)
          yield* daemon.send("POST", "/v1/pacts", { name: "later", confirm: true })
          expect((yield* Effect.orDie(daemon.call("GET", "/v1/readyz"))).status).toBe(200)
          expect((yield* daemon.stop).code, daemon.dump()).toBe(0)

          // Put back, it has all that was answered.
          rmSync(join(folder, "data"), { recursive: true, force: true })
          renameSync(join(folder, "taken"), join(folder, "data"))
          const again = yield* startDaemon(home)
          const log = yield* walkLog(again, "broken", "asc")
          expect(log.map(({ payload }) => payload.content)).toContain("before")
          const ids = new Set(log.map(({ id }) => id))
          expect([...record.answered.keys()].filter((id) => !ids.has(id))).toEqual([])
          yield* write(again, "broken", "after")
        }),
      60_000
    )
  }

  live(
    "only in its read model makes that anew and goes on: reads, writes, and nobody is told anything twice",
    () =>
      Effect.gen(function* () {
        const home = yield* tempDir("openpact-reading")
        const daemon = yield* startDaemon(home)
        yield* daemon.send("POST", "/v1/pacts", { name: "work", confirm: true })
        const record = new Record()
        let next = 0
        const content = () => `content ${next++} ${"word ".repeat(100)}`
        const load = { pact: "work", writers: 16, content }
        yield* writeMany(daemon, record, { ...load, done: () => next >= 2000 })
        // Nothing of the file stays in memory over a restart.
        yield* daemon.stop
        const again = yield* startDaemon(home)
        const events = yield* openEvents(again, { query: "?pact=work&types=entry-applied" })
        const index = join(home, "pacts", "work", "index.db")
        writeFileSync(index, Buffer.alloc(statSync(index).size, 0x55), { flag: "r+" })

        const ids = [...record.answered.keys()]
        const asked = yield* Effect.forEach(ids, (id) => entry(again, id), { concurrency: 8 })
        expect(asked.find(({ status }) => status !== 200)).toMatchObject({ status: 500 })
        // Nobody writes, and reads come back all the same.
        yield* events.until("resync", (frames) => frames.find(({ event }) => event === "resync") ?? null)
        expect(again.output()).toMatch(/index\.db can't be used \(damaged\).* kept as .*index\.db\.damaged/)
        expect(yield* lostEntries(again, "work", record)).toEqual([])
        const before = record.answered.size
        yield* writeMany(again, record, { ...load, done: () => record.answered.size >= before + 50 })
        expect(yield* lostEntries(again, "work", record)).toEqual([])
        const fresh = [...record.answered.keys()].slice(before)
        const told = () =>
          events.frames
            .filter(({ event }) => event === "entry-applied")
            .map(({ data }) => (data["entry"] as { readonly id: string }).id)
        yield* events.until("what is new", () => fresh.every((id) => told().includes(id)) || null)
        expect(told().sort()).toEqual(fresh.sort())
      }),
    90_000
  )
})
