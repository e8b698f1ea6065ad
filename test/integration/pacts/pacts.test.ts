import { describe, expect, it } from "@effect/vitest"
import { Cause, Deferred, Effect, Exit, Fiber, Logger, Metric, Queue, Stream } from "effect"
import fs, {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statfsSync,
  symlinkSync,
  writeFileSync
} from "node:fs"
import { join } from "node:path"
import { within } from "../../kit/deadline.ts"
import { openHome } from "../../kit/home.ts"
import { noSmallDisk, smallDisk } from "../../kit/small-disk.ts"
import { tempDir } from "../../kit/temp.ts"

const knowledge = (content: string) => ({ type: "knowledge", payload: { topic: "t", content } }) as const
const failureOf = <A, E>(exit: Exit.Exit<A, E>) => (Exit.isFailure(exit) ? exit.cause : Cause.die("it worked"))
const home = Effect.gen(function* () {
  const dir = yield* tempDir()
  return { dir, ...(yield* openHome(dir)) }
})

describe("the pacts of a home", () => {
  it.live("twenty made at once are twenty pacts, with aliases of their own", () =>
    Effect.gen(function* () {
      const { file, pacts } = yield* home
      const made = yield* Effect.forEach(Array.from({ length: 20 }), () => pacts.create({ name: "Crimson Covenant" }), {
        concurrency: "unbounded"
      })
      expect(new Set(made.map(({ pactId }) => pactId)).size).toBe(20)
      expect(new Set(made.map(({ alias }) => alias)).size).toBe(20)
      expect(made.map(({ alias }) => alias)).toContain("crimson-covenant-20")
      const state = yield* file.read
      expect(state.pacts.length).toBe(20)
      expect(state.currentAlias).toBe(state.pacts[0]!.alias)
      yield* Effect.forEach(
        made,
        ({ alias }) => Effect.flatMap(pacts.find(alias), (pact) => pact.write(knowledge(alias))),
        {
          concurrency: "unbounded"
        }
      )
    })
  )

  it.live("what is measured of a pact goes with it", () =>
    Effect.gen(function* () {
      const { pacts } = yield* home
      const one = yield* pacts.create({ name: "One" })
      const two = yield* pacts.create({ name: "Two" })
      const measured = Effect.map(
        Metric.snapshot,
        (all) => new Set(all.map(({ attributes }) => attributes?.["pact"]).filter((pact) => pact !== undefined))
      )
      expect(yield* measured).toEqual(new Set([one.pactId, two.pactId]))
      yield* pacts.remove("one", "one")
      expect(yield* measured).toEqual(new Set([two.pactId]))
    })
  )

  it.live("an alias that is taken is refused, and nothing is left of the attempt", () =>
    Effect.gen(function* () {
      const { dir, pacts } = yield* home
      yield* pacts.create({ name: "One", alias: "mine" })
      const error = yield* Effect.flip(pacts.create({ name: "Two", alias: "mine" }))
      expect(error._tag).toBe("PACT_ALIAS_EXISTS")
      expect(readdirSync(join(dir, "pacts"))).toEqual(["mine"])
    })
  )

  it.live("default is the current pact, unless a pact is called so", () =>
    Effect.gen(function* () {
      const { pacts } = yield* home
      expect((yield* Effect.flip(pacts.find("default")))._tag).toBe("UNKNOWN_PACT")
      const one = yield* pacts.create({ name: "One" })
      const two = yield* pacts.create({ name: "Two" })
      expect((yield* pacts.find("default")).pactId).toBe(one.pactId)
      yield* pacts.switch("two")
      expect((yield* pacts.find("default")).pactId).toBe(two.pactId)
      expect((yield* pacts.find(one.pactId)).pactId).toBe(one.pactId)
      const named = yield* pacts.create({ name: "Default" })
      expect((yield* pacts.find("default")).pactId).toBe(named.pactId)
    })
  )

  it.live("a rename under load is noticed by nobody else, and holds over a restart", () =>
    Effect.gen(function* () {
      const { close, dir, pacts } = yield* home
      const { dataDir, pactId } = yield* pacts.create({ name: "Before" })
      const pact = yield* pacts.find("before")
      const writing = yield* Effect.forkChild(
        Effect.forEach(
          Array.from({ length: 60 }, (_, i) => i),
          (i) => pact.write(knowledge(`w${i}`)),
          { concurrency: 8 }
        )
      )
      yield* pacts.rename("before", "after")
      expect((yield* Fiber.join(writing)).length).toBe(60)
      expect(yield* pacts.find("after")).toBe(pact)
      expect((yield* Effect.flip(pacts.find("before")))._tag).toBe("UNKNOWN_PACT")
      yield* close
      const again = yield* openHome(dir)
      expect((yield* again.opened("after")).pactId).toBe(pactId)
      expect((yield* again.file.read).pacts[0]).toMatchObject({ alias: "after", dataDir })
      expect((yield* again.pacts.find("default")).read.counts().knowledge).toBe(60)
    })
  )

  it.live("removing takes the right word, deletes the data and moves the current pact on", () =>
    Effect.gen(function* () {
      const { dir, pacts } = yield* home
      const one = yield* pacts.create({ name: "One" })
      const two = yield* pacts.create({ name: "Two" })
      expect((yield* Effect.flip(pacts.remove("one", "two")))._tag).toBe("NOT_CONFIRMED")
      expect(existsSync(join(dir, "pacts/one/data"))).toBe(true)
      yield* pacts.remove("one", one.pactId)
      expect(existsSync(join(dir, "pacts/one"))).toBe(false)
      expect((yield* Effect.flip(pacts.find("one")))._tag).toBe("UNKNOWN_PACT")
      expect((yield* pacts.find("default")).pactId).toBe(two.pactId)
    })
  )

  it.live("a pact that can't be opened is shown with its reason, and leaves the others alone", () =>
    Effect.gen(function* () {
      const { close, dir, pacts } = yield* home
      yield* pacts.create({ name: "Torn" })
      yield* pacts.create({ name: "Sound" })
      yield* pacts.create({ name: "Unlisted" })
      yield* close
      writeFileSync(join(dir, "pacts/torn/config.json"), "{ torn")
      const store = join(dir, "pacts/unlisted/data")
      for (const name of readdirSync(store, { recursive: true, encoding: "utf8" })) {
        if (/MANIFEST|CURRENT/.test(name)) writeFileSync(join(store, name), "garbage")
      }
      const again = yield* openHome(dir)
      const sound = yield* again.opened("sound")
      yield* sound.write(knowledge("still here"))
      for (const [alias, reason] of [
        ["torn", /config\.json/],
        ["unlisted", /data/]
      ] as const) {
        expect(Exit.isFailure(yield* Effect.exit(again.opened(alias)))).toBe(true)
        const listed = yield* again.pacts.look(alias)
        expect(listed.failed).toMatch(reason)
        const error = yield* Effect.flip(again.pacts.find(alias))
        expect(error).toMatchObject({ _tag: "PACT_NOT_READY", message: expect.stringMatching(reason) })
      }
      // What could not be read is still there, untouched.
      expect(readFileSync(join(dir, "pacts/torn/config.json"), "utf8")).toBe("{ torn")
    })
  )

  it.live("two daemons never hold one home, and a lost read model is made anew", () =>
    Effect.gen(function* () {
      const { close, dir, pacts } = yield* home
      yield* pacts.create({ name: "One" })
      const written = yield* Effect.flatMap(pacts.find("one"), (pact) => pact.write(knowledge("kept")))
      const second = yield* Effect.exit(Effect.scoped(openHome(dir)))
      expect(Exit.isFailure(second) && String(Cause.squash(second.cause))).toMatch(/runs on|starting or stopping/)
      yield* close
      for (const name of readdirSync(join(dir, "pacts/one")))
        if (name.startsWith("index.db")) rmSync(join(dir, "pacts/one", name))
      const again = yield* openHome(dir)
      const pact = yield* again.opened("one")
      expect(pact.read.entry(written.id)).toMatchObject({ accepted: true })
    })
  )

  it.live("tells what happens: pacts that come, change and go, and what is written in them", () =>
    Effect.gen(function* () {
      const { pacts } = yield* home
      const seen = yield* Queue.unbounded<string>()
      const listening = yield* Effect.forkChild(
        Stream.runForEach(pacts.events, (event) =>
          Queue.offer(
            seen,
            event.type === "batch" ? `${event.alias} ${event.batch.blocks.length}` : `${event.type} ${event.alias}`
          )
        )
      )
      const next = (wanted: string): Effect.Effect<void> =>
        Effect.flatMap(Queue.take(seen), (event) => (event === wanted ? Effect.void : next(wanted)))
      yield* Effect.yieldNow
      yield* pacts.create({ name: "One" })
      yield* next("pact-added one")
      const pact = yield* pacts.find("one")
      yield* pact.write(knowledge("x"))
      yield* next("one 1")
      yield* pacts.rename("one", "first")
      yield* next("pact-changed first")
      yield* pacts.remove("first", "first")
      yield* next("pact-removed first")
      yield* Fiber.interrupt(listening)
    }).pipe(Effect.timeout("20 seconds"))
  )

  it.live("names that are taken, given up and chosen at once leave every pact with one, and one current", () =>
    Effect.gen(function* () {
      const { file, pacts } = yield* home
      yield* pacts.create({ name: "One" })
      yield* Effect.all(
        [
          Effect.exit(pacts.create({ name: "Two", alias: "wanted" })),
          Effect.exit(pacts.rename("one", "wanted")),
          Effect.exit(pacts.rename("one", "other")),
          Effect.exit(pacts.switch("one")),
          Effect.exit(pacts.create({ name: "Three" }))
        ],
        { concurrency: "unbounded" }
      )
      const { currentAlias, pacts: listed } = yield* file.read
      expect(listed.map(({ alias }) => alias)).toContain(currentAlias)
      for (const { alias, pactId } of listed) expect((yield* pacts.find(alias)).pactId).toBe(pactId)
      const two = yield* Effect.all([Effect.exit(pacts.remove("three", "three")), Effect.exit(pacts.switch("three"))], {
        concurrency: "unbounded"
      })
      expect(two.length).toBe(2)
      expect((yield* pacts.find("default")).pactId).not.toBe("")
    })
  )

  it.live("a stop while pacts open waits for those, and has nothing to complain of", () =>
    Effect.gen(function* () {
      const dir = yield* tempDir()
      yield* Effect.scoped(
        Effect.gen(function* () {
          const { pacts } = yield* openHome(dir)
          for (const name of ["One", "Two", "Three"]) yield* pacts.create({ name })
        })
      )
      const said: Array<string> = []
      const logger = Logger.make(({ message }) => void said.push(String(message)))
      const { fdatasync } = fs
      for (let step = 1; step <= 3; step++) {
        const reached = yield* Deferred.make<void>()
        let syncs = 0
        // Opening a pact syncs once, so this stops in the middle of the first, the second or the third.
        const counted = (...[file, done]: Parameters<typeof fdatasync>) => {
          if (++syncs === step) Deferred.doneUnsafe(reached, Exit.void)
          fdatasync(file, done)
        }
        fs.fdatasync = Object.assign(counted, { __promisify__: fdatasync.__promisify__ })
        yield* Effect.gen(function* () {
          const { close } = yield* openHome(dir, { durability: "strict" })
          yield* Deferred.await(reached)
          yield* close
        }).pipe(
          Effect.scoped,
          Effect.ensuring(Effect.sync(() => void (fs.fdatasync = fdatasync))),
          Effect.provide(Logger.layer([logger]))
        )
      }
      expect(said).toEqual([])
    })
  )

  it.live("who asks for a pact that is being opened waits for it", () =>
    Effect.gen(function* () {
      const dir = yield* tempDir()
      yield* Effect.scoped(Effect.flatMap(openHome(dir), ({ pacts }) => pacts.create({ name: "One" })))
      const { pacts } = yield* openHome(dir)
      expect((yield* pacts.look("one")).pact).toBeNull()
      const pact = yield* pacts.find("one")
      expect(pact).toBe((yield* pacts.look("one")).pact)
    })
  )

  it.live("who removes a pact that is being opened, or joins it anew, waits for it too", () =>
    Effect.gen(function* () {
      const dir = yield* tempDir()
      const join = { pactId: "ab".repeat(32), invite: null, alias: "two" }
      yield* Effect.scoped(
        Effect.gen(function* () {
          const { pacts } = yield* openHome(dir)
          yield* pacts.create({ name: "One" })
          yield* pacts.join(join)
        })
      )
      yield* Effect.scoped(
        Effect.gen(function* () {
          const { pacts } = yield* openHome(dir)
          expect((yield* pacts.look("two")).joining).toBeNull()
          expect((yield* pacts.join(join)).joining).not.toBeNull()
        })
      )
      const { pacts } = yield* openHome(dir)
      expect((yield* pacts.look("one")).pact).toBeNull()
      expect(yield* pacts.remove("one", "one")).toMatchObject({ alias: "one" })
      expect((yield* pacts.lookOpened("two")).joining).not.toBeNull()
    })
  )

  it.live("a pact that can't be listed is not made, and nothing of it stays", () =>
    Effect.gen(function* () {
      const { dir, file, pacts } = yield* home
      yield* pacts.create({ name: "One" })
      const before = yield* file.read
      // Nothing can be put in the place of a folder that is not empty.
      const path = join(dir, "daemon.json")
      renameSync(path, join(dir, "kept"))
      mkdirSync(join(path, "in the way"), { recursive: true })
      const refused = yield* Effect.exit(pacts.create({ name: "Two" }))
      rmSync(path, { recursive: true })
      renameSync(join(dir, "kept"), path)
      expect(Exit.isFailure(refused) && String(Cause.squash(refused.cause))).toMatch(/daemon\.json can't be written/)
      expect(yield* file.read).toEqual(before)
      expect(readdirSync(join(dir, "pacts"))).toEqual(["one"])
      expect((yield* Effect.exit(pacts.look("two")))._tag).toBe("Failure")
      // The next one is made as if nothing had been.
      expect(yield* pacts.create({ name: "Two" })).toMatchObject({ alias: "two", dataDir: "two" })
    })
  )

  const why = noSmallDisk()
  const onSmallDisk = why === null ? it.live : it.live.skip
  onSmallDisk(`a pact that finds the disk full opens when there is room${why === null ? "" : `: ${why}`}`, () =>
    Effect.gen(function* () {
      const disk = yield* smallDisk(48)
      const dir = yield* tempDir()
      symlinkSync(disk, join(dir, "pacts"))
      const written = yield* Effect.scoped(
        Effect.gen(function* () {
          const { pacts } = yield* openHome(dir)
          yield* pacts.create({ name: "One" })
          return yield* Effect.flatMap(pacts.find("one"), (pact) => pact.write(knowledge("kept")))
        })
      )
      const ballast = join(disk, "ballast")
      const { bavail, bsize } = statfsSync(disk)
      writeFileSync(ballast, Buffer.alloc(bavail * bsize))
      const { opened, pacts } = yield* openHome(dir)
      const changes = yield* Effect.forkChild(
        Stream.runHead(Stream.filter(pacts.events, ({ type }) => type === "pact-changed")),
        { startImmediately: true }
      )
      expect(String(Cause.squash(failureOf(yield* Effect.exit(opened("one")))))).toMatch(/No space is left/)
      expect((yield* Effect.exit(pacts.find("one")))._tag).toBe("Failure")
      yield* Fiber.join(changes)
      const open = yield* Effect.forkChild(
        Stream.runHead(
          Stream.mapEffect(pacts.events, () => pacts.look("one")).pipe(Stream.filter(({ pact }) => pact !== null))
        ),
        { startImmediately: true }
      )
      rmSync(ballast)
      yield* Fiber.join(open).pipe(within("the pact open", "20 seconds", () => readdirSync(disk).join(" ")))
      const pact = yield* pacts.find("one")
      expect(pact.read.entry(written.id)).toMatchObject({ accepted: true })
      yield* pact.write(knowledge("and more"))
    })
  )

  it.live("folders that were swapped are opened under nobody's name", () =>
    Effect.gen(function* () {
      const { close, dir, pacts } = yield* home
      yield* pacts.create({ name: "One" })
      yield* pacts.create({ name: "Two" })
      yield* close
      const at = (name: string) => join(dir, "pacts", name)
      renameSync(at("one"), at("aside"))
      renameSync(at("two"), at("one"))
      renameSync(at("aside"), at("two"))
      const again = yield* openHome(dir)
      for (const alias of ["one", "two"]) expect(Exit.isFailure(yield* Effect.exit(again.opened(alias)))).toBe(true)
      expect((yield* again.pacts.look("one")).failed).toMatch(/belongs to the pact/)
    })
  )
})
