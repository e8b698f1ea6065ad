import { assert, it } from "@effect/vitest"
import { Cause, Effect, Layer, Metric } from "effect"
import { TestConsole } from "effect/testing"
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmdirSync,
  rmSync,
  statSync,
  writeFileSync
} from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { LogFile } from "../../../src/daemon/log-file.ts"
import { loggingLayer, type LoggingOptions } from "../../../src/daemon/logging.ts"

/** A place for logs that goes with the scope. The folder of the file does not exist yet. */
const newFile = Effect.map(
  Effect.acquireRelease(
    Effect.sync(() => mkdtempSync(join(tmpdir(), "openpact-log-"))),
    (folder) => Effect.sync(() => rmSync(folder, { recursive: true, force: true }))
  ),
  (folder) => join(folder, "logs", "daemon.log")
)

interface Line {
  readonly message: string
  readonly level: string
  readonly timestamp: string
  readonly annotations: Readonly<Record<string, unknown>>
  readonly cause?: string
}
const linesOf = (file: string): ReadonlyArray<Line> =>
  readFileSync(file, "utf8")
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line))

/** Runs with the logging of a daemon, and ends it: everything is on the disk after this. */
const logged = <A, E>(file: string, use: Effect.Effect<A, E>, options: Partial<LoggingOptions> = {}) =>
  use.pipe(
    Effect.provide(
      Layer.fresh(
        loggingLayer({ file, level: "info", terminal: false, color: false, maxBytes: 1e6, keep: 3, ...options })
      )
    ),
    Effect.scoped
  )

it.effect("each line is JSON with all that was said, private, and there when the scope closes", () =>
  Effect.gen(function* () {
    const file = yield* newFile
    yield* logged(
      file,
      Effect.gen(function* () {
        yield* Effect.logInfo("first\nline").pipe(Effect.annotateLogs({ pact: "oak" }))
        yield* Effect.logError("second", Cause.fail(new Error("why")))
      })
    )
    const [first, second, ...more] = linesOf(file)
    assert.deepStrictEqual(more, [])
    assert.deepInclude(first, { message: "first\nline", level: "INFO", annotations: { pact: "oak" } })
    assert.strictEqual(first!.timestamp.length, 24)
    assert.include(second!.cause, "Error: why")
    assert.strictEqual(statSync(file).mode & 0o777, 0o600)
    assert.strictEqual(statSync(join(file, "..")).mode & 0o777, 0o700)
    yield* logged(file, Effect.logInfo("third"))
    assert.strictEqual(linesOf(file).length, 3)
  })
)

it.effect("the level rules the terminal, and the file where it asks for more than info", () =>
  Effect.gen(function* () {
    const all = Effect.all([
      Effect.logTrace("t"),
      Effect.logDebug("d"),
      Effect.logInfo("i"),
      Effect.logWarning("w"),
      Effect.logError("e")
    ])
    const seen: Record<string, string> = {}
    for (const level of ["trace", "debug", "info", "warn", "error", "none"] as const) {
      const file = yield* newFile
      const before = (yield* TestConsole.errorLines).length
      yield* logged(file, all, { level, terminal: true })
      const terminal = (yield* TestConsole.errorLines).slice(before).map((line) => String(line).at(-1))
      seen[level] = `${linesOf(file)
        .map(({ message }) => message)
        .join("")} ${terminal.join("")}`
    }
    assert.deepStrictEqual(seen, {
      trace: "tdiwe tdiwe",
      debug: "diwe diwe",
      info: "iwe iwe",
      warn: "iwe we",
      error: "iwe e",
      none: "iwe "
    })
    assert.deepStrictEqual(yield* TestConsole.logLines, [])
  })
)

it.effect("the terminal shows text, and nothing that steers it", () =>
  Effect.gen(function* () {
    const file = yield* newFile
    yield* logged(
      file,
      Effect.logWarning("hello \u001b[2J\u0007there", Cause.fail(new Error("why"))).pipe(
        Effect.annotateLogs({ pact: "oak", n: 2 })
      ),
      { terminal: true }
    )
    yield* logged(file, Effect.logWarning("in color"), { terminal: true, color: true })
    const [plain, color] = (yield* TestConsole.errorLines).map(String)
    assert.match(plain!, /^\d\d:\d\d:\d\d\.\d{3} WARN {2}hello \[2Jthere pact=oak n=2\nError: why/)
    assert.notInclude(plain, "\u001b")
    assert.include(color, "\u001b[33mWARN \u001b[0m in color")
  })
)

/** Says a text in every way there is. */
const said = (text: string) =>
  Effect.gen(function* () {
    yield* Effect.logInfo(`saw ${text}`)
    yield* Effect.logInfo("one", { headers: { authorization: `Bearer ${text}` } }, [text])
    yield* Effect.logInfo("two").pipe(Effect.annotateLogs({ token: text, request: { url: `/join?invite=${text}` } }))
    yield* Effect.logError("three", Cause.fail(new Error(`no ${text}`, { cause: new Error(text) })))
    yield* Effect.logError("four", Cause.die({ apiToken: text, bytes: Buffer.from(text) }))
    yield* Effect.logInfo("five").pipe(Effect.withLogSpan(text))
    // Where a long line is cut, no half of a secret is left that no rule knows any more.
    yield* Effect.logInfo("x".repeat(8140) + text + "y".repeat(20_000))
  })

it.effect("planted secrets reach neither file nor terminal", () =>
  Effect.gen(function* () {
    const file = yield* newFile
    const token = "0f1e2d3c".repeat(8)
    const invite = Buffer.from(JSON.stringify({ v: 1, nonce: "cd".repeat(24) })).toString("base64url")
    yield* logged(file, Effect.andThen(said(token), said(invite)), { terminal: true })
    const text = readFileSync(file, "utf8") + (yield* TestConsole.errorLines).join("\n")
    assert.strictEqual(linesOf(file).length, 14)
    for (const secret of [token, invite]) {
      for (let at = 0; at + 16 <= secret.length; at++) assert.notInclude(text, secret.slice(at, at + 16))
    }
    for (const word of ["one", "two", "three", "four", "five"]) assert.include(text, word)
  })
)

it.effect("a file that is full is followed by another, and only so many are kept", () =>
  Effect.gen(function* () {
    const file = yield* newFile
    yield* logged(
      file,
      Effect.forEach(
        Array.from({ length: 100 }, (_, i) => i),
        (i) => Effect.logInfo(`line ${i}`)
      ),
      { maxBytes: 1000, keep: 3 }
    )
    const names = ["daemon.log", "daemon.log.1", "daemon.log.2", "daemon.log.3"]
    assert.deepStrictEqual(readdirSync(join(file, "..")).sort(), names)
    const kept = names.toReversed().flatMap((name) => linesOf(join(file, "..", name)).map(({ message }) => message))
    assert.deepStrictEqual(
      kept,
      Array.from({ length: kept.length }, (_, i) => `line ${100 - kept.length + i}`)
    )
    for (const name of names) {
      const { mode, size } = statSync(join(file, "..", name))
      assert.isAtMost(size, 1000)
      assert.strictEqual(mode & 0o777, 0o600)
    }
  })
)

it.effect("what is too long is cut, and what can't be formatted is said to be so", () =>
  Effect.gen(function* () {
    const file = yield* newFile
    const hostile = {
      toJSON() {
        throw new Error("no")
      }
    }
    const cycle: { self?: unknown } = {}
    cycle.self = cycle
    yield* logged(
      file,
      Effect.gen(function* () {
        yield* Effect.logInfo("x".repeat(1e6))
        yield* Effect.logInfo("odd", hostile, cycle, 1n, Symbol("s"), () => 1)
        yield* Effect.logError("cause", Cause.fail(Object.assign(new Error("outer"), { cause: "a text" })))
        yield* Effect.logInfo("after")
      })
    )
    const lines = linesOf(file)
    assert.strictEqual(lines.length, 4)
    assert.isBelow(lines[0]!.message.length, 10_000)
    assert.strictEqual(lines[3]!.message, "after")
  })
)

it.effect("lines that can't be written are counted and never felt, and the file says how many are missing", () =>
  Effect.gen(function* () {
    const file = yield* newFile
    const lost = Effect.map(
      Metric.snapshot,
      (metrics) => metrics.find(({ id }) => id === "openpact_log_lines_lost_total")?.state
    )
    assert.isUndefined(yield* lost)
    yield* logged(
      file,
      Effect.gen(function* () {
        // A folder in its place stands for a disk that takes nothing.
        mkdirSync(file, { recursive: true })
        yield* Effect.logInfo("a")
        yield* Effect.logInfo("b")
        rmdirSync(file)
        yield* Effect.logInfo("c")
      })
    )
    assert.deepStrictEqual(
      linesOf(file).map(({ message }) => message),
      ["2 lines are missing here: they could not be written", "c"]
    )
    assert.deepInclude(yield* lost, { count: 2 })
  })
)

it("a line that was torn by a full disk or a kill spoils no other", () => {
  const folder = mkdtempSync(join(tmpdir(), "openpact-log-"))
  const path = join(folder, "a.log")
  writeFileSync(path, `{"n":1}\n{"n":`)
  const log = new LogFile(path, { maxBytes: 1000, keep: 1 }, (n) => `{"missing":${n}}`)
  assert.isTrue(log.write(`{"n":3}`))
  log.close()
  assert.strictEqual(readFileSync(path, "utf8"), `{"n":1}\n{"n":\n{"n":3}\n`)
  assert.isTrue(log.write(`{"n":4}`))
  log.close()
  log.close()
  assert.isTrue(readFileSync(path, "utf8").endsWith(`{"n":3}\n{"n":4}\n`))
  rmSync(folder, { recursive: true })
})

it.skipIf(!existsSync("/dev/full"))("a device that is always full loses lines and nothing else", () => {
  const log = new LogFile("/dev/full", { maxBytes: 1000, keep: 1 }, (n) => `${n}`)
  assert.isFalse(log.write("a"))
  assert.isFalse(log.write("b"))
  log.close()
})
