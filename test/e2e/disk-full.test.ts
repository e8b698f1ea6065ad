import { Effect } from "effect"
import { closeSync, openSync, readdirSync, rmSync, statfsSync, writeFileSync, writeSync } from "node:fs"
import { join } from "node:path"
import { expect, it } from "vitest"
import { type Daemon, launchDaemon, pactRows, startDaemon } from "../kit/daemon.ts"
import { openEvents } from "../kit/events.ts"
import { live } from "../kit/live.ts"
import { lostEntries, only, Record, unreadEntries, writeMany } from "../kit/load.ts"
import { noSmallDisk, smallDisk } from "../kit/small-disk.ts"

const why = noSmallDisk()
const megabytes = 96

if (why !== null) it.skip(`a full disk: not tried, since ${why}`, () => {})
else {
  for (const durability of ["strict", "os"] as const) {
    live(
      `a full disk (${durability}) refuses writes with 507 and nothing else, and all is well when there is room again`,
      () => fillAndFree(durability),
      120_000
    )
  }
}

const fillAndFree = Effect.fnUntraced(function* (durability: "strict" | "os") {
  const home = yield* smallDisk(megabytes)
  const daemon = yield* startDaemon(home, { env: { OPENPACT_DURABILITY: durability } })
  yield* daemon.send("POST", "/v1/pacts", { name: "Work", confirm: true })
  yield* daemon.send("POST", "/v1/pacts", { name: "Other", confirm: true })
  const record = new Record()
  const refused: Array<string> = []
  let next = 0
  let alias = "other"
  const write = (done: () => boolean) =>
    writeMany(daemon, record, {
      pact: "work",
      writers: 16,
      content: () => `content ${next++} ${"x".repeat(next % 3 === 0 ? 30_000 : 300)}`,
      done,
      refused: (answer) => {
        only(507)(answer)
        refused.push(answer.text)
      }
    })

  // Two times, since the second meets what the first left behind.
  for (const time of [1, 2]) {
    const ballast = join(home, "logs", "ballast")
    refused.length = 0
    if (time === 1) {
      // Bit by bit, after most of it is gone.
      writeFileSync(ballast, Buffer.alloc(Math.max(0, freeBytes(home) - 24 * 1024 * 1024)))
      yield* write(() => refused.length >= 64)
      expect(JSON.parse(refused[0]!), daemon.dump()).toMatchObject({ error: "STORAGE_FULL", status: 507 })
      expect(record.answered.size).toBeGreaterThan(100)
      fillUp(ballast)
    } else {
      // From one moment to the next, in the middle of commits.
      const filled = Effect.map(record.after(100), () => fillUp(ballast))
      yield* Effect.all([filled, write(() => refused.length >= 64)], { concurrency: 2 })
    }
    yield* write(() => refused.length >= 128)
    // What the pact gave back when it stopped.
    fillUp(ballast)
    const made = yield* Effect.orDie(daemon.call("POST", "/v1/pacts", { name: `Third ${time}`, confirm: true }))
    expect([made.status, JSON.parse(made.text).error], made.text).toEqual([507, "STORAGE_FULL"])
    const renamed = yield* Effect.orDie(daemon.call("PUT", `/v1/pacts/${alias}/alias`, { alias: `other-${time}` }))
    // A few bytes may be free again by now.
    only(200, 507)(renamed)
    if (renamed.status === 200) alias = `other-${time}`

    // The read model may lack what was answered last until there is room for it. The log has it.
    const missing = new Set([
      ...(yield* unreadEntries(daemon, "work", record.answered)),
      ...(yield* lostEntries(daemon, "work", record))
    ])
    const present = [...record.answered.keys()].filter((id) => !missing.has(id)).map(placeOf)
    expect(Math.min(...[...missing].map(placeOf))).toBeGreaterThan(Math.max(...present))
    yield* expectUp(daemon)

    rmSync(ballast)
    const before = record.answered.size
    refused.length = 0
    yield* write(() => record.answered.size >= before + 200)
    expect(refused, daemon.dump()).toEqual([])
    yield* daemon.send("POST", `/v1/pacts/${alias}/knowledge?wait=confirmed`, { topic: "t", content: `other ${time}` })
    yield* daemon.send("POST", "/v1/pacts", { name: `Third ${time}`, confirm: true })
    yield* expectAll(daemon, record)
    yield* expectUp(daemon)
  }

  if (durability === "os") expect((yield* daemon.stop).code, daemon.dump()).toBe(0)
  else yield* daemon.kill
  const again = yield* startDaemon(home)
  yield* expectAll(again, record)
  const rows = yield* pactRows(again)
  expect(rows.map(({ alias, failed }) => [alias, failed])).toEqual(
    ["work", alias, "third-1", "third-2"].map((alias) => [alias, undefined])
  )
  expect(readdirSync(join(home, "pacts")).sort()).toEqual(["other", "third-1", "third-2", "work"])

  // A daemon stops on a full disk, and one that can't start there says why and harms nothing.
  const ballast = join(home, "logs", "ballast")
  fillUp(ballast)
  expect((yield* again.stop).code, again.dump()).toBe(0)
  fillUp(ballast)
  const refusedStart = yield* launchDaemon(home)
  expect((yield* refusedStart.exited).code, refusedStart.dump()).toBe(1)
  expect(refusedStart.output()).toContain("STORAGE_FULL: No space is left")
  rmSync(ballast)
  yield* expectAll(yield* startDaemon(home), record)
})

/** All that was ever answered is there, once. */
const expectAll = Effect.fnUntraced(function* (daemon: Daemon, record: Record) {
  expect(yield* unreadEntries(daemon, "work", record.answered)).toEqual([])
  expect(yield* lostEntries(daemon, "work", record)).toEqual([])
})

/** Where an entry stands in the log of its writer. */
const placeOf = (id: string) => Number(id.split("-")[1])

const expectUp = Effect.fnUntraced(function* (daemon: Daemon) {
  for (const path of [
    "readyz",
    "status",
    "metrics",
    "pacts/work/status",
    "pacts/work/log",
    "pacts/work/topics",
    "search?q=content"
  ]) {
    const { status, text } = yield* Effect.orDie(daemon.call("GET", `/v1/${path}`))
    expect(status, `${path}: ${text}`).toBe(200)
  }
  yield* Effect.scoped(
    Effect.flatMap(openEvents(daemon), (events) => events.until("hello", (frames) => frames.length > 0 || null))
  )
})

const freeBytes = (folder: string): number => {
  const { bavail, bsize } = statfsSync(folder)
  return bavail * bsize
}

/** Makes a file longer until the disk has nothing left. */
const fillUp = (path: string): void => {
  const file = openSync(path, "a")
  try {
    for (let size = 1024 * 1024; size >= 1;) {
      try {
        writeSync(file, Buffer.alloc(size))
      } catch (error) {
        expect(error).toMatchObject({ code: "ENOSPC" })
        size = Math.floor(size / 16)
      }
    }
  } finally {
    closeSync(file)
  }
}
