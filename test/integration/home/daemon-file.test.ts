import * as NodeFileSystem from "@effect/platform-node/NodeFileSystem"
import { assert, it } from "@effect/vitest"
import { Effect, FileSystem, Layer, PlatformError, Redacted } from "effect"
import {
  chmodSync,
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync
} from "node:fs"
import { join } from "node:path"
import { vi } from "vitest"
import { StorageFull } from "../../../src/domain/errors.ts"
import { DaemonFile } from "../../../src/home/daemon-file.ts"
import type { DaemonState, PactListing } from "../../../src/home/daemon-state.ts"
import { HomeError } from "../../../src/home/errors.ts"
import { Locations } from "../../../src/home/locations.ts"
import { createPactConfig } from "../../../src/home/pact-config.ts"
import { makePactFolder } from "../../../src/home/pact-folder.ts"
import { newSecret } from "../../../src/home/secret.ts"
import { newHome, startChild, withDaemon } from "./kit.ts"

// Child processes take their time on a busy machine.
vi.setConfig({ testTimeout: 120_000 })

const onDisk = (home: string) => JSON.parse(readFileSync(join(home, "daemon.json"), "utf8"))
const pactId = (n: number) => n.toString(16).padStart(64, "0")
const listing = (n: number): PactListing => ({ alias: `pact-${n}`, pactId: pactId(n), dataDir: `dir-${n}` })
const withListing =
  (n: number) =>
  (state: DaemonState): DaemonState => ({ ...state, pacts: [...state.pacts, listing(n)] })

/** A pact with a folder and a config.json, listed under its folder's name. */
const addPact = Effect.fnUntraced(function* (alias: string, n: number) {
  const dataDir = yield* makePactFolder(alias)
  const { pact } = yield* Locations
  yield* createPactConfig(pact(dataDir), {
    version: 1,
    pact_id: pactId(n),
    encryption_key: newSecret(),
    key_epoch: 0,
    role: "creator",
    name: alias,
    purpose: null,
    display_name: null,
    created_at: n
  })
  yield* (yield* DaemonFile).update((state) => ({
    ...state,
    pacts: [...state.pacts, { alias, pactId: pactId(n), dataDir, addedAt: n }],
    currentAlias: state.currentAlias ?? alias
  }))
  return dataDir
})

const opened = Effect.gen(function* () {
  const file = yield* DaemonFile
  return { notices: file.notices, state: yield* file.read }
})

it.live("a first start makes it: private, with a token, and with the daemon that runs", () =>
  Effect.gen(function* () {
    const home = yield* newHome
    yield* withDaemon(
      home,
      Effect.gen(function* () {
        const { notices, state } = yield* opened
        assert.deepStrictEqual(notices, [])
        assert.match(Redacted.value(state.apiToken), /^[0-9a-f]{64}$/)
        assert.notInclude(JSON.stringify(state), Redacted.value(state.apiToken))
        const disk = onDisk(home)
        assert.strictEqual(disk.apiToken, Redacted.value(state.apiToken))
        assert.strictEqual(disk.pid, process.pid)
        assert.isUndefined(disk.port)
        yield* (yield* DaemonFile).announce({ port: 4242 })
        assert.strictEqual(onDisk(home).port, 4242)
        assert.strictEqual(statSync(join(home, "daemon.json")).mode & 0o777, 0o600)
      })
    )
    // A clean stop takes the daemon out and leaves the rest.
    assert.deepStrictEqual(Object.keys(onDisk(home)).sort(), ["apiToken", "currentAlias", "pacts", "version"])
  })
)

it.live("twenty changes at once all count, in memory and on disk, and outlive the daemon", () =>
  Effect.gen(function* () {
    const home = yield* newHome
    const token = yield* withDaemon(
      home,
      Effect.gen(function* () {
        const { read, update } = yield* DaemonFile
        yield* Effect.all(
          Array.from({ length: 20 }, (_, n) => update(withListing(n))),
          { concurrency: "unbounded" }
        )
        const { apiToken, pacts } = yield* read
        assert.strictEqual(pacts.length, 20)
        assert.deepStrictEqual(onDisk(home).pacts, pacts)
        return Redacted.value(apiToken)
      })
    )
    const { state } = yield* withDaemon(home, opened)
    assert.deepStrictEqual(
      state.pacts.map(({ alias }) => alias).sort(),
      Array.from({ length: 20 }, (_, n) => `pact-${n}`).sort()
    )
    assert.strictEqual(Redacted.value(state.apiToken), token)
  })
)

it.live("modify answers, and a change that fails changes nothing", () =>
  Effect.gen(function* () {
    const home = yield* newHome
    yield* withDaemon(
      home,
      Effect.gen(function* () {
        const { modify, read } = yield* DaemonFile
        const before = readFileSync(join(home, "daemon.json"))
        assert.strictEqual(yield* Effect.flip(modify(() => Effect.fail("no"))), "no")
        assert.deepStrictEqual(readFileSync(join(home, "daemon.json")), before)
        assert.strictEqual(yield* modify((state) => Effect.succeed(["yes", withListing(1)(state)])), "yes")
        assert.strictEqual((yield* read).pacts.length, 1)
      })
    )
  })
)

it.live("a change that finds the disk full is not made, and the next one is once there is room", () =>
  Effect.gen(function* () {
    const home = yield* newHome
    let full = false
    const disk = Layer.effect(
      FileSystem.FileSystem,
      Effect.map(FileSystem.FileSystem, (fs) => ({
        ...fs,
        open: (path: string, options?: Parameters<typeof fs.open>[1]) =>
          full && options?.flag === "wx"
            ? Effect.fail(
                PlatformError.systemError({
                  _tag: "Unknown",
                  module: "FileSystem",
                  method: "open",
                  cause: Object.assign(new Error("ENOSPC"), { code: "ENOSPC" })
                })
              )
            : fs.open(path, options)
      }))
    ).pipe(Layer.provide(NodeFileSystem.layer))
    yield* withDaemon(
      home,
      Effect.gen(function* () {
        const { read, update } = yield* DaemonFile
        full = true
        assert.instanceOf(yield* Effect.flip(update(withListing(1))), StorageFull)
        assert.deepStrictEqual((yield* read).pacts, [])
        assert.deepStrictEqual(onDisk(home).pacts, [])
        full = false
        yield* update(withListing(2))
        assert.deepStrictEqual((yield* read).pacts, [listing(2)])
      }),
      disk
    )
  })
)

it.live("kill -9 between writing and renaming leaves the old file, and the rest is swept", () =>
  Effect.gen(function* () {
    const home = yield* newHome
    yield* withDaemon(
      home,
      Effect.flatMap(DaemonFile, ({ update }) => update(withListing(1)))
    )
    const before = readFileSync(join(home, "daemon.json"))
    const child = yield* startChild("stick", home)
    yield* child.next
    const temps = () => readdirSync(home).filter((name) => name.endsWith(".tmp"))
    assert.strictEqual(temps().length, 1)
    yield* child.kill
    assert.deepStrictEqual(readFileSync(join(home, "daemon.json")), before)
    const { notices, state } = yield* withDaemon(home, opened)
    assert.deepStrictEqual(state.pacts, [listing(1)])
    // Listed, and its folder is gone: the pact is shown as failed, the list stays.
    assert.deepStrictEqual(notices, ["The current pact is pact-1 now."])
    assert.deepStrictEqual(temps(), [])
  })
)

const good = (state: object, changes: object) => JSON.stringify({ ...state, ...changes })
const corruptions: ReadonlyArray<readonly [name: string, spoil: (state: Record<string, unknown>) => string | Buffer]> =
  [
    ["empty", () => ""],
    ["truncated", (state) => JSON.stringify(state).slice(0, -30)],
    ["binary", () => Buffer.from(Array.from({ length: 512 }, (_, i) => (i * 7) % 256))],
    ["zeros, as after a power cut", () => Buffer.alloc(600)],
    ["a list", () => "[]"],
    ["null", () => "null"],
    ["no version", (state) => good(state, { version: undefined })],
    ["an old version", (state) => good(state, { version: 0 })],
    ["no token", (state) => good(state, { apiToken: undefined })],
    ["a short token", (state) => good(state, { apiToken: "abc" })],
    ["pacts that are no list", (state) => good(state, { pacts: { length: 1 } })],
    ["a pact id that is none", (state) => good(state, { pacts: [{ ...listing(1), pactId: "x" }] })],
    ["a data folder elsewhere", (state) => good(state, { pacts: [{ ...listing(1), dataDir: "../../etc" }] })],
    ["an alias twice", (state) => good(state, { pacts: [listing(1), { ...listing(2), alias: "pact-1" }] })],
    ["a pact twice", (state) => good(state, { pacts: [listing(1), { ...listing(2), pactId: pactId(1) }] })],
    ["a folder twice", (state) => good(state, { pacts: [listing(1), { ...listing(2), dataDir: "dir-1" }] })],
    ["pid 0, which is everybody", (state) => good(state, { pid: 0 })],
    ["a port that is none", (state) => good(state, { port: 70_000 })],
    [
      "prototype keys instead of its own",
      () => `{"version": 1, "__proto__": {"apiToken": "${"a".repeat(64)}", "pacts": []}}`
    ]
  ]

for (const [name, spoil] of corruptions) {
  it.live(`${name}: set aside, told, and made anew from the pacts' own files`, () =>
    Effect.gen(function* () {
      const home = yield* newHome
      const token = yield* withDaemon(
        home,
        Effect.gen(function* () {
          yield* addPact("oak", 2)
          yield* addPact("elm", 1)
          return Redacted.value((yield* opened).state.apiToken)
        })
      )
      const path = join(home, "daemon.json")
      const content = Buffer.from(spoil(onDisk(home)) as string)
      writeFileSync(path, content, { mode: 0o600 })
      const { notices, state } = yield* withDaemon(home, opened)

      const [aside = ""] = readdirSync(home).filter((file) => file.startsWith("daemon.json.corrupt-"))
      assert.deepStrictEqual(readFileSync(join(home, aside)), content)
      assert.include(notices[0], `${path} can't be used: `)
      assert.include(notices[0], join(home, aside))
      // The older one first.
      assert.deepStrictEqual(
        state.pacts.map(({ alias, dataDir, pactId }) => [alias, dataDir, pactId]),
        [
          ["elm", "elm", pactId(1)],
          ["oak", "oak", pactId(2)]
        ]
      )
      assert.strictEqual(state.currentAlias, "elm")
      assert.notStrictEqual(Redacted.value(state.apiToken), token)
      assert.strictEqual(notices.length, 4, notices.join("\n"))
      assert.deepStrictEqual((yield* withDaemon(home, opened)).notices, [])
    })
  )
}

it.live("a newer daemon.json stops the start and stays as it is", () =>
  Effect.gen(function* () {
    const home = yield* newHome
    yield* withDaemon(home, Effect.void)
    const path = join(home, "daemon.json")
    writeFileSync(path, good(onDisk(home), { version: 2, pacts: "elsewhere" }))
    const before = readFileSync(path)
    const error = yield* Effect.flip(withDaemon(home, Effect.void))
    assert.instanceOf(error, HomeError)
    assert.strictEqual(error.problem, "newer")
    assert.deepStrictEqual(readFileSync(path), before)
    assert.deepStrictEqual(readdirSync(home).sort(), ["daemon.json", "lock"])
  })
)

it.live("fields of a later build and settings kept by hand stay over every write", () =>
  Effect.gen(function* () {
    const home = yield* newHome
    yield* withDaemon(home, Effect.void)
    const kept = { settings: { port: 7777, odd: [1] }, assistant: { model: "x" } }
    writeFileSync(join(home, "daemon.json"), good(onDisk(home), kept), { mode: 0o600 })
    yield* withDaemon(
      home,
      Effect.flatMap(DaemonFile, ({ update }) => update(withListing(1)))
    )
    const { assistant, settings } = onDisk(home)
    assert.deepStrictEqual({ assistant, settings }, kept)
  })
)

it.live("one that others can read is closed and gets a new token", () =>
  Effect.gen(function* () {
    const home = yield* newHome
    yield* withDaemon(home, addPact("oak", 1))
    const { apiToken } = onDisk(home)
    chmodSync(join(home, "daemon.json"), 0o644)
    const { notices, state } = yield* withDaemon(home, opened)
    assert.strictEqual(notices.length, 1)
    assert.include(notices[0], "open to other users")
    assert.strictEqual(statSync(join(home, "daemon.json")).mode & 0o777, 0o600)
    assert.notStrictEqual(Redacted.value(state.apiToken), apiToken)
    assert.strictEqual(state.pacts.length, 1)
  })
)

it.live("without daemon.json no pact is lost, and a folder that can't be used is named and left alone", () =>
  Effect.gen(function* () {
    const home = yield* newHome
    yield* withDaemon(
      home,
      Effect.gen(function* () {
        for (const [n, alias] of ["ash", "oak", "elm", "fir"].entries()) yield* addPact(alias, n + 1)
      })
    )
    const pacts = join(home, "pacts")
    rmSync(join(home, "daemon.json"))
    writeFileSync(join(pacts, "oak", "config.json"), "{")
    cpSync(join(pacts, "elm"), join(pacts, "elm-copy"), { recursive: true })
    mkdirSync(join(pacts, "empty"))
    cpSync(join(pacts, "fir"), join(pacts, "My Pact"), { recursive: true })
    rmSync(join(pacts, "fir"), { recursive: true })
    writeFileSync(join(pacts, "notes.txt"), "")
    const before = readdirSync(pacts, { recursive: true }).sort()

    const { notices, state } = yield* withDaemon(home, opened)
    assert.deepStrictEqual(
      state.pacts.map(({ alias }) => alias),
      ["ash"]
    )
    assert.deepStrictEqual(readdirSync(pacts, { recursive: true }).sort(), [...before, "empty/not-used.txt"].sort())
    const told = notices.join("\n")
    for (const name of [
      "oak is not used",
      "elm is not used",
      "elm-copy is not used",
      "empty is not used",
      "My Pact is not used"
    ]) {
      assert.include(told, join(pacts, name))
    }

    // What was cut short is named once, and the folder says the same.
    assert.include(readFileSync(join(pacts, "empty", "not-used.txt"), "utf8"), `rm -r '${join(pacts, "empty")}'`)
    assert.notInclude((yield* withDaemon(home, opened)).notices.join("\n"), "empty is not used")
    assert.include((yield* withDaemon(home, opened)).notices.join("\n"), "oak is not used")

    // Once its reason is gone each comes back. A copy beside one that is listed never does.
    rmSync(join(pacts, "elm-copy"), { recursive: true })
    assert.deepStrictEqual(
      (yield* withDaemon(home, opened)).state.pacts.map(({ alias }) => alias),
      ["ash", "elm"]
    )
    cpSync(join(pacts, "ash"), join(pacts, "a-copy"), { recursive: true })
    const again = yield* withDaemon(home, opened)
    assert.deepStrictEqual(
      again.state.pacts.map(({ alias }) => alias),
      ["ash", "elm"]
    )
    assert.include(again.notices.join("\n"), join(pacts, "a-copy is not used"))
  })
)

it.live("a found pact never takes the alias of another, and renaming an alias moves nothing", () =>
  Effect.gen(function* () {
    const home = yield* newHome
    yield* withDaemon(
      home,
      Effect.gen(function* () {
        yield* addPact("oak", 1)
        yield* addPact("elm", 2)
        const { update } = yield* DaemonFile
        // Oak is now called elm, and elm is no longer listed.
        yield* update((state) => ({ ...state, pacts: [{ ...state.pacts[0]!, alias: "elm" }], currentAlias: "elm" }))
      })
    )
    assert.deepStrictEqual(readdirSync(join(home, "pacts")).sort(), ["elm", "oak"])
    const { state } = yield* withDaemon(home, opened)
    assert.deepStrictEqual(
      state.pacts.map(({ alias, dataDir }) => [alias, dataDir]),
      [
        ["elm", "oak"],
        ["elm-2", "elm"]
      ]
    )
    assert.strictEqual(state.currentAlias, "elm")
    assert.isTrue(existsSync(join(home, "pacts", "oak", "config.json")))
  })
)

it.live.skipIf(process.getuid?.() !== 0)("a home or file of another user is refused", () =>
  Effect.gen(function* () {
    const home = yield* newHome
    yield* withDaemon(home, Effect.void)
    const fs = yield* FileSystem.FileSystem
    for (const path of [join(home, "daemon.json"), home]) {
      yield* fs.chown(path, 12_345, 12_345)
      const error = yield* Effect.flip(withDaemon(home, Effect.void))
      assert.instanceOf(error, HomeError)
      assert.strictEqual(error.problem, "foreign")
      assert.include(error.message, "12345")
    }
  }).pipe(Effect.provide(NodeFileSystem.layer))
)
