import { join } from "node:path"
import { expect, it } from "vitest"
import { BadRequest, StorageFull } from "../../../src/domain/errors.ts"
import { follow } from "../../../src/projection/follow.ts"
import { openDatabase } from "../../../src/projection/open.ts"
import { Projector } from "../../../src/projection/projector.ts"
import { randomFrom } from "../../kit/random.ts"
import { ada, Blocks, bob, openProjection, sent, taskFact, tempDir } from "./kit.ts"

const open = async (blocks: Blocks) => {
  const projection = openProjection(join(tempDir(), "index.db"), blocks.pactId)
  await projection.follow(blocks.snapshot())
  const found = (q: string, more: object = {}) =>
    sent({ rows: projection.search({ q, ...more }).hits }).map((entry) => entry.id)
  const snippet = (q: string) => projection.search({ q }).hits[0]?.snippet
  return { projection, found, snippet }
}

it("finds all that came in since the last search, whatever was taken back or closed meanwhile", async () => {
  const blocks = new Blocks()
  const file = join(tempDir(), "index.db")
  const projection = openProjection(file, blocks.pactId)
  const found = (q: string, from = projection) => sent({ rows: from.search({ q }).hits }).map(({ id }) => id)
  const first = blocks.know(ada, "t", "amber one")
  const second = blocks.know(ada, "t", "amber two")
  await projection.follow(blocks.snapshot())
  expect(found("amber")).toEqual([second, first])

  // One that a search has seen and one that none has go back, and others come.
  const unseen = blocks.know(ada, "t", "amber six")
  await projection.follow(blocks.snapshot())
  blocks.truncate(1)
  const third = blocks.know(bob, "t", "amber ten")
  await projection.follow(blocks.snapshot())
  expect(found("amber")).toEqual([third, first])
  expect(found("two")).toEqual([])
  expect(unseen).not.toBe(third)

  const fourth = blocks.know(bob, "u", "amber odd")
  await projection.follow(blocks.snapshot())
  projection.close()
  const again = openProjection(file, blocks.pactId)
  expect(again.opened).toEqual({ state: "kept" })
  expect(found("amber", again)).toEqual([fourth, third, first])
  expect(sent({ rows: again.search({ q: "amber", topic: "u" }).hits }).map(({ id }) => id)).toEqual([fourth])

  // More than wait at once.
  const many = Array.from({ length: 700 }, (_, i) => blocks.know(ada, "t", `basalt${i}`))
  await again.follow(blocks.snapshot())
  for (const i of [0, 255, 256, 511, 512, 699]) expect(found(`basalt${i}`, again)).toEqual([many[i]])
})

it("takes in nothing on a full disk, and all of it when there is room", async () => {
  const blocks = new Blocks()
  const file = join(tempDir(), "index.db")
  const { db } = openDatabase(file, { pactId: blocks.pactId })
  const projector = new Projector(db)
  const pages = (count: number) => db.get(`pragma max_page_count = ${count}`)
  blocks.know(ada, "t", Array.from({ length: 4000 }, (_, i) => `word${i}`).join(" "))
  await follow(db, projector, blocks.snapshot(), {})
  pages(1)
  expect(() => projector.index()).toThrow(StorageFull)
  expect(() => projector.index()).toThrow(StorageFull)
  pages(100_000)
  projector.index()
  expect(db.all("select rowid from words where words match 'word77'")).toHaveLength(1)
  db.close()
})

it("finds entries of every kind by all their words, in any form, order and case", async () => {
  const blocks = new Blocks()
  const sales = blocks.know(ada, "sales", "Tuesdays convert better", { displayName: "Ada" })
  const source = blocks.add(bob, "knowledge", {
    topic: "ops",
    content: "restart the cache",
    source: "https://wiki.example/runbook"
  })
  const task = blocks.add(
    ada,
    "task",
    { status: "open", title: "Deploy the gateway", description: "before Friday" },
    {
      facts: (id) => [taskFact(id)]
    }
  )
  const done = blocks.add(
    bob,
    "task",
    { status: "complete", result: { url: "https://gateway.example", note: "rolled out" } },
    {
      refs: [task],
      facts: () => [taskFact(task, { status: "complete" })]
    }
  )
  const skill = blocks.add(bob, "skill", {
    name: "email-sender",
    version: "1.0.0",
    description: "Sends mails",
    format: "generic",
    content: "use SMTP politely",
    checksum: ""
  })
  const said = blocks.say(ada, "Has anybody deployed already?")
  blocks.add(ada, "admin", { action: "setInfo", name: "gateway" })
  const { found } = await open(blocks)
  expect(found("tuesday")).toEqual([sales])
  expect(found("BETTER tuesdays")).toEqual([sales])
  expect(found("sales converting")).toEqual([sales])
  expect(found("tuesday gateway")).toEqual([])
  expect(found("runbook")).toEqual([source])
  expect(found("deploy").toSorted()).toEqual([task, said].toSorted())
  expect(found("gateway").toSorted()).toEqual([task, done].toSorted())
  expect(found("smtp")).toEqual([skill])
  expect(found("email sender")).toEqual([skill])
  expect(found("deploy", { type: "message" })).toEqual([said])
  expect(found("gateway", { type: "admin" })).toEqual([])
  expect(found("cache", { topic: "ops" })).toEqual([source])
  expect(found("cache", { topic: "sales" })).toEqual([])
  expect(found("cache", { topic: "none" })).toEqual([])
})

const hostile = [
  '"',
  '""',
  '"tuesday',
  "tuesday*",
  "*",
  "tues*",
  "NEAR(tuesday better)",
  "NEAR/2",
  "tuesday AND",
  "AND",
  "OR",
  "NOT tuesday",
  "tuesday NOT better",
  "text:tuesday",
  "words:tuesday",
  "{text}: tuesday",
  "-tuesday",
  "^tuesday",
  "tuesday^",
  "(tuesday",
  "tuesday)",
  "((((",
  "tuesday + better",
  "'; drop table words; --",
  "tuesday\u0000better",
  "\ue0000",
  "\ue0010",
  "\ue001",
  "rank",
  "tuesday;",
  "\\",
  "%",
  "_",
  "\ud800",
  "tues\ud800day",
  "a\u0300",
  "$1",
  "?1",
  ":x",
  "@x",
  "tuesday\n\n\tbetter",
  "🦀",
  "e\u0301",
  "İ",
  "ſ",
  "ﬁ",
  "\u200btuesday",
  "٣",
  "x".repeat(500),
  "日本",
  "日本go",
  "ก",
  "한국"
]

it.each(hostile)("takes %j as plain words", async (q) => {
  const blocks = new Blocks()
  const id = blocks.know(ada, "t", "Tuesdays convert better")
  const { found } = await open(blocks)
  if (/[\p{L}\p{N}]/u.test(q)) {
    const words = q.toLowerCase().match(/[\p{L}\p{N}\p{M}]+/gu)!
    const known = words.every((word) => ["tuesday", "better"].includes(word))
    expect(found(q)).toEqual(known ? [id] : [])
  } else {
    expect(() => found(q)).toThrow(BadRequest)
  }
})

it("says what is wrong with a search for nothing or for too much", async () => {
  const { found } = await open(new Blocks())
  for (const q of ["", "   ", "!?", "\u0301"]) expect(() => found(q)).toThrow("Search needs a word")
  expect(() => found(Array.from({ length: 33 }, (_, i) => `w${i}`).join(" "))).toThrow("at most 32")
  expect(found(Array.from({ length: 400 }, () => "same").join(" "))).toEqual([])
})

it("knows letters with and without accents, and scripts without spaces", async () => {
  const blocks = new Blocks()
  const cafe = blocks.know(ada, "t", "Un cafe\u0301 s'il vous plaît")
  const tokyo = blocks.know(ada, "t", "東京都に住んでいます")
  const seoul = blocks.know(ada, "t", "서울에서 만나요")
  const thai = blocks.know(ada, "t", "สวัสดีครับ")
  const russian = blocks.know(ada, "t", "Привет, МИР")
  const { found, snippet } = await open(blocks)
  for (const q of ["café", "CAFE", "plait", "plaît"]) expect(found(q), q).toEqual([cafe])
  for (const q of ["東京", "京都", "住んで", "東"]) expect(found(q), q).toEqual([tokyo])
  expect(found("京東")).toEqual([])
  expect(found("서울")).toEqual([seoul])
  expect(found("สวัสดี")).toEqual([thai])
  expect(found("мир привет")).toEqual([russian])
  expect(snippet("京都")).toBe("東**京都**に住んでいます")
  expect(snippet("мир")).toBe("Привет, **МИР**")
  expect(snippet("cafe")).toBe("Un **cafe\u0301** s'il vous plaît")
})

it("ranks a title before a text, often before once and short before long, and the newest first among equals", async () => {
  const blocks = new Blocks()
  const filler = "some other words that say nothing ".repeat(8)
  const long = blocks.know(ada, "t", `kernel ${filler}`)
  const often = blocks.know(ada, "t", "kernel kernel kernel panic")
  const once = blocks.know(ada, "t", "a kernel here")
  const equal = blocks.know(ada, "t", "a kernel here")
  const topic = blocks.know(ada, "kernel", "kernel kernel notes")
  const { found, projection } = await open(blocks)
  expect(found("kernel")).toEqual([topic, often, equal, once, long])
  expect(projection.search({ q: "kernel", limit: 2 })).toMatchObject({ hasMore: true, hits: { length: 2 } })
  expect(projection.search({ q: "kernel" }).hasMore).toBe(false)
})

it("shows the part of the text where the words stand, cut at words, with marks around them", async () => {
  const blocks = new Blocks()
  const before = "lorem ipsum dolor sit amet ".repeat(20)
  blocks.know(ada, "t", `${before}the scheduler\n\n  starves   writers when readers queue ${before}`)
  blocks.add(bob, "skill", { name: "only-name", version: "1.0.0", format: "generic", content: "", checksum: "" })
  const { snippet } = await open(blocks)
  const text = snippet("starving scheduler")!
  expect(text).toContain("the **scheduler** **starves** writers")
  expect(text.startsWith("…")).toBe(true)
  expect(text.endsWith("…")).toBe(true)
  expect(text.replaceAll("**", "").length).toBeLessThanOrEqual(202)
  expect(
    text
      .replace(/[…*]/g, "")
      .split(" ")
      .every((word) => `${before}the scheduler starves writers when readers queue`.includes(word))
  ).toBe(true)
  expect(snippet("name only")).toBe("**only**-**name**")
})

it("keeps a pair of surrogates together where a text without spaces is cut", async () => {
  const blocks = new Blocks()
  blocks.know(ada, "t", `${"🦀".repeat(300)} crab ${"🦀".repeat(300)}`)
  const { snippet } = await open(blocks)
  expect(snippet("crab")).toContain("**crab**")
  expect(/[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/.test(snippet("crab")!)).toBe(false)
})

it("forgets the words of what was taken back, and finds what came in its place", async () => {
  const blocks = new Blocks()
  const kept = blocks.know(ada, "t", "shared zebra")
  blocks.know(ada, "t", "gone zebra")
  const { found, projection } = await open(blocks)
  expect(found("gone")).toHaveLength(1)
  blocks.truncate(1)
  const fresh = blocks.know(bob, "t", "fresh zebra")
  await projection.follow(blocks.snapshot())
  expect(found("gone")).toEqual([])
  expect(found("zebra").toSorted()).toEqual([kept, fresh].toSorted())
})

it("agrees with plain filtering on random texts, for words, types and topics", async () => {
  const random = randomFrom(5)
  const letters = ["alpha", "bravo", "carbon", "delta", "echo", "fox"]
  const blocks = new Blocks()
  const entries = Array.from({ length: 150 }, () => {
    const content = Array.from({ length: 1 + random.below(4) }, () => random.pick(letters)).join(" ")
    const topic = random.chance(0.7) ? random.pick(["red", "blue"]) : null
    const id = topic === null ? blocks.say(ada, content) : blocks.know(ada, topic, content)
    return { id, topic, words: new Set([...content.split(" "), ...(topic === null ? [] : [topic])]) }
  })
  const { found } = await open(blocks)
  for (let n = 0; n < 100; n++) {
    const words = Array.from({ length: 1 + random.below(3) }, () => random.pick([...letters, "red"]))
    const topic = random.pick([undefined, "red", "blue", "green"])
    const type = random.pick([undefined, "message", "knowledge"] as const)
    const wanted = entries.filter(
      (e) =>
        words.every((word) => e.words.has(word)) &&
        (topic === undefined || e.topic === topic) &&
        (type === undefined || (type === "message") === (e.topic === null))
    )
    expect(found(words.join(" "), { topic, type, limit: 100 }).toSorted()).toEqual(
      wanted
        .map((e) => e.id)
        .toSorted()
        .slice(0, 100)
    )
  }
})
