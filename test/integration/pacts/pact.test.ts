import { describe, expect, it } from "@effect/vitest"
import { Effect, Fiber, Option } from "effect"
import { encodeText } from "../../../src/engine/bytes.ts"
import { skillChecksumOf } from "../../../src/engine/crypto.ts"
import { Projection } from "../../../src/projection/Projection.ts"
import { openHome } from "../../kit/home.ts"
import { tempDir } from "../../kit/temp.ts"

const knowledge = (content: string, more: object = {}) =>
  ({ type: "knowledge", payload: { topic: "t", content, ...more } }) as const

const onePact = Effect.gen(function* () {
  const dir = yield* tempDir()
  const home = yield* openHome(dir)
  yield* home.pacts.create({ name: "Obsidian Accord", purpose: "Test", display_name: "Ada" })
  return { dir, ...home, pact: yield* home.pacts.find("default") }
})
const contentOf = (json: string) => (JSON.parse(json) as { payload: { content: string } }).payload.content

describe("a pact", () => {
  it.live("keeps what is written over a restart", () =>
    Effect.gen(function* () {
      const { close, dir, pact } = yield* onePact
      const written = yield* pact.write(knowledge("hello"), { wait: "confirmed" })
      expect(written).toMatchObject({ position: 1, confirmed: true })
      expect(pact.read.pact()).toMatchObject({ name: "Obsidian Accord", purpose: "Test" })
      yield* close

      const again = yield* Effect.flatMap(openHome(dir), ({ opened }) => opened("obsidian-accord"))
      expect(again.read.entry(written.id)).toMatchObject({ accepted: true, confirmed: true })
      expect((yield* again.write(knowledge("more"))).position).toBe(2)
    })
  )

  for (const writers of [1, 2, 32, 500]) {
    it.live(`${writers} writers at once get their own ids and read their own writes`, () =>
      Effect.gen(function* () {
        const { pact } = yield* onePact
        const before = pact.read.entries
        const answers = yield* Effect.forEach(
          Array.from({ length: writers }, (_, i) => `w${i}`),
          Effect.fnUntraced(function* (content) {
            const written = yield* pact.write(knowledge(content))
            expect(contentOf(written.json)).toBe(content)
            const found = pact.read.entry(written.id)
            expect(found?.accepted === true && contentOf(`${found.body}}`)).toBe(content)
            return written
          }),
          { concurrency: "unbounded" }
        )
        expect(new Set(answers.map(({ id }) => id)).size).toBe(writers)
        expect(answers.map(({ position }) => position).sort((a, b) => a - b)).toEqual(answers.map((_, i) => before + i))
        // Many writers share frames: that is what group commit is for.
        if (writers === 500) expect(pact.read.length).toBeLessThan(writers / 10)
      })
    )
  }

  it.live("a refused write answers its own code, and its neighbours don't notice", () =>
    Effect.gen(function* () {
      const { pact } = yield* onePact
      const skill = (checksum: string) =>
        ({
          type: "skill",
          payload: { name: "s", version: "1.0.0", format: "generic", content: "x", checksum }
        }) as const
      const exits = yield* Effect.forEach(
        Array.from({ length: 40 }, (_, i) => skill(i % 2 === 0 ? skillChecksumOf("x") : skillChecksumOf("y"))),
        (draft) => Effect.result(pact.write(draft)),
        { concurrency: "unbounded" }
      )
      expect(exits.map((exit) => (exit._tag === "Success" ? "accepted" : exit.failure._tag))).toEqual(
        Array.from({ length: 40 }, (_, i) => (i % 2 === 0 ? "accepted" : "SKILL_CHECKSUM_MISMATCH"))
      )
      expect(pact.read.counts().skill).toBe(20)
    })
  )

  it.live("what has no shape is refused before it is appended", () =>
    Effect.gen(function* () {
      const { pact } = yield* onePact
      const length = pact.read.length
      const deep = JSON.parse("[".repeat(40) + "]".repeat(40)) as unknown
      expect((yield* Effect.flip(pact.write(knowledge("x", { deep }))))._tag).toBe("BAD_ENTRY")
      expect((yield* Effect.flip(pact.write(knowledge("x".repeat(70_000)))))._tag).toBe("PAYLOAD_TOO_LARGE")
      expect((yield* Effect.flip(pact.write({ ...knowledge("x"), refs: ["../up"] })))._tag).toBe("BAD_ENTRY")
      expect(pact.read.length).toBe(length)
    })
  )

  it.live("a new display name is on what is written from then on", () =>
    Effect.gen(function* () {
      const { close, dir, pact } = yield* onePact
      const first = yield* pact.write(knowledge("a"))
      yield* pact.rename("Grace")
      const second = yield* pact.write(knowledge("b"))
      expect([first, second].map(({ json }) => (JSON.parse(json) as { display_name: string }).display_name)).toEqual([
        "Ada",
        "Grace"
      ])
      yield* close
      const again = yield* Effect.flatMap(openHome(dir), ({ opened }) => opened("default"))
      expect((yield* again.config).display_name).toBe("Grace")
    })
  )

  it.live("a reader that waits is woken by the write it waits for", () =>
    Effect.gen(function* () {
      const { pact } = yield* onePact
      const { cursor } = pact.read.changes({ from: "head" })
      const waiting = yield* Effect.forkChild(
        pact.until(() => {
          const changes = pact.read.changes({ since: cursor })
          return changes.rows.length > 1 ? changes : null
        })
      )
      for (const content of ["one", "two"]) yield* pact.write(knowledge(content))
      const { rows } = yield* Fiber.join(waiting)
      expect(rows.map(({ body }) => contentOf(`${body}}`))).toEqual(["one", "two"])
    }).pipe(Effect.timeout("10 seconds"))
  )

  it.live("the read model that followed equals one made from scratch", () =>
    Effect.gen(function* () {
      const { close, dir, pact } = yield* onePact
      yield* Effect.forEach(
        Array.from({ length: 300 }, (_, i) => i),
        (i) => pact.write(knowledge(`n${i}`, { i })),
        { concurrency: 20 }
      )
      const walk = (read: Projection) => read.log({}, { limit: 1000 }).rows.map(({ body }) => body)
      const followed = walk(pact.read)
      yield* close
      const index = `${dir}/pacts/obsidian-accord/index.db`
      const { rmSync } = yield* Effect.promise(() => import("node:fs"))
      for (const end of ["", "-wal", "-shm"]) rmSync(index + end, { force: true })
      const again = yield* Effect.flatMap(openHome(dir), ({ opened }) => opened("default"))
      expect(walk(again.read)).toEqual(followed)
      expect(again.read.counts()).toMatchObject({ knowledge: 300, admin: 1 })
    })
  )

  it.live("closing under load commits what was taken in and refuses the rest: every answer is true", () =>
    Effect.gen(function* () {
      const { close, dir, pact } = yield* onePact
      const writing = yield* Effect.forkChild(
        Effect.forEach(
          Array.from({ length: 400 }, (_, i) => i),
          (i) => Effect.option(pact.write(knowledge(`n${i}`))),
          { concurrency: 50 }
        )
      )
      yield* pact.write(knowledge("first"))
      yield* close
      const answered = (yield* Fiber.join(writing)).flatMap((answer) =>
        Option.isSome(answer) ? [answer.value.id] : []
      )
      const again = yield* Effect.flatMap(openHome(dir), ({ opened }) => opened("default"))
      expect(answered.filter((id) => again.read.entry(id)?.accepted !== true)).toEqual([])
      expect(answered.length).toBeLessThan(400)
    })
  )

  it.live("is encrypted on disk: nothing that was written can be found in its data", () =>
    Effect.gen(function* () {
      const { close, dir, pact } = yield* onePact
      const secret = "xylophone-marmalade-4711"
      yield* pact.write(knowledge(secret))
      yield* close
      const { readdirSync, readFileSync, statSync } = yield* Effect.promise(() => import("node:fs"))
      const data = `${dir}/pacts/obsidian-accord/data`
      const files = readdirSync(data, { recursive: true, encoding: "utf8" }).map((name) => `${data}/${name}`)
      const holding = files.filter((file) => statSync(file).isFile() && readFileSync(file).includes(encodeText(secret)))
      expect(holding).toEqual([])
      expect(files.length).toBeGreaterThan(3)
    })
  )
})
