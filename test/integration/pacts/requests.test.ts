import { describe, expect, it } from "@effect/vitest"
import { Context, Duration, Effect, Exit, Layer, Scope } from "effect"
import { TestClock } from "effect/testing"
import { existsSync, readdirSync, statSync, writeFileSync } from "node:fs"
import { DatabaseSync } from "node:sqlite"
import { join } from "node:path"
import { StorageFull } from "../../../src/domain/errors.ts"
import { Locations } from "../../../src/home/locations.ts"
import { CurrentAttempt } from "../../../src/pacts/attempt.ts"
import { Requests } from "../../../src/pacts/Requests.ts"
import { RequestStore } from "../../../src/pacts/request-store.ts"
import { tempDir } from "../../kit/temp.ts"

/** The service on a home, until it is closed. */
const openRequests = Effect.fnUntraced(function* (home: string) {
  const scope = yield* Scope.fork(yield* Effect.scope)
  const layer = Requests.layer.pipe(Layer.provide(Locations.layer(home)))
  const { forget, once } = Context.get(yield* Layer.buildWithScope(layer, scope), Requests)
  let runs = 0
  const ask = (key: string, { print = "print", query = "{}", note = false } = {}) =>
    once(
      { key, print, query },
      Effect.gen(function* () {
        const attempt = yield* CurrentAttempt
        if (note) yield* attempt!.note(mark)
        return { type: "text/plain", body: `run ${++runs}${attempt?.earlier ? " after another" : ""}` }
      })
    ).pipe(Effect.map(({ body }) => Buffer.from(body).toString()))
  return { ask, once, forget, close: Scope.close(scope, Exit.void) }
})
const mark = { pactId: "ab".repeat(32), entry: { length: 7, frame: new Uint8Array(32), place: 3 } }
const body = (text: string) => ({ type: "text/plain", body: text })

describe("keyed requests", () => {
  it.effect("are kept for 24 hours, also over a restart, and forgotten then", () =>
    Effect.gen(function* () {
      const home = yield* tempDir()
      const first = yield* openRequests(home)
      expect(yield* first.ask("a")).toBe("run 1")
      yield* TestClock.adjust("12 hours")
      expect(yield* first.ask("b")).toBe("run 2")
      yield* first.close
      const { ask } = yield* openRequests(home)
      yield* TestClock.adjust(Duration.millis(12 * 3_600_000 - 1))
      expect(yield* ask("a")).toBe("run 1")
      expect((yield* Effect.flip(ask("a", { print: "other" })))._tag).toBe("IDEMPOTENCY_CONFLICT")
      yield* TestClock.adjust("1 millis")
      // A new request may have the key by now, whatever it asks for.
      expect(yield* ask("a", { print: "other" })).toBe("run 1")
      expect(yield* ask("b")).toBe("run 2")
      expect(yield* ask("b")).toBe("run 2")
    })
  )

  it.effect("are counted from the first try, and a clock that is set back far lets go of them", () =>
    Effect.gen(function* () {
      const home = yield* tempDir()
      const { ask } = yield* openRequests(home)
      yield* TestClock.setTime(100 * 86_400_000)
      expect(yield* ask("a")).toBe("run 1")
      yield* TestClock.setTime(100 * 86_400_000 - 3_600_000)
      expect(yield* ask("a")).toBe("run 1")
      yield* TestClock.setTime(1)
      expect(yield* ask("a")).toBe("run 2")
    })
  )

  it.effect("whose answer was lost are told what was noted, on disk", () =>
    Effect.gen(function* () {
      const home = yield* tempDir()
      const first = yield* openRequests(home)
      const lost = first.once(
        { key: "a", print: "print", query: "{}" },
        Effect.gen(function* () {
          const attempt = (yield* CurrentAttempt)!
          expect(attempt.earlier).toBeNull()
          yield* attempt.note(mark)
          yield* attempt.settled
          return yield* new StorageFull({ message: "The answer never came." })
        })
      )
      expect((yield* Effect.flip(lost))._tag).toBe("STORAGE_FULL")
      yield* first.close
      const { ask } = yield* openRequests(home)
      expect((yield* Effect.flip(ask("a", { print: "other" })))._tag).toBe("IDEMPOTENCY_CONFLICT")
      expect(yield* ask("a")).toBe("run 1 after another")
      expect(yield* ask("a")).toBe("run 1 after another")
      // What waits for more is looked up again, and the first answer stays.
      expect(yield* ask("a", { query: "more" })).toBe("run 2 after another")
      expect(yield* ask("a")).toBe("run 1 after another")
    })
  )

  it.effect("of a removed pact are gone", () =>
    Effect.gen(function* () {
      const { ask, forget } = yield* openRequests(yield* tempDir())
      yield* ask("a", { note: true })
      yield* ask("b")
      yield* forget(mark.pactId)
      expect(yield* ask("a")).toBe("run 3")
      expect(yield* ask("b")).toBe("run 2")
    })
  )

  it.effect("stand in a file that is set aside when it is no good", () =>
    Effect.gen(function* () {
      const home = yield* tempDir()
      const file = join(home, "requests.db")
      const spoil = [
        () => writeFileSync(file, "no database at all, but longer than nothing"),
        () => {
          const db = new DatabaseSync(file)
          db.exec("pragma user_version = 2")
          db.close()
        }
      ]
      for (const [n, how] of spoil.entries()) {
        how()
        const { ask, close } = yield* openRequests(home)
        expect(yield* ask("a")).toBe("run 1")
        expect(readdirSync(home).filter((name) => /damaged(-\d+)?$/.test(name)).length).toBe(n + 1)
        yield* close
      }
      const { ask } = yield* openRequests(home)
      expect(yield* ask("a")).toBe("run 1")
    })
  )

  it.effect("take no more room than they may, and give it back", () =>
    Effect.gen(function* () {
      const home = yield* tempDir()
      const file = join(home, "requests.db")
      const { store } = RequestStore.open(file, 64)
      const fill = (now: number) => {
        let kept = 0
        try {
          for (; kept < 1000; kept++) store.keep(`${now} ${kept}`, "print", now, "{}", body("x".repeat(1000)))
        } catch (error) {
          expect(error).toBeInstanceOf(StorageFull)
        }
        return kept
      }
      const kept = fill(1)
      expect(kept).toBeGreaterThan(100)
      expect(kept).toBeLessThan(300)
      expect(store.find("1 0", 2)?.answer?.body.length).toBe(1000)
      // A day later there is room for as many again.
      expect(fill(86_400_001)).toBeGreaterThan(kept - 20)
      store.close()
      expect(statSync(file).size).toBeLessThanOrEqual(64 * 4096)
      expect(existsSync(`${file}-wal`)).toBe(false)
    })
  )

  it.effect("let go of the oldest answers before a key is refused, and are found by their marks then", () =>
    Effect.gen(function* () {
      const home = yield* tempDir()
      const file = join(home, "requests.db")
      const open = () => RequestStore.open(file, 256).store
      const write = (store: RequestStore, n: number, text = "x".repeat(1000)) => {
        store.note(`key ${n}`, "print", n, mark)
        store.keep(`key ${n}`, "print", n, "{}", body(text))
      }
      let store = open()
      store.keep("unmarked", "print", 0, "{}", body("the only one"))
      // Bodies alone would take four times the room.
      for (let n = 1; n <= 1000; n++) write(store, n)
      expect(store.find("key 1", 1000)).toEqual({ print: "print", mark, answer: null })
      expect(store.find("key 1000", 1000)?.answer?.body.length).toBe(1000)
      // What has no mark can't be made anew.
      expect(Buffer.from(store.find("unmarked", 1000)!.answer!.body).toString()).toBe("the only one")
      write(store, 1001, "x".repeat(16 * 1024 + 1))
      expect(store.find("key 1001", 1001)).toEqual({ print: "print", mark, answer: null })
      store.close()
      expect(statSync(file).size).toBeLessThanOrEqual(200 * 4096)
      store = open()
      expect(store.find("key 500", 1001)?.mark).toEqual(mark)
      store.close()

      const { ask } = yield* openRequests(home)
      yield* TestClock.setTime(1001)
      expect(yield* ask("key 1")).toBe("run 1 after another")
      expect(yield* ask("key 1")).toBe("run 1 after another")
      expect((yield* Effect.flip(ask("key 2", { print: "other" })))._tag).toBe("IDEMPOTENCY_CONFLICT")
    })
  )
})
