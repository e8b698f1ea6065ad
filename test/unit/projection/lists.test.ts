import { join } from "node:path"
import { expect, it } from "vitest"
import { agentIdOf } from "../../../src/domain/ids.ts"
import { decodeBlock } from "../../../src/engine/block.ts"
import { randomHistory } from "../../kit/history.ts"
import { randomFrom } from "../../kit/random.ts"
import { ada, Blocks, bob, openProjection, sent, tempDir, TestLog, walk } from "./kit.ts"

const open = async (blocks: Blocks) => {
  const projection = openProjection(join(tempDir(), "index.db"), blocks.pactId)
  await projection.follow(blocks.snapshot())
  return projection
}

interface Entry {
  readonly id: string
  readonly position: number
  readonly type: string
  readonly timestamp: number
  readonly agent_id: string
  readonly refs: ReadonlyArray<string>
  readonly payload: Record<string, unknown>
}

const seeds = Array.from({ length: 12 }, (_, i) => 7000 + i)

it.each(seeds)(
  "seed %i: every filter lists exactly what a plain filter of the log does, once, in order",
  async (seed) => {
    const random = randomFrom(seed)
    const { frames, pactId } = randomHistory(random, 400)
    const log = new TestLog(pactId, frames, random)
    await log.grow(frames.length)
    log.sign(random.below(log.length))
    const projection = openProjection(join(tempDir(), "index.db"), pactId)
    await projection.follow(log.snapshot())

    const decided = log.views.blocks.flatMap((block) => decodeBlock(block).decided)
    const entries = decided.flatMap((d) =>
      d.accepted ? [{ ...JSON.parse(d.json), id: d.id, position: d.position } as Entry] : []
    )
    const roots = new Map<string, string>()
    for (const entry of entries) {
      const target = entry.refs.find((ref) =>
        entries.some((e) => e.id === ref && e.type === "message" && e.position < entry.position)
      )
      if (entry.type === "message") roots.set(entry.id, target === undefined ? entry.id : roots.get(target)!)
    }
    const some = <A>(value: () => A): A | undefined => (random.chance(0.5) ? value() : undefined)
    const anEntry = () => random.pick(entries)
    const cases = Array.from({ length: 60 }, () => {
      const topic = some(() => `t${random.below(4)}`)
      const agentId = some(() => anEntry().agent_id)
      const since = some(() => anEntry().timestamp + random.below(3) - 1)
      const thread = some(() => anEntry().id)
      const type = some(() => anEntry().type) as "task" | undefined
      const format = some(() => random.pick(["generic", "langchain"]))
      const ref = anEntry().id
      const after = (e: Entry) => since === undefined || e.timestamp >= since
      const by = (e: Entry) => agentId === undefined || e.agent_id === agentId
      return [
        {
          name: `knowledge ${topic} ${agentId} ${since}`,
          list: (page: object) => projection.knowledge({ topic, agent_id: agentId, since }, page),
          holds: (e: Entry) =>
            e.type === "knowledge" && by(e) && after(e) && (topic === undefined || e.payload["topic"] === topic)
        },
        {
          name: `messages ${thread} ${agentId} ${since}`,
          list: (page: object) => projection.messages({ thread, agent_id: agentId, since }, page),
          holds: (e: Entry) =>
            e.type === "message" &&
            by(e) &&
            after(e) &&
            (thread === undefined || (roots.has(thread) && roots.get(e.id) === roots.get(thread)))
        },
        {
          name: `skills ${format}`,
          list: (page: object) => projection.skills({ format }, page),
          holds: (e: Entry) => e.type === "skill" && (format === undefined || e.payload["format"] === format)
        },
        {
          name: `log ${type} ${since}`,
          list: (page: object) => projection.log({ type, since }, page),
          holds: (e: Entry) => after(e) && (type === undefined || e.type === type)
        },
        {
          name: `referenced by ${ref}`,
          list: (page: object) => projection.referencedBy(ref, page),
          holds: (e: Entry) => e.refs.includes(ref)
        }
      ]
    }).flat()
    let found = 0
    for (const { holds, list, name } of cases) {
      const order = random.pick(["asc", "desc"] as const)
      const limit = 1 + random.below(20)
      const wanted = entries.filter(holds).map((e) => e.id)
      const rows = walk(list, { order, limit })
      expect(
        sent({ rows }).map((e) => e.id),
        name
      ).toEqual(order === "asc" ? wanted : wanted.toReversed())
      for (const { confirmed, position } of rows) expect(confirmed).toBe(position < projection.confirmed)
      found += rows.length
    }
    expect(found).toBeGreaterThan(500)
  }
)

it("serves an entry as it was written, with its id in front", async () => {
  const blocks = new Blocks()
  const id = blocks.know(ada, "café \u0000 \ud83d\ude00", 'line\nbreak "quoted" \\ \u2028', {
    displayName: "Ada",
    timestamp: 5,
    refs: []
  })
  const [row] = (await open(blocks)).knowledge({}, {}).rows
  expect(row?.body.startsWith(`{"id":"${id}",`)).toBe(true)
  expect(sent({ rows: [row!] })[0]).toEqual({
    id,
    type: "knowledge",
    timestamp: 5,
    agent_id: agentIdOf(ada),
    display_name: "Ada",
    payload: { topic: "café \u0000 \ud83d\ude00", content: 'line\nbreak "quoted" \\ \u2028' },
    refs: [],
    confirmed: false
  })
})

it("finds topics of any text, and tells halves of surrogate pairs from nothing at all", async () => {
  const blocks = new Blocks()
  const names = ["a", "a ", "A", "a\u0000b", "\u0000", "é", "e\u0301", "\ud800", "日本", "'; drop table entry; --"]
  const ids = names.map((name) => blocks.know(ada, name, "x"))
  const projection = await open(blocks)
  for (const [i, topic] of names.entries()) {
    expect(
      sent(projection.knowledge({ topic }, {})).map((e) => e.id),
      JSON.stringify(topic)
    ).toEqual([ids[i]])
    expect(sent(projection.knowledge({ topic, agent_id: agentIdOf(ada) }, {}))).toHaveLength(1)
  }
  expect(projection.topics({ limit: 100 })).toHaveLength(names.length)
})

it("a thread is its first message and all replies, whichever of them is asked for", async () => {
  const blocks = new Blocks()
  const lonely = blocks.say(ada, "nobody answers")
  const fact = blocks.know(ada, "t", "a fact")
  const first = blocks.say(ada, "first", { refs: [fact] })
  const reply = blocks.say(bob, "reply", { refs: [fact, first] })
  const nested = blocks.say(ada, "nested", { refs: [reply] })
  const other = blocks.say(bob, "refers to what never came", { refs: ["ffffffff-256", "1a2b3c4d-9999999999999999"] })
  const projection = await open(blocks)
  const thread = (id: string, agentId?: string) =>
    sent(projection.messages({ thread: id, agent_id: agentId }, { order: "asc" })).map((e) => e.id)
  for (const id of [first, reply, nested]) expect(thread(id)).toEqual([first, reply, nested])
  expect(thread(first, agentIdOf(ada))).toEqual([first, nested])
  expect(thread(first, agentIdOf(bob))).toEqual([reply])
  expect(thread(lonely)).toEqual([lonely])
  expect(thread(lonely, agentIdOf(bob))).toEqual([])
  expect(thread(other)).toEqual([other])
  expect(thread(fact)).toEqual([])
  expect(thread("ffffffff-256")).toEqual([])
  expect(thread("no id")).toEqual([])
})

it("leaves a skill's content out of lists only", async () => {
  const blocks = new Blocks()
  const payload = {
    name: "s",
    version: "1.0.0",
    format: "generic",
    content: "the content",
    checksum: "sha256:00",
    extra: 1
  }
  const id = blocks.add(ada, "skill", payload)
  const projection = await open(blocks)
  const { content: _, ...brief } = payload
  expect(sent(projection.skills({}, {}))[0]?.["payload"]).toEqual(brief)
  const found = projection.entry(id)
  expect(found?.accepted === true && sent({ rows: [found] })[0]?.["payload"]).toEqual(payload)
})

it("answers an id with the entry, with the verdict, or with nothing", async () => {
  const blocks = new Blocks()
  const kept = blocks.know(ada, "t", "kept")
  const refused = blocks.refuse(bob, "NOT_A_MEMBER")
  const later = blocks.refuse(bob, "STALE_CLAIM")
  blocks.signed = 2
  const projection = await open(blocks)
  expect(projection.entry(kept)).toMatchObject({ accepted: true, position: 0, confirmed: true })
  expect(projection.entry(refused)).toEqual({ accepted: false, id: refused, code: "NOT_A_MEMBER", confirmed: true })
  expect(projection.entry(later)).toEqual({ accepted: false, id: later, code: "STALE_CLAIM", confirmed: false })
  for (const id of ["ffffffff-256", "", "x", `${kept} `, "1a2b3c4d-9999999999999999"])
    expect(projection.entry(id)).toBe(null)
})

it("filters with and without a time find what plain filtering finds, whatever the writers' clocks say", async () => {
  const random = randomFrom(9)
  const blocks = new Blocks()
  const entries = Array.from({ length: 1400 }, (_, i) => {
    // Mostly in order, at times far off, and one stretch of a member that was offline for long.
    const clock = i > 600 && i < 900 ? i : 1_000_000 + i * 10
    const timestamp = random.chance(0.01) ? random.below(2_000_000) : clock
    const writer = random.pick([ada, ada, ada, bob])
    const topic = random.chance(0.02) ? "rare" : "often"
    return { id: blocks.know(writer, topic, "x", { timestamp }), timestamp, topic, agentId: agentIdOf(writer) }
  })
  const projection = await open(blocks)
  for (let n = 0; n < 200; n++) {
    const since = random.pick([
      undefined,
      random.below(2_000_000),
      1_000_000 + random.below(14_100),
      1_000_000 + random.below(14_100)
    ])
    const topic = random.pick([undefined, "rare", "often", "absent"])
    const agentId = random.pick([undefined, agentIdOf(ada), agentIdOf(bob)])
    const order = random.pick(["asc", "desc"] as const)
    const wanted = entries
      .filter(
        (e) => e.timestamp >= (since ?? 0) && (topic ?? e.topic) === e.topic && (agentId ?? e.agentId) === e.agentId
      )
      .map((e) => e.id)
    const rows = walk((page) => projection.knowledge({ topic, agent_id: agentId, since }, page), {
      order,
      limit: 1 + random.below(200)
    })
    expect(sent({ rows }).map((e) => e.id)).toEqual(order === "asc" ? wanted : wanted.toReversed())
  }
})
