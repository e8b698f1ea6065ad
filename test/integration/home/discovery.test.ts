import * as NodeFileSystem from "@effect/platform-node/NodeFileSystem"
import { assert, it } from "@effect/vitest"
import { Effect, FileSystem, Redacted } from "effect"
import { chmodSync, mkdirSync, readFileSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { vi } from "vitest"
import { DaemonFile } from "../../../src/home/daemon-file.ts"
import { discover } from "../../../src/home/discovery.ts"
import { HomeError, NoDaemon } from "../../../src/home/errors.ts"
import { newHome, startChild, withDaemon } from "./kit.ts"

// Child processes take their time on a busy machine.
vi.setConfig({ testTimeout: 120_000 })

const find = (home: string) => discover(home).pipe(Effect.provide(NodeFileSystem.layer))
const reason = (home: string) =>
  Effect.map(Effect.flip(find(home)), (error) => (error instanceof NoDaemon ? error.reason : error.problem))

it.live("a daemon is found from its start to its stop", () =>
  Effect.gen(function* () {
    const home = yield* newHome
    assert.strictEqual(yield* reason(home), "absent")
    yield* withDaemon(
      home,
      Effect.gen(function* () {
        assert.strictEqual(yield* reason(home), "starting")
        const { announce, read } = yield* DaemonFile
        yield* announce({ port: 4242, dashboardPort: 4243 })
        const { apiToken, startedAt } = yield* read
        const found = yield* find(home)
        assert.strictEqual(Redacted.value(found.token), Redacted.value(apiToken))
        assert.deepStrictEqual(
          { ...found, token: null },
          { home, pid: process.pid, port: 4242, dashboardPort: 4243, token: null, since: startedAt }
        )
        assert.notInclude(JSON.stringify(found), Redacted.value(apiToken))
      })
    )
    assert.strictEqual(yield* reason(home), "stopped")
  })
)

it.live("the token of a daemon that died goes to nobody, even where its pid lives again", () =>
  Effect.gen(function* () {
    const home = yield* newHome
    const child = yield* startChild("hold", home)
    yield* child.next
    child.say("go")
    yield* child.next
    const path = join(home, "daemon.json")
    const state = { ...JSON.parse(readFileSync(path, "utf8")), port: 4242 }
    const found = (changes: object) => {
      writeFileSync(path, JSON.stringify({ ...state, ...changes }))
      return reason(home)
    }
    writeFileSync(path, JSON.stringify(state))
    assert.strictEqual((yield* find(home)).pid, child.pid)
    assert.strictEqual(yield* found({ processStart: "1" }), "died")
    assert.strictEqual(yield* found({ bootId: "another" }), "died")
    yield* child.kill
    assert.strictEqual(yield* found({}), "died")
  })
)

it.live("a file that others can read is refused with the command that closes it", () =>
  Effect.gen(function* () {
    const home = yield* newHome
    yield* withDaemon(
      home,
      Effect.gen(function* () {
        yield* (yield* DaemonFile).announce({ port: 4242 })
        const path = join(home, "daemon.json")
        for (const mode of [0o640, 0o604, 0o620]) {
          chmodSync(path, mode)
          const error = yield* Effect.flip(find(home))
          assert.instanceOf(error, HomeError)
          assert.strictEqual(error.problem, "exposed")
          assert.include(error.message, `chmod 600 '${path}'`)
        }
        chmodSync(path, 0o600)
        assert.strictEqual((yield* find(home)).port, 4242)
      })
    )
  })
)

it.live.skipIf(process.getuid?.() !== 0)("a file of another user is refused", () =>
  Effect.gen(function* () {
    const home = yield* newHome
    yield* withDaemon(home, Effect.void)
    yield* (yield* FileSystem.FileSystem).chown(join(home, "daemon.json"), 12_345, 12_345)
    assert.strictEqual(yield* reason(home), "foreign")
  }).pipe(Effect.provide(NodeFileSystem.layer))
)

it.live("a damaged or newer file is an error that says what to do, and is left as it is", () =>
  Effect.gen(function* () {
    const home = yield* newHome
    mkdirSync(home)
    const path = join(home, "daemon.json")
    for (const [content, problem, advice] of [
      ["{", "invalid", "openpact restart"],
      [`{"version": 9}`, "newer", "Use the newer OpenPact"]
    ] as const) {
      writeFileSync(path, content, { mode: 0o600 })
      const error = yield* Effect.flip(find(home))
      assert.instanceOf(error, HomeError)
      assert.strictEqual(error.problem, problem)
      assert.include(error.message, advice)
      assert.strictEqual(readFileSync(path, "utf8"), content)
    }
  })
)
