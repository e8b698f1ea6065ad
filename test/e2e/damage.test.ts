import { Effect, Exit, Scope } from "effect"
import {
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  truncateSync,
  writeFileSync
} from "node:fs"
import { join } from "node:path"
import { describe, expect } from "vitest"
import { makeCommand } from "../kit/command.ts"
import { launchDaemon, type PactRow, pactRows, startDaemon } from "../kit/daemon.ts"
import { openHome } from "../kit/home.ts"
import { live } from "../kit/live.ts"
import { walkLog } from "../kit/load.ts"
import { knowledge } from "../kit/machines.ts"
import { tempDir } from "../kit/temp.ts"

/** A home whose daemon has stopped, with these pacts and an entry in each. */
const stoppedHome = Effect.fnUntraced(function* (home: string, names: ReadonlyArray<string>) {
  const daemon = yield* startDaemon(home)
  for (const name of names) {
    yield* daemon.send("POST", "/v1/pacts", { name, alias: name, confirm: true })
    yield* daemon.send("POST", `/v1/pacts/${name}/knowledge?wait=confirmed`, { topic: "t", content: `said in ${name}` })
  }
  const rows = yield* pactRows(daemon)
  const logs = yield* Effect.forEach(names, (name) => walkLog(daemon, name, "asc"))
  expect((yield* daemon.stop).code).toBe(0)
  return { rows, logs: new Map(names.map((name, i) => [name, logs[i]!])), token: daemon.token }
})

const edit = (path: string, change: (json: Record<string, unknown>) => void): void => {
  const json = JSON.parse(readFileSync(path, "utf8"))
  change(json)
  writeFileSync(path, JSON.stringify(json))
}

live("a large read model that is gone is made anew by a thread of the built daemon", () =>
  Effect.gen(function* () {
    const home = yield* tempDir()
    const filling = yield* Scope.make()
    yield* Effect.gen(function* () {
      const { pacts } = yield* openHome(home)
      yield* pacts.create({ name: "One" })
      const { write } = yield* pacts.find("one")
      yield* Effect.forEach(
        Array.from({ length: 5000 }, (_, n) => knowledge(`fact ${n}`)),
        (draft) => write(draft),
        { concurrency: 256, discard: true }
      )
    }).pipe(Scope.provide(filling), Effect.orDie)
    yield* Scope.close(filling, Exit.void)
    rmSync(join(home, "pacts/one/index.db"))
    const daemon = yield* startDaemon(home)
    const status = yield* daemon.get<{ readonly entries: number }>("/v1/pacts/one/status")
    expect(status.entries).toBeGreaterThanOrEqual(5000)
    expect(daemon.output()).toContain("A thread takes what the read model lacks.")
    expect(daemon.output()).not.toContain("WARN")
    const { entries } = yield* daemon.get<{ readonly entries: ReadonlyArray<unknown> }>("/v1/pacts/one/search?q=4999")
    expect(entries).toHaveLength(1)
  })
)

describe("daemon.json", () => {
  const kinds: Readonly<Record<string, string | ((text: string) => string | Uint8Array)>> = {
    "is empty": "",
    "was cut short": (text) => text.slice(0, text.length / 2),
    "is no JSON": "{ pacts: ",
    "is no object": "[]",
    "is binary": () => new Uint8Array(512).fill(0xff),
    "has no token": (text) => text.replace("apiToken", "apiTolken"),
    "names a pact twice": (text) => {
      const json = JSON.parse(text)
      return JSON.stringify({ ...json, pacts: [...json.pacts, ...json.pacts] })
    }
  }
  live(
    "that can't be used is reported and set aside with every byte, and no pact is lost with it",
    () =>
      Effect.gen(function* () {
        const { home, run } = yield* makeCommand
        const path = join(home, "daemon.json")
        let before = yield* stoppedHome(home, ["one", "two"])
        for (const [what, kind] of Object.entries(kinds)) {
          const text = readFileSync(path, "utf8")
          const broken = typeof kind === "string" ? kind : kind(text)
          const asides = new Set(readdirSync(home))
          writeFileSync(path, broken)
          const told = yield* Effect.promise(() => run(["status"]))
          expect([told.code, told.stderr], what).toEqual([1, expect.stringContaining(path)])
          const daemon = yield* startDaemon(home)
          const aside = readdirSync(home).find((name) => name.startsWith("daemon.json.corrupt-") && !asides.has(name))
          expect(readFileSync(join(home, aside!)), what).toEqual(Buffer.from(broken))
          expect(daemon.output(), what).toContain(`${path} can't be used`)
          expect(daemon.output(), what).toContain(aside)
          expect(daemon.token, what).not.toBe(before.token)
          const rows = yield* pactRows(daemon)
          expect(rows.map(({ alias, entries, pact_id }) => [alias, entries, pact_id]).sort(), what).toEqual(
            before.rows.map(({ alias, pact_id }) => [alias, 2, pact_id]).sort()
          )
          for (const [name, log] of before.logs) expect(yield* walkLog(daemon, name, "asc"), what).toEqual(log)
          expect((yield* daemon.stop).code).toBe(0)
          before = { ...before, token: daemon.token }
        }
      }),
    90_000
  )
})

describe("a pact that can't be opened", () => {
  /** What is done to a pact's folder, and what is then said of the pact. `other` is the folder of another one. */
  const damages: Readonly<Record<string, readonly [damage: (folder: string, other: string) => void, reason: RegExp]>> =
    {
      empty: [(folder) => writeFileSync(join(folder, "config.json"), ""), /config\.json can't be used: it is empty/],
      text: [
        (folder) => writeFileSync(join(folder, "config.json"), "pact"),
        /config\.json can't be used: it is no JSON/
      ],
      noconfig: [(folder) => rmSync(join(folder, "config.json")), /config\.json is missing/],
      newer: [
        (folder) => edit(join(folder, "config.json"), (json) => (json["version"] = 99)),
        /written by a newer OpenPact \(version 99/
      ],
      otherkey: [
        (folder) => edit(join(folder, "config.json"), (json) => (json["encryption_key"] = "ab".repeat(32))),
        /encrypted with another key/
      ],
      otherconfig: [
        (folder, other) => cpSync(join(other, "config.json"), join(folder, "config.json")),
        /belongs to the pact [0-9a-f]{64}, not to/
      ],
      nodata: [
        (folder) => rmSync(join(folder, "data"), { recursive: true }),
        /data of this pact is not in .*\/nodata\/data/
      ],
      nomark: [
        (folder) => rmSync(join(folder, "data", "CORESTORE")),
        /data of this pact is not in .*, or not all of it/
      ],
      copied: [
        (folder) => {
          cpSync(join(folder, "data"), join(folder, "copy"), { recursive: true })
          rmSync(join(folder, "data"), { recursive: true })
          renameSync(join(folder, "copy"), join(folder, "data"))
        },
        /was copied or restored from a backup/
      ],
      nomanifest: [
        (folder) => {
          for (const name of readdirSync(join(folder, "data", "db")).filter((name) => name.startsWith("MANIFEST")))
            rmSync(join(folder, "data", "db", name))
        },
        /data in .*\/nomanifest\/data can't be read/
      ],
      cutlog: [
        (folder) => {
          for (const name of readdirSync(join(folder, "data", "db")).filter((name) => /^\d+\.(?:log|sst)$/.test(name)))
            truncateSync(join(folder, "data", "db", name), 100)
        },
        /\/cutlog\/data/
      ],
      swapped: [
        (folder, other) => {
          rmSync(join(folder, "data"), { recursive: true })
          renameSync(join(other, "data"), join(folder, "data"))
        },
        /belongs to the pact [0-9a-f]{64}, not to/
      ]
    }
  const names = Object.keys(damages)

  live(
    "is shown with its reason, everywhere, is left as it is, and costs the others nothing",
    () =>
      Effect.gen(function* () {
        const { home, run } = yield* makeCommand
        const folderOf = (name: string) => join(home, "pacts", name)
        const { logs } = yield* stoppedHome(home, ["fine", ...names, "spare"])
        const intact = yield* tempDir()
        cpSync(folderOf("empty"), intact, { recursive: true })
        for (const [name, [damage]] of Object.entries(damages)) damage(folderOf(name), folderOf("spare"))
        const files = filesBelow(home)

        const daemon = yield* startDaemon(home)
        const rows = new Map((yield* pactRows(daemon)).map((row): [string, PactRow] => [row.alias, row]))
        const listed = yield* Effect.promise(() => run(["list"]))
        const printed = new Map(
          listed.stdout.split("\n").map((line) => [line.replace("*", " ").trim().split(/\s/)[0], line])
        )
        for (const [name, [, reason]] of Object.entries(damages)) {
          expect(rows.get(name)?.failed, name).toMatch(reason)
          expect(printed.get(name), name).toMatch(reason)
          expect(daemon.output(), name).toContain(`The pact ${name} could not be opened`)
          const { status, text } = yield* Effect.orDie(
            daemon.call("POST", `/v1/pacts/${name}/knowledge`, { topic: "t", content: "lost" })
          )
          expect([status, JSON.parse(text).error], name).toEqual([409, "PACT_NOT_READY"])
          expect(JSON.parse(text).message, name).toMatch(reason)
        }
        expect(yield* walkLog(daemon, "fine", "asc")).toEqual(logs.get("fine"))
        yield* daemon.send("POST", "/v1/pacts/fine/knowledge?wait=confirmed", { topic: "t", content: "goes on" })
        yield* daemon.send("POST", "/v1/pacts", { name: "later", confirm: true })
        expect((yield* daemon.stop).code, daemon.dump()).toBe(0)
        // Nothing was repaired, replaced or removed behind anybody's back.
        for (const file of files) expect(existsSync(join(home, file)), file).toBe(true)

        // What was put back works again.
        cpSync(join(intact, "config.json"), join(folderOf("empty"), "config.json"))
        const again = yield* startDaemon(home)
        expect(yield* walkLog(again, "empty", "asc")).toEqual(logs.get("empty"))
        // And what is of no use can be taken away.
        yield* again.send("DELETE", "/v1/pacts/nodata", { confirm: "nodata" })
        expect((yield* pactRows(again)).map(({ alias }) => alias)).not.toContain("nodata")
      }),
    90_000
  )
})

describe("the read model of a pact", () => {
  const damages: Readonly<Record<string, (file: string, other: string) => void>> = {
    deleted: (file) => rmSync(file),
    emptied: (file) => truncateSync(file, 0),
    cut: (file) => truncateSync(file, 5000),
    garbage: (file) => writeFileSync(file, Buffer.alloc(50_000, 7)),
    text: (file) => writeFileSync(file, "not a database"),
    foreign: (file, other) => cpSync(other, file)
  }
  live(
    "is made anew with the same content when it is gone, damaged or another pact's",
    () =>
      Effect.gen(function* () {
        const home = yield* tempDir("openpact-index")
        const fileOf = (name: string) => join(home, "pacts", name, "index.db")
        const { logs, rows } = yield* stoppedHome(home, [...Object.keys(damages), "other"])
        for (const [name, damage] of Object.entries(damages)) damage(fileOf(name), fileOf("other"))
        const daemon = yield* startDaemon(home)
        for (const name of ["cut", "garbage", "text", "foreign"])
          expect(daemon.output(), name).toContain(`${fileOf(name)} can't be used`)
        expect(yield* pactRows(daemon)).toEqual(rows)
        for (const [name, log] of logs) {
          expect(yield* walkLog(daemon, name, "asc"), name).toEqual(log)
          const found = yield* daemon.get<{ readonly entries: ReadonlyArray<object> }>(
            `/v1/pacts/${name}/search?q=said`
          )
          expect(found.entries.length, name).toBe(1)
        }
      }),
    60_000
  )
})

describe("a pact and a home have one daemon", () => {
  live("a second daemon on a home names the first, also when both start at once", () =>
    Effect.gen(function* () {
      const { home, run } = yield* makeCommand
      const first = yield* startDaemon(home)
      const second = yield* launchDaemon(home)
      expect((yield* second.exited).code, second.dump()).toBe(0)
      expect(second.output()).toContain(`pid ${first.pid}`)
      const start = yield* Effect.promise(() => run(["start", "--json"]))
      expect(start.json).toEqual([expect.objectContaining({ started: false, pid: first.pid })])
      yield* first.stop

      const racers = yield* Effect.forEach([1, 2, 3], () => launchDaemon(home))
      const [loser, other] = yield* twoThatEnd(racers)
      const winner = racers.find((racer) => racer !== loser && racer !== other)!
      for (const { output, exited } of [loser, other]) {
        expect([0, 6], output()).toContain((yield* exited).code)
        expect(output()).toMatch(new RegExp(`pid ${winner.pid}|is just starting or stopping on ${home}`))
      }
      expect(winner.hasExited()).toBe(false)
      expect(JSON.parse(readFileSync(join(home, "daemon.json"), "utf8")).pid).toBe(winner.pid)
    })
  )

  live(
    "the same pact is never open twice: not as a copy, not through a link, not in two homes",
    () =>
      Effect.gen(function* () {
        const home = yield* tempDir("openpact-twice")
        const { logs } = yield* stoppedHome(home, ["work"])
        const folder = join(home, "pacts", "work")
        // A copy beside the original.
        cpSync(folder, join(home, "pacts", "copy"), { recursive: true })
        const daemon = yield* startDaemon(home)
        expect((yield* pactRows(daemon)).map(({ alias }) => alias)).toEqual(["work"])
        expect(daemon.output()).toMatch(/pacts\/copy is not used: .*pacts\/work holds the same pact/)

        // A copy in another home, and the very folder under another one, while the first has it open.
        const copied = yield* tempDir("openpact-twice")
        cpSync(folder, join(copied, "pacts", "work"), { recursive: true })
        const linked = yield* tempDir("openpact-twice")
        mkdirSync(join(linked, "pacts", "work"), { recursive: true })
        cpSync(join(folder, "config.json"), join(linked, "pacts", "work", "config.json"))
        symlinkSync(join(folder, "data"), join(linked, "pacts", "work", "data"))
        for (const [other, reason] of [
          [copied, /was copied or restored from a backup/],
          [linked, /is in use by another process/]
        ] as const) {
          const second = yield* startDaemon(other)
          expect((yield* pactRows(second)).map(({ failed }) => failed)).toEqual([expect.stringMatching(reason)])
          expect((yield* second.stop).code).toBe(0)
        }
        yield* daemon.send("POST", "/v1/pacts/work/knowledge?wait=confirmed", { topic: "t", content: "unharmed" })
        expect((yield* walkLog(daemon, "work", "asc")).slice(0, -1)).toEqual(logs.get("work"))
      }),
    60_000
  )
})

const filesBelow = (folder: string) =>
  readdirSync(folder, { recursive: true, encoding: "utf8" }).filter((name) => name.endsWith("config.json"))

/** Two of three daemons, once they ended. */
const twoThatEnd = Effect.fnUntraced(function* <D extends { readonly exited: Effect.Effect<unknown> }>(
  racers: ReadonlyArray<D>
) {
  const first = yield* Effect.raceAll(racers.map((racer) => Effect.as(racer.exited, racer)))
  const rest = racers.filter((racer) => racer !== first)
  const second = yield* Effect.raceAll(rest.map((racer) => Effect.as(racer.exited, racer)))
  return [first, second] as const
})
