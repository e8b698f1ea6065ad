import * as NodeFileSystem from "@effect/platform-node/NodeFileSystem"
import { assert, it } from "@effect/vitest"
import { Effect, FileSystem, Layer, Option, PlatformError, Schema } from "effect"
import { mkdirSync, readdirSync, readFileSync, statSync, symlinkSync, writeFileSync } from "node:fs"
import { dirname, join } from "node:path"
import { StorageFull } from "../../../src/domain/errors.ts"
import { HomeError } from "../../../src/home/errors.ts"
import { readWhole, removeTemps, replaceFile, setAside } from "../../../src/home/files.ts"
import { jsonFile } from "../../../src/home/json-file.ts"
import { newHome } from "./kit.ts"

const run = it.live
const node = Effect.provide(NodeFileSystem.layer)
const bytes = (text: string) => Buffer.from(text)

const newFolder = Effect.map(newHome, (home) => {
  mkdirSync(home)
  return home
})

run("a file is replaced whole, for its owner alone, and nothing else is left", () =>
  Effect.gen(function* () {
    const folder = yield* newFolder
    const path = join(folder, "a.json")
    writeFileSync(path, "old", { mode: 0o644 })
    yield* replaceFile(path, bytes("new"))
    assert.strictEqual(readFileSync(path, "utf8"), "new")
    assert.strictEqual(statSync(path).mode & 0o777, 0o600)
    const texts = Array.from({ length: 30 }, (_, i) => String(i).repeat(50_000))
    yield* Effect.all(
      texts.map((text) => replaceFile(path, bytes(text))),
      { concurrency: "unbounded" }
    )
    assert.isTrue(texts.includes(readFileSync(path, "utf8")))
    assert.deepStrictEqual(readdirSync(folder), ["a.json"])
  }).pipe(node)
)

run("the bytes are on the disk before the name points to them, and the name before it is done", () =>
  Effect.gen(function* () {
    const path = join(yield* newFolder, "a.json")
    const steps: Array<string> = []
    const fs = yield* FileSystem.FileSystem
    const note = (step: string) => Effect.sync(() => steps.push(step))
    const watched = Layer.succeed(FileSystem.FileSystem, {
      ...fs,
      rename: (from, to) => Effect.tap(fs.rename(from, to), () => note(`${from.startsWith(path)} rename ${to}`)),
      open: (name, options) =>
        Effect.map(fs.open(name, options), (file) => ({
          ...file,
          writeAll: (bytes: Uint8Array) => Effect.tap(file.writeAll(bytes), () => note("write")),
          sync: Effect.tap(file.sync, () => note(name === dirname(path) ? "sync folder" : "sync file"))
        }))
    } as typeof fs)
    yield* replaceFile(path, bytes("text")).pipe(Effect.provide(watched))
    assert.deepStrictEqual(steps, ["write", "sync file", `true rename ${path}`, "sync folder"])
    steps.length = 0
    yield* setAside(path).pipe(Effect.provide(watched))
    assert.strictEqual(steps.at(-1), "sync folder")
  }).pipe(node)
)

/** A disk on which one operation fails with one code. */
const failing = (code: string, operation: "writeAll" | "sync" | "rename" | "open") =>
  Layer.effect(
    FileSystem.FileSystem,
    Effect.map(FileSystem.FileSystem, (fs) => {
      const fail = Effect.fail(
        PlatformError.systemError({
          _tag: "Unknown",
          module: "FileSystem",
          method: operation,
          cause: Object.assign(new Error(`${code}: planted`), { code })
        })
      )
      return {
        ...fs,
        rename: operation === "rename" ? () => fail : fs.rename,
        open: (path: string, options?: Parameters<typeof fs.open>[1]) =>
          operation === "open" && options?.flag === "wx"
            ? fail
            : Effect.map(fs.open(path, options), (file) => ({
                ...file,
                stat: file.stat,
                readAlloc: file.readAlloc.bind(file),
                sync: operation === "sync" ? fail : file.sync,
                // The first half reaches the disk.
                writeAll: (bytes: Uint8Array) =>
                  operation === "writeAll"
                    ? Effect.andThen(file.writeAll(bytes.subarray(0, bytes.length / 2)), fail)
                    : file.writeAll(bytes)
              }))
      }
    })
  ).pipe(Layer.provide(NodeFileSystem.layer))

for (const operation of ["open", "writeAll", "sync", "rename"] as const) {
  run(`a disk that is full at ${operation} is StorageFull, the old file stays and no temporary one does`, () =>
    Effect.gen(function* () {
      const folder = yield* newFolder
      const path = join(folder, "a.json")
      writeFileSync(path, "old")
      for (const code of ["ENOSPC", "EDQUOT"]) {
        const error = yield* Effect.flip(
          replaceFile(path, bytes("new and longer")).pipe(Effect.provide(failing(code, operation)))
        )
        assert.instanceOf(error, StorageFull)
      }
      const error = yield* Effect.flip(
        replaceFile(path, bytes("new")).pipe(Effect.provide(failing("EROFS", operation)))
      )
      assert.instanceOf(error, HomeError)
      assert.include(error.message, "EROFS")
      assert.strictEqual(readFileSync(path, "utf8"), "old")
      assert.deepStrictEqual(readdirSync(folder), ["a.json"])
    })
  )
}

run("what is set aside keeps every byte, and never takes the place of another", () =>
  Effect.gen(function* () {
    const folder = yield* newFolder
    const path = join(folder, "a.json")
    const kept = new Map<string, string>()
    for (const text of ["one", "two", "three"]) {
      writeFileSync(path, text)
      kept.set(yield* setAside(path), text)
    }
    assert.strictEqual(kept.size, 3)
    assert.deepStrictEqual(
      readdirSync(folder).sort(),
      [...kept.keys()].map((name) => name.slice(folder.length + 1)).sort()
    )
    for (const [name, text] of kept) {
      assert.match(name, /a\.json\.corrupt-\d{8}T\d{6}Z(-\d)?$/)
      assert.strictEqual(readFileSync(name, "utf8"), text)
    }
  }).pipe(node)
)

run("only temporary files are swept", () =>
  Effect.gen(function* () {
    const folder = yield* newFolder
    for (const name of ["a.json", "a.json.0123456789ab.tmp", "notes.tmp", "x.0123456789ab.tmp.old"])
      writeFileSync(join(folder, name), "")
    yield* removeTemps(folder)
    assert.deepStrictEqual(readdirSync(folder).sort(), ["a.json", "notes.tmp", "x.0123456789ab.tmp.old"])
    yield* removeTemps(join(folder, "absent"))
  }).pipe(node)
)

run("reading tells absent, exposed and unreadable apart", () =>
  Effect.gen(function* () {
    const folder = yield* newFolder
    const path = join(folder, "a")
    assert.isTrue(Option.isNone(yield* readWhole(path)))
    for (const [mode, exposed] of [
      [0o600, false],
      [0o400, false],
      [0o640, true],
      [0o604, true],
      [0o622, true]
    ] as const) {
      const file = join(folder, String(mode))
      writeFileSync(file, "text")
      yield* (yield* FileSystem.FileSystem).chmod(file, mode)
      const content = Option.getOrThrow(yield* readWhole(file))
      assert.strictEqual(Buffer.from(content.bytes).toString(), "text")
      assert.strictEqual(content.exposed, exposed)
      assert.isNull(content.stranger)
    }
    symlinkSync(path, path)
    for (const unreadable of [folder, path]) {
      const error = yield* Effect.flip(readWhole(unreadable))
      assert.strictEqual(error.problem, "unreadable")
      assert.include(error.message, unreadable)
    }
    const big = join(folder, "big")
    writeFileSync(big, Buffer.alloc(5 * 1024 * 1024))
    assert.strictEqual((yield* Effect.flip(readWhole(big))).problem, "invalid")
  }).pipe(node)
)

const file = jsonFile(2, Schema.Struct({ version: Schema.Literal(2), name: Schema.String }))

run("a JSON file keeps the fields it doesn't know, prototype keys included, and takes nothing from them", () =>
  Effect.gen(function* () {
    const path = join(yield* newFolder, "a.json")
    writeFileSync(
      path,
      `\uFEFF{"version": 2, "name": "x", "later": {"a": [1]}, "__proto__": {"name": "y"}, "constructor": 1}`
    )
    const { rest, value } = Option.getOrThrow(yield* file.read(path))
    assert.deepStrictEqual(value, { version: 2, name: "x" })
    yield* file.write(path, { ...value, name: "z" }, rest)
    const text = readFileSync(path, "utf8")
    assert.include(text, `"__proto__": {`)
    assert.deepStrictEqual(
      JSON.parse(text),
      JSON.parse(`{"version": 2, "name": "z", "later": {"a": [1]}, "__proto__": {"name": "y"}, "constructor": 1}`)
    )
    assert.isUndefined(({} as { name?: string }).name)
  }).pipe(node)
)

run("a JSON file of a newer version, or one that is no such file, is refused untouched", () =>
  Effect.gen(function* () {
    const path = join(yield* newFolder, "a.json")
    for (const [problem, content] of [
      ["newer", `{"version": 3, "name": 17}`],
      ["newer", `{"version": 1e9}`],
      ["invalid", `{"version": 1, "name": "x"}`],
      ["invalid", `{"version": "2", "name": "x"}`],
      ["invalid", `{"version": 2}`],
      ["invalid", `{"version": 2, "name": {}}`],
      ["invalid", `[]`],
      ["invalid", `null`],
      ["invalid", ""],
      ["invalid", `{"version": 2, "na`],
      ["invalid", Buffer.from([0x7b, 0xff, 0xfe, 0x00, 0x7d])],
      ["invalid", `{"version": 2, "name": "x", "deep": ${"[".repeat(100_000)}${"]".repeat(100_000)}}`]
    ] as const) {
      writeFileSync(path, content)
      const error = yield* Effect.flip(file.read(path))
      assert.strictEqual(error.problem, problem, String(content).slice(0, 40))
      assert.include(error.message, path)
      assert.deepStrictEqual(readFileSync(path), Buffer.from(content as string))
      assert.deepStrictEqual(readdirSync(dirname(path)), ["a.json"])
    }
  }).pipe(node)
)
