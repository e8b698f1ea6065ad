import { describe, expect } from "@effect/vitest"
import { Effect, Fiber } from "effect"
import fs, { readFileSync } from "node:fs"
import { join } from "node:path"
import { watchDisk } from "../../kit/disk.ts"
import { live } from "../../kit/live.ts"
import { serveOne } from "../../kit/served.ts"

const keyed = (key: string) => ({ "idempotency-key": key })
const know = (content: string) => ({ topic: "t", content })
const refusal = ({ body, status }: { readonly status: number; readonly body: { readonly [key: string]: unknown } }) => [
  status,
  body["error"]
]

describe("a POST with an Idempotency-Key", () => {
  live("is done once and answered alike, on every route that writes an entry", () =>
    Effect.gen(function* () {
      const { api, pact } = yield* serveOne
      const bodies = {
        "/knowledge": know("c"),
        "/messages": { content: "hello" },
        "/tasks": { title: "Test" },
        "/skills": { name: "echo", version: "1.0.0", format: "generic", content: "say it" }
      }
      for (const [path, body] of Object.entries(bodies)) {
        const before = pact.read.entries
        const send = api.call("POST", `/v1/pacts/work${path}`, body, keyed(`key of ${path}`))
        const first = yield* send
        expect(first.status, first.text).toBe(200)
        expect((yield* send).text).toBe(first.text)
        expect(pact.read.entries).toBe(before + 1)
        // Another one is another write.
        const other = yield* api.call("POST", `/v1/pacts/work${path}`, body, keyed(`other key of ${path}`))
        expect(JSON.parse(other.text).id).not.toBe(JSON.parse(first.text).id)
      }
    })
  )

  live("is one write when it comes many times at once, and all are answered alike", () =>
    Effect.gen(function* () {
      const { api, pact } = yield* serveOne
      const before = pact.read.entries
      const send = (key: string) => api.call("POST", "/v1/pacts/work/knowledge", know("same"), keyed(key))
      const answers = yield* Effect.forEach(
        Array.from({ length: 64 }, (_, i) => `key ${i % 4}`),
        (key) => Effect.map(send(key), ({ status, text }) => ({ key, status, text })),
        { concurrency: "unbounded" }
      )
      expect(answers.every(({ status }) => status === 200)).toBe(true)
      expect(pact.read.entries).toBe(before + 4)
      const texts = new Map(answers.map(({ key, text }) => [key, text]))
      expect(new Set(texts.values()).size).toBe(4)
      for (const { key, text } of answers) expect(text).toBe(texts.get(key))
    })
  )

  live("goes on when its client leaves, and the next one gets the answer", () =>
    Effect.gen(function* () {
      const disk = yield* watchDisk
      const { api, pact } = yield* serveOne
      const before = pact.read.entries
      const send = api.call("POST", "/v1/pacts/work/knowledge", know("c"), keyed("k"))
      const release = yield* disk.hold
      const gone = yield* Effect.forkChild(send, { startImmediately: true })
      yield* Effect.promise(() => disk.syncing())
      yield* Fiber.interrupt(gone)
      const next = yield* Effect.forkChild(send, { startImmediately: true })
      release()
      const answer = yield* Fiber.join(next)
      expect(answer.status, answer.text).toBe(200)
      expect(pact.read.entries).toBe(before + 1)
    })
  )

  live("is a conflict with another body, another path or another method of the same key", () =>
    Effect.gen(function* () {
      const { api, ask, pact } = yield* serveOne
      expect((yield* ask("POST", "/knowledge", know("c"), keyed("k"))).status).toBe(200)
      const before = pact.read.entries
      expect(refusal(yield* ask("POST", "/knowledge", know("d"), keyed("k")))).toEqual([409, "IDEMPOTENCY_CONFLICT"])
      expect(refusal(yield* ask("POST", "/messages", { content: "c" }, keyed("k")))).toEqual([
        409,
        "IDEMPOTENCY_CONFLICT"
      ])
      const elsewhere = yield* api.call("POST", "/v1/pacts", { name: "Other", confirm: true }, keyed("k"))
      expect(elsewhere.status).toBe(409)
      expect(pact.read.entries).toBe(before)
      // A PUT has no such key: it can be sent again as it is.
      expect((yield* ask("PUT", "/me", { display_name: "Ada" }, keyed("k"))).status).toBe(200)
    })
  )

  live("has a key of 1 to 128 printable characters, once", () =>
    Effect.gen(function* () {
      const { ask } = yield* serveOne
      for (const key of ["", "x".repeat(129), "caf\u00e9", "a\tb"]) {
        const answer = yield* ask("POST", "/knowledge", know("c"), keyed(key))
        expect(refusal(answer), key).toEqual([400, "BAD_REQUEST"])
        expect(answer.body["details"]).toEqual([
          { path: "header.idempotency-key", expected: "printable ASCII, 1 to 128 characters" }
        ])
      }
      for (const key of ["x", "x".repeat(128), "a b ~!"])
        expect((yield* ask("POST", "/knowledge", know("c"), keyed(key))).status, key).toBe(200)
    })
  )

  live("may wait for more than the first one did, and what was refused or failed before writing is tried again", () =>
    Effect.gen(function* () {
      const { must, ask, pact } = yield* serveOne
      const first = yield* must("POST", "/knowledge?wait=applied", know("c"), keyed("k"))
      const entries = pact.read.entries
      const second = yield* must("POST", "/knowledge?wait=confirmed", know("c"), keyed("k"))
      expect(second).toEqual({ ...first, confirmed: true })
      expect(pact.read.entries).toBe(entries)
      const bad = { name: "../x", version: "1.0.0", format: "generic", content: "x" }
      expect(refusal(yield* ask("POST", "/skills", bad, keyed("s")))).toEqual([400, "BAD_SKILL_NAME"])
      expect((yield* ask("POST", "/skills", { ...bad, name: "x" }, keyed("s"))).status).toBe(200)
    })
  )

  live("makes one pact, and switches once", () =>
    Effect.gen(function* () {
      const { api } = yield* serveOne
      const call = (path: string, body: object, key: string) => api.call("POST", path, body, keyed(key))
      const made = yield* call("/v1/pacts", { name: "Other", confirm: true }, "make")
      expect(made.status, made.text).toBe(200)
      const switched = yield* call("/v1/pacts/switch", { alias: "other", confirm: "other" }, "switch")
      yield* api.send("POST", "/v1/pacts/switch", { alias: "work", confirm: "work" })
      expect((yield* call("/v1/pacts", { name: "Other", confirm: true }, "make")).text).toBe(made.text)
      expect((yield* call("/v1/pacts/switch", { alias: "other", confirm: "other" }, "switch")).text).toBe(switched.text)
      const { current, pacts } = yield* api.get<{ current: string; pacts: ReadonlyArray<object> }>("/v1/pacts")
      expect([current, pacts.length]).toEqual(["work", 2])
    })
  )

  live("mints one invite, and changes a member once, whatever they look like by now", () =>
    Effect.gen(function* () {
      const { ask, must, pact } = yield* serveOne
      const mint = must("POST", "/invites", { confirm: true }, keyed("mint"))
      const first = yield* mint
      expect(yield* mint).toEqual(first)
      const { entries } = yield* must("GET", "/invites")
      expect((entries as ReadonlyArray<object>).length).toBe(1)
      // Without the answer, as after a crash: the secret that was kept first is the one that counts.
      expect(yield* must("POST", "/invites?wait=confirmed", { confirm: true }, keyed("mint"))).toMatchObject({
        token: first["token"],
        nonce: first["nonce"],
        id: first["id"]
      })
      const key = "cd".repeat(32)
      yield* must("POST", "/admin/members", { key }, keyed("add"))
      const remove = (wait: string) =>
        ask("POST", `/admin/remove?wait=${wait}`, { key, confirm: true }, keyed("remove"))
      const removed = yield* remove("applied")
      expect(removed.status).toBe(200)
      const before = pact.read.entries
      expect(yield* remove("applied")).toEqual(removed)
      expect((yield* remove("confirmed")).body["id"]).toBe(removed.body["id"])
      expect(pact.read.entries).toBe(before)
      expect(refusal(yield* ask("POST", "/admin/remove", { key, confirm: true }))).toEqual([404, "NOT_FOUND"])
    })
  )

  live("answers for the pact that its name stood for the first time", () =>
    Effect.gen(function* () {
      const { api, must } = yield* serveOne
      const first = yield* must("POST", "/knowledge", know("c"), keyed("k"))
      yield* api.send("POST", "/v1/pacts", { name: "Other", confirm: true })
      yield* api.send("POST", "/v1/pacts/switch", { alias: "other", confirm: "other" })
      expect(yield* must("POST", "/knowledge", know("c"), keyed("k"))).toEqual(first)
    })
  )

  live("leaves nothing of a pact that was removed", () =>
    Effect.gen(function* () {
      const { api, home } = yield* serveOne
      const secret = "a-word-that-stands-nowhere-else"
      yield* api.send("POST", "/v1/pacts", { name: "Other", confirm: true })
      yield* api.call("POST", "/v1/pacts/other/knowledge", know(secret), keyed("k"))
      const files = ["requests.db", "requests.db-wal"].map((name) => join(home, name))
      expect(files.some((file) => readFileSync(file).includes(secret))).toBe(true)
      yield* api.send("DELETE", "/v1/pacts/other", { confirm: "other" })
      expect(files.some((file) => readFileSync(file).includes(secret))).toBe(false)
      expect((yield* api.call("POST", "/v1/pacts/other/knowledge", know(secret), keyed("k"))).status).toBe(404)
    })
  )

  live("costs nothing where no client sends one", () =>
    Effect.gen(function* () {
      const disk = yield* watchDisk
      const { home, must } = yield* serveOne
      const before = disk.syncs()
      for (let n = 0; n < 5; n++) yield* must("POST", "/knowledge", know(String(n)))
      expect(fs.existsSync(join(home, "requests.db"))).toBe(false)
      const without = disk.syncs() - before
      for (let n = 0; n < 5; n++) yield* must("POST", "/knowledge", know(String(n)), keyed(String(n)))
      // One more for each frame that holds keyed writes.
      expect(disk.syncs() - before - without).toBe(without + 5)
    })
  )

  live("is refused and not written when its key can't be put on disk, and goes through when that is well again", () =>
    Effect.gen(function* () {
      const { home, ask, pact } = yield* serveOne
      expect((yield* ask("POST", "/knowledge", know("0"), keyed("0"))).status).toBe(200)
      const before = pact.read.entries
      const { fdatasync } = fs
      const broken = (code: string) => (_: number, done: (error: NodeJS.ErrnoException) => void) =>
        done(Object.assign(new Error(`${code}: the test's disk`), { code }))
      for (const [code, expected] of [
        ["ENOSPC", [507, "STORAGE_FULL"]],
        ["EIO", [500, "INTERNAL"]]
      ] as const) {
        fs.fdatasync = Object.assign(broken(code), { __promisify__: fdatasync.__promisify__ })
        const answer = yield* ask("POST", "/knowledge", know(code), keyed(code)).pipe(
          Effect.ensuring(Effect.sync(() => void (fs.fdatasync = fdatasync)))
        )
        expect(refusal(answer)).toEqual(expected)
        expect(pact.read.entries).toBe(before + (code === "EIO" ? 1 : 0))
        expect((yield* ask("POST", "/knowledge", know(code), keyed(code))).status).toBe(200)
      }
      expect(pact.read.entries).toBe(before + 2)
      expect(fs.existsSync(join(home, "requests.db.damaged"))).toBe(false)
    })
  )
})
