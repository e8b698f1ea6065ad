import { Effect } from "effect"
import { rmSync } from "node:fs"
import { join } from "node:path"
import { expect } from "vitest"
import type { Api } from "../kit/api.ts"
import { connectTo, type Daemon, launchDaemon, pactRows, settledPacts, startDaemon } from "../kit/daemon.ts"
import { live } from "../kit/live.ts"
import { Count, lostEntries, only, Record, unreadEntries, walkLog, writeMany } from "../kit/load.ts"
import { type Random, randomFrom } from "../kit/random.ts"
import { tempDir } from "../kit/temp.ts"

/** `npm run test:kill` asks for a hundred. */
const kills = Number(process.env["OPENPACT_E2E_KILLS"] ?? 8)
const perHome = 5
const writers = 32
const seed = Number(process.env["OPENPACT_E2E_SEED"] ?? Date.now() % 1_000_000)

/** What is known of one home, whatever became of its daemons. */
interface Known {
  readonly record: Record
  /** By pact id, the aliases that a pact may have: more while renames were not answered. */
  readonly made: Map<string, Set<string>>
  /** Pacts made and renamed. */
  readonly changes: Count
  /** Ids that were answered since the last look. */
  fresh: Array<readonly [id: string, content: string]>
}

live(
  `kill -9 under ${writers} writers, ${kills} times: what was answered is there, once (seed ${seed})`,
  () =>
    Effect.gen(function* () {
      const random = randomFrom(seed)
      const total = { answered: 0, missing: 0, startups: 0, pacts: 0 }
      for (let done = 0, homes = 0; done < kills; done += perHome, homes++) {
        const durability = homes % 3 === 1 ? "os" : "strict"
        const sum = yield* Effect.scoped(oneHome(random, Math.min(perHome, kills - done), durability))
        for (const key of Object.keys(total) as Array<keyof typeof total>) total[key] += sum[key]
      }
      console.log(
        `${kills} kills under load and ${total.startups} during a start: ${total.answered} ids answered, ` +
          `${total.missing} missing, ${total.pacts} pacts made (seed ${seed})`
      )
      expect(total.missing).toBe(0)
      expect(total.answered).toBeGreaterThan(kills)
    }),
  60_000 + kills * 20_000
)

const oneHome = Effect.fnUntraced(function* (random: Random, rounds: number, durability: string) {
  const home = yield* tempDir("openpact-kill")
  const options = { env: { OPENPACT_DURABILITY: durability } }
  const known: Known = { record: new Record(), made: new Map(), changes: new Count(), fresh: [] }
  let startups = 0
  let missing = 0
  let next = 0
  const content = () =>
    `${durability} ${next++} ${"x".repeat(random.chance(0.05) ? random.below(20_000) : random.below(300))}`

  yield* Effect.scoped(
    Effect.gen(function* () {
      const daemon = yield* startDaemon(home, options)
      yield* daemon.send("POST", "/v1/pacts", { name: "Work", confirm: true })
      yield* daemon.kill
    })
  )
  for (let round = 0; round < rounds; round++) {
    // A start that does not get to its end.
    while (random.chance(0.4)) {
      startups++
      yield* Effect.scoped(
        Effect.gen(function* () {
          const { kill } = yield* launchDaemon(home, options)
          yield* moment(random, 700)
          yield* kill
        })
      )
    }
    yield* Effect.scoped(
      Effect.gen(function* () {
        const daemon = yield* connectTo(yield* launchDaemon(home, options))
        // In some rounds the writers are there before the pact is open.
        const rush = random.chance(0.3)
        if (!rush) missing += yield* check(daemon, known)
        const before = known.record.answered.size
        const enough = random.chance(0.3)
          ? known.changes.after(1 + random.below(8))
          : known.record.after(1 + random.below(rush ? 60 : 500))
        yield* Effect.all(
          [
            writeMany(daemon, known.record, { pact: "work", writers, content, refused: only(409) }),
            Effect.ignore(changePacts(daemon, known, random)),
            Effect.gen(function* () {
              yield* enough
              yield* moment(random, 30)
              yield* daemon.kill
            })
          ],
          { concurrency: "unbounded" }
        )
        known.fresh.push(...[...known.record.answered].slice(before))
      })
    )
  }
  return yield* Effect.gen(function* () {
    const daemon = yield* startDaemon(home, options)
    missing += yield* check(daemon, known)
    const log = yield* walkLog(daemon, "work", "asc")
    // The read model that went through all this is the one that the log makes anew.
    expect((yield* daemon.stop).code).toBe(0)
    for (const end of ["", "-wal", "-shm"]) rmSync(join(home, "pacts", "work", `index.db${end}`), { force: true })
    const again = yield* startDaemon(home, options)
    expect(yield* walkLog(again, "work", "asc")).toEqual(log)
    const last = yield* again.send<{ readonly confirmed: boolean }>("POST", "/v1/pacts/work/knowledge?wait=confirmed", {
      topic: "t",
      content: "the end"
    })
    expect(last.confirmed).toBe(true)
    return { answered: known.record.answered.size, missing, startups, pacts: known.made.size }
  })
})

/** Looks whether all is there that clients were told. Answers the number of ids that are not. */
const check = Effect.fnUntraced(function* (daemon: Daemon, known: Known) {
  yield* settledPacts(daemon)
  const rows = new Map((yield* pactRows(daemon)).map((row) => [row.pact_id, row]))
  for (const row of rows.values()) expect(row.failed, daemon.dump()).toBeUndefined()
  for (const [pactId, aliases] of known.made) {
    const row = rows.get(pactId)
    expect(row, `pact ${pactId}\n${daemon.dump()}`).toBeDefined()
    expect(aliases).toContain(row!.alias)
    known.made.set(pactId, new Set([row!.alias]))
  }
  const unread = yield* unreadEntries(daemon, "work", known.fresh)
  known.fresh = []
  const lost = yield* lostEntries(daemon, "work", known.record)
  return new Set([...unread, ...lost]).size
})

/** Makes two pacts and renames all there are, until the daemon is gone. */
const changePacts = Effect.fnUntraced(function* (api: Api, known: Known, random: Random) {
  for (let n = 0; ; n++) {
    if (n % 6 === 0 && n < 12) {
      const { status, text } = yield* api.call("POST", "/v1/pacts", { name: `Side ${random.hex(8)}`, confirm: true })
      expect(status, text).toBe(200)
      const { alias, pact_id } = JSON.parse(text) as { readonly alias: string; readonly pact_id: string }
      known.made.set(pact_id, new Set([alias]))
      known.changes.add()
    }
    const [pactId, aliases] = random.pick([...known.made])
    const alias = `side-${random.hex(10)}`
    aliases.add(alias)
    const { status, text } = yield* api.call("PUT", `/v1/pacts/${pactId}/alias`, { alias })
    expect(status, text).toBe(200)
    known.made.set(pactId, new Set([alias]))
    known.changes.add()
  }
})

/** Nothing is waited for here: it is chance that decides where in its work a daemon is killed. */
const moment = (random: Random, ms: number) => Effect.sleep(random.below(ms))
