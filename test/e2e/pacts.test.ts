import { Effect, Fiber } from "effect"
import { readdirSync, readFileSync } from "node:fs"
import { join } from "node:path"
import { describe, expect } from "vitest"
import { type Daemon, pactRows, startDaemon } from "../kit/daemon.ts"
import { openEvents } from "../kit/events.ts"
import { live } from "../kit/live.ts"
import { lostEntries, only, Record, unreadEntries, walkLog, writeMany } from "../kit/load.ts"
import { tempDir } from "../kit/temp.ts"

interface Made {
  readonly alias: string
  readonly pact_id: string
  readonly peer_handle: string
}
const make = (daemon: Daemon, body: object) => daemon.send<Made>("POST", "/v1/pacts", { confirm: true, ...body })

describe("the pacts of a daemon", () => {
  live(
    "twenty made at once are twenty: aliases, ids, keys and folders of their own, over a restart too",
    () =>
      Effect.gen(function* () {
        const home = yield* tempDir("openpact-pacts")
        const daemon = yield* startDaemon(home)
        const made = yield* Effect.forEach(
          Array.from({ length: 20 }),
          () => make(daemon, { name: "Crimson Covenant" }),
          {
            concurrency: "unbounded"
          }
        )
        for (const key of ["alias", "pact_id", "peer_handle"] as const)
          expect(new Set(made.map((pact) => pact[key])).size, key).toBe(20)
        expect(readdirSync(join(home, "pacts")).length).toBe(20)
        const keys = readdirSync(join(home, "pacts")).map(
          (name) => JSON.parse(readFileSync(join(home, "pacts", name, "config.json"), "utf8")).encryption_key
        )
        expect(new Set(keys).size).toBe(20)
        const ids = yield* Effect.forEach(
          made,
          ({ alias }) =>
            daemon.send<{ readonly id: string }>("POST", `/v1/pacts/${alias}/knowledge`, {
              topic: "t",
              content: alias
            }),
          { concurrency: "unbounded" }
        )
        expect((yield* daemon.stop).code).toBe(0)

        const again = yield* startDaemon(home)
        const rows = yield* pactRows(again)
        expect(rows.map(({ alias, entries, pact_id }) => [alias, entries, pact_id]).sort()).toEqual(
          made.map(({ alias, pact_id }) => [alias, 2, pact_id]).sort()
        )
        for (const [i, { alias }] of made.entries()) {
          expect(yield* unreadEntries(again, alias, [[ids[i]!.id, alias]])).toEqual([])
        }
      }),
    60_000
  )

  live(
    "the same alias asked for twenty times at once is given once",
    () =>
      Effect.gen(function* () {
        const home = yield* tempDir("openpact-pacts")
        const daemon = yield* startDaemon(home)
        const answers = yield* Effect.forEach(
          Array.from({ length: 20 }, (_, i) => i),
          (i) => Effect.orDie(daemon.call("POST", "/v1/pacts", { name: `N ${i}`, alias: "mine", confirm: true })),
          { concurrency: "unbounded" }
        )
        for (const answer of answers) only(200, 409)(answer)
        expect(answers.filter(({ status }) => status === 200).length).toBe(1)
        expect(answers.filter(({ text }) => text.includes("PACT_ALIAS_EXISTS")).length).toBe(19)
        expect(readdirSync(join(home, "pacts"))).toEqual(["mine"])
        expect((yield* pactRows(daemon)).length).toBe(1)
      }),
    60_000
  )

  live(
    "an alias that changes all the time under load is noticed by nobody who uses the id or has the pact at hand",
    () =>
      Effect.gen(function* () {
        const home = yield* tempDir("openpact-pacts")
        const daemon = yield* startDaemon(home)
        const { pact_id } = yield* make(daemon, { name: "Work" })
        yield* make(daemon, { name: "Other" })
        const events = yield* openEvents(daemon, { query: "?pact=work&types=entry-applied" })
        const record = new Record()
        let next = 0
        let renames = 0
        const writing = yield* Effect.forkChild(
          writeMany(daemon, record, {
            pact: pact_id,
            writers: 32,
            content: () => `content ${next++}`,
            done: () => renames === 40
          })
        )
        yield* record.after(20)
        let alias = "work"
        while (renames < 40) {
          const to = `name-${renames}`
          const renamed = yield* daemon.send("PUT", `/v1/pacts/${alias}/alias`, { alias: to })
          expect(renamed).toEqual({ ok: true, alias: to, pact_id })
          const old = yield* Effect.orDie(daemon.call("GET", `/v1/pacts/${alias}/status`))
          expect(old.status).toBe(404)
          yield* daemon.get(`/v1/pacts/${to}/status`)
          // It is the current one under each of its names.
          expect((yield* daemon.get<{ readonly pact_id: string }>("/v1/pacts/default/status")).pact_id).toBe(pact_id)
          const taken = yield* Effect.orDie(daemon.call("PUT", `/v1/pacts/${to}/alias`, { alias: "other" }))
          expect([taken.status, JSON.parse(taken.text).error]).toEqual([409, "PACT_ALIAS_EXISTS"])
          alias = to
          renames++
        }
        yield* Fiber.join(writing)
        expect(yield* lostEntries(daemon, alias, record)).toEqual([])
        const applied = yield* events.until("every entry", (frames) => {
          const told = frames.filter(({ event }) => event === "entry-applied")
          return told.length >= record.answered.size ? told : null
        })
        expect(applied.map(({ data }) => (data["entry"] as { readonly id: string }).id)).toEqual(
          (yield* walkLog(daemon, pact_id, "asc")).slice(1).map(({ id }) => id)
        )
        // Its folder stays where it was made.
        expect(readdirSync(join(home, "pacts")).sort()).toEqual(["other", "work"])
        yield* daemon.kill
        const again = yield* startDaemon(home)
        expect((yield* pactRows(again)).map((row) => row.alias).sort()).toEqual([alias, "other"].sort())
        expect(yield* lostEntries(again, alias, record)).toEqual([])
      }),
    60_000
  )

  live("one that is removed while it is written to is gone, and nothing else is", () =>
    Effect.gen(function* () {
      const home = yield* tempDir("openpact-pacts")
      const daemon = yield* startDaemon(home)
      for (const name of ["Doomed", "Fine"]) yield* make(daemon, { name })
      const doomed = new Record()
      const fine = new Record()
      let next = 0
      let removed = false
      const content = () => `content ${next++}`
      const writing = yield* Effect.forkChild(
        Effect.all(
          [
            writeMany(daemon, doomed, {
              pact: "doomed",
              writers: 8,
              content,
              done: () => removed,
              refused: only(404, 409)
            }),
            writeMany(daemon, fine, { pact: "fine", writers: 8, content, done: () => removed })
          ],
          { concurrency: 2 }
        )
      )
      yield* doomed.after(50)
      yield* daemon.send("DELETE", "/v1/pacts/doomed", { confirm: "doomed" })
      yield* fine.after(50)
      removed = true
      yield* Fiber.join(writing)
      expect((yield* pactRows(daemon)).map(({ alias }) => alias)).toEqual(["fine"])
      expect(readdirSync(join(home, "pacts"))).toEqual(["fine"])
      expect(yield* lostEntries(daemon, "fine", fine)).toEqual([])
      yield* make(daemon, { name: "Doomed" })
      expect((yield* daemon.stop).code, daemon.dump()).toBe(0)
    })
  )
})
