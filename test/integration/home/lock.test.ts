import * as NodeFileSystem from "@effect/platform-node/NodeFileSystem"
import { assert, it } from "@effect/vitest"
import { Effect, Layer } from "effect"
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { vi } from "vitest"
import { HomeBusy, HomeError } from "../../../src/home/errors.ts"
import { Locations } from "../../../src/home/locations.ts"
import { HomeLock } from "../../../src/home/lock.ts"
import { type Child, daemonOn, newHome, startChild, withDaemon } from "./kit.ts"

// Child processes take their time on a busy machine.
vi.setConfig({ testTimeout: 120_000 })

const lockOf = (home: string) =>
  Layer.build(
    Layer.fresh(HomeLock.layer).pipe(Layer.provide(Locations.layer(home)), Layer.provide(NodeFileSystem.layer))
  )

const answer = (child: Child) => Effect.map(child.next, (line): { held?: number; error?: string } => JSON.parse(line))

it.live(
  "of many starters one holds the home, and after each kill -9 another one does",
  () =>
    Effect.gen(function* () {
      const home = yield* newHome
      let racers = yield* Effect.all(Array.from({ length: 6 }, () => startChild("hold", home)))
      yield* Effect.all(racers.map((racer) => racer.next))
      while (racers.length > 0) {
        for (const racer of racers) racer.say("go")
        const answers = yield* Effect.all(racers.map(answer))
        const holders = racers.filter((_, i) => answers[i]!.held !== undefined)
        assert.strictEqual(holders.length, 1, JSON.stringify(answers))
        for (const { error } of answers) if (error !== undefined) assert.include(error, "HomeBusy")
        const [holder] = holders
        assert.strictEqual(JSON.parse(readFileSync(join(home, "daemon.json"), "utf8")).pid, holder!.pid)
        yield* holder!.kill
        racers = racers.filter((racer) => racer !== holder)
      }
    }),
  120_000
)

it.live("a second starter is told who holds the home and since when", () =>
  Effect.gen(function* () {
    const home = yield* newHome
    const holder = yield* startChild("hold", home)
    yield* holder.next
    const before = Date.now()
    holder.say("go")
    yield* holder.next
    const error = yield* Effect.flip(lockOf(home))
    assert.instanceOf(error, HomeBusy)
    assert.strictEqual(error.pid, holder.pid)
    assert.isAtLeast(error.since!, before)
    assert.isAtMost(error.since!, Date.now())
    assert.include(error.message, `pid ${holder.pid}, since 20`)
  })
)

it.live("the lock holds within one process too, and is given back when its scope closes", () =>
  Effect.gen(function* () {
    const home = yield* newHome
    const rival = yield* startChild("hold", home)
    yield* rival.next
    yield* withDaemon(
      home,
      Effect.gen(function* () {
        assert.instanceOf(yield* Effect.flip(Effect.scoped(Layer.build(daemonOn(home)))), HomeBusy)
        // Failing here must not have dropped it for the others.
        rival.say("go")
        assert.include((yield* answer(rival)).error, "HomeBusy")
      })
    )
    rival.say("go")
    assert.strictEqual((yield* answer(rival)).held, rival.pid)
  })
)

it.live("a lock file that was deleted under a live daemon lets nobody in", () =>
  Effect.gen(function* () {
    const home = yield* newHome
    const holder = yield* startChild("hold", home)
    yield* holder.next
    holder.say("go")
    yield* holder.next
    assert.deepStrictEqual(readdirSync(home).sort(), ["daemon.json", "lock"])
    rmSync(join(home, "lock"))
    const error = yield* Effect.flip(lockOf(home))
    assert.instanceOf(error, HomeBusy)
    assert.strictEqual(error.pid, holder.pid)
  })
)

it.live("a pid that came again blocks nobody", () =>
  Effect.gen(function* () {
    const home = yield* newHome
    yield* withDaemon(home, Effect.void)
    const file = join(home, "daemon.json")
    const state = JSON.parse(readFileSync(file, "utf8"))
    const living = { pid: process.ppid, startedAt: 1, bootId: null }
    for (const processStart of ["1", null]) {
      writeFileSync(file, JSON.stringify({ ...state, ...living, processStart }))
      yield* Effect.scoped(lockOf(home))
    }
  })
)

it.live("a lock that is no lock is named and left alone", () =>
  Effect.gen(function* () {
    for (const spoil of [
      (path: string) => writeFileSync(path, "pid 17\n".repeat(200)),
      (path: string) => mkdirSync(path)
    ]) {
      const home = yield* newHome
      mkdirSync(home)
      const path = join(home, "lock")
      spoil(path)
      const { size } = statSync(path)
      const error = yield* Effect.flip(lockOf(home))
      assert.instanceOf(error, HomeError)
      assert.include(error.message, path)
      assert.strictEqual(statSync(path).size, size)
    }
  })
)

it.live("a home is private, and a folder with other things in it is refused untouched", () =>
  Effect.gen(function* () {
    const home = yield* newHome
    mkdirSync(home, { mode: 0o755 })
    yield* Effect.scoped(lockOf(home))
    assert.strictEqual(statSync(home).mode & 0o777, 0o700)
    assert.strictEqual(statSync(join(home, "lock")).mode & 0o777, 0o600)

    const other = yield* newHome
    mkdirSync(other, { mode: 0o755 })
    writeFileSync(join(other, "thesis.txt"), "")
    const error = yield* Effect.flip(lockOf(other))
    assert.instanceOf(error, HomeError)
    assert.strictEqual(error.problem, "foreign")
    assert.strictEqual(statSync(other).mode & 0o777, 0o755)
    assert.isFalse(existsSync(join(other, "lock")))
  })
)
