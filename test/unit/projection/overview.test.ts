import { join } from "node:path"
import { expect, it } from "vitest"
import { agentIdOf } from "../../../src/domain/ids.ts"
import type { InviteFact, MemberFact } from "../../../src/engine/facts.ts"
import { spanLength } from "../../../src/projection/lists.ts"
import { ada, Blocks, bob, openProjection, tempDir, walk } from "./kit.ts"

const open = async (blocks: Blocks) => {
  const projection = openProjection(join(tempDir(), "index.db"), blocks.pactId)
  await projection.follow(blocks.snapshot())
  return projection
}
const member = (key: string, more: Partial<MemberFact> = {}): MemberFact => ({
  kind: "member",
  key,
  agent_id: agentIdOf(key),
  role: "member",
  active: true,
  ...more
})
const invite = (key: string, more: Partial<InviteFact> = {}): InviteFact => ({
  kind: "invite",
  invite: key,
  expires_at: 100,
  revoked: false,
  redeemed_by: null,
  redemption: null,
  admitted: false,
  ...more
})

it("an empty pact has nothing of everything", async () => {
  const projection = await open(new Blocks())
  expect(projection.counts()).toEqual({ knowledge: 0, task: 0, skill: 0, message: 0, admin: 0, "invite-redeemed": 0 })
  expect(projection.topics({ limit: 10 })).toEqual([])
  expect(projection.members({ limit: 10 })).toEqual([])
  expect(projection.memberCounts()).toEqual({ active: 0, ever: 0 })
  expect(projection.member(ada)).toBe(null)
  expect(projection.pact()).toBe(null)
  expect(projection.invites(0, {})).toEqual({ invites: [], cursor: null, hasMore: false })
  expect(projection.log({}, {})).toEqual({ rows: [], cursor: null, hasMore: false })
  expect(projection.tasks({}, 0, {}).rows).toEqual([])
  expect(projection.changes({})).toMatchObject({ rows: [], hasMore: false, reset: false })
  expect(projection.search({ q: "word" })).toEqual({ hits: [], hasMore: false })
})

it("counts entries by type, topic and author, and knows each one's newest", async () => {
  const blocks = new Blocks()
  const admit = { action: "addWriter", key: bob }
  blocks.add(ada, "admin", admit, { facts: () => [member(ada, { role: "creator" }), member(bob)] })
  blocks.know(ada, "sales", "1", { timestamp: 50 })
  blocks.know(bob, "sales", "2", { timestamp: 40, displayName: "Bob" })
  blocks.know(ada, "ops", "3", { timestamp: 60 })
  blocks.say(ada, "hello", { timestamp: 70, displayName: "Ada" })
  const projection = await open(blocks)
  expect(projection.counts()).toMatchObject({ knowledge: 3, message: 1, admin: 1, task: 0 })
  expect(projection.topics({ limit: 10 })).toEqual([
    { topic: "ops", entries: 1, last_at: 60 },
    { topic: "sales", entries: 2, last_at: 40 }
  ])
  expect(projection.topics({ limit: 1 })).toHaveLength(1)
  expect(projection.topics({ limit: 10, after: "ops" }).map(({ topic }) => topic)).toEqual(["sales"])
  expect(projection.members({ limit: 10 })).toEqual([
    { ...member(ada, { role: "creator" }), entries: 4, display_name: "Ada", last_seen: 70 },
    { ...member(bob), entries: 1, display_name: "Bob", last_seen: 40 }
  ])

  // All of it goes back with what made it.
  blocks.truncate(2)
  await projection.follow(blocks.snapshot())
  expect(projection.counts()).toMatchObject({ knowledge: 1, message: 0 })
  expect(projection.topics({ limit: 10 })).toEqual([{ topic: "sales", entries: 1, last_at: 50 }])
  expect(projection.members({ limit: 10 })[1]).toEqual({
    ...member(bob),
    entries: 0,
    display_name: null,
    last_seen: null
  })
})

it("knows the newest entry of a topic of any length", async () => {
  const blocks = new Blocks()
  const projection = openProjection(join(tempDir(), "index.db"), blocks.pactId)
  for (const entries of [1, spanLength - 1, spanLength, spanLength + 1, 2 * spanLength, 3 * spanLength + 1]) {
    while (blocks.length < entries) blocks.know(ada, "sales", "x", { timestamp: 1 + blocks.length })
    await projection.follow(blocks.snapshot())
    expect(projection.topics({ limit: 10 })).toEqual([{ topic: "sales", entries, last_at: entries }])
  }
})

it("keeps removed members, and the newest of the pact's own facts", async () => {
  const blocks = new Blocks()
  blocks.add(
    ada,
    "admin",
    {},
    { facts: () => [member(bob), { kind: "pact", name: "Accord", purpose: null, indexers: 1 }] }
  )
  const projection = await open(blocks)
  blocks.add(
    ada,
    "admin",
    {},
    { facts: () => [member(bob, { active: false }), { kind: "pact", name: "Other", purpose: "p", indexers: 1 }] }
  )
  await projection.follow(blocks.snapshot())
  expect(projection.member(bob)?.active).toBe(false)
  expect(projection.members({ limit: 10 })).toEqual([])
  expect(projection.memberCounts()).toEqual({ active: 0, ever: 1 })
  expect(projection.pact()).toEqual({ kind: "pact", name: "Other", purpose: "p", indexers: 1 })
  blocks.truncate(1)
  await projection.follow(blocks.snapshot())
  expect(projection.member(bob)?.active).toBe(true)
  expect(projection.memberCounts()).toEqual({ active: 1, ever: 1 })
  expect(projection.pact()?.name).toBe("Accord")
})

it("lists active members in pages, and counts them without walking them", async () => {
  const blocks = new Blocks()
  const keys = Array.from({ length: 5 }, (_, i) => `${i}`.repeat(64))
  const facts = keys.map((key, i) => member(key, { active: i !== 2 }))
  blocks.add(ada, "admin", {}, { facts: () => facts })
  const projection = await open(blocks)
  const page = (after?: string) => projection.members({ after, limit: 2 }).map(({ key }) => key)
  expect([page(), page(keys[1]), page(keys[4])]).toEqual([[keys[0], keys[1]], [keys[3], keys[4]], []])
  expect(projection.memberCounts()).toEqual({ active: 4, ever: 5 })
  expect(projection.memberWithWork(keys[2]!)).toEqual({
    ...facts[2],
    entries: 0,
    display_name: null,
    last_seen: null
  })
  expect(projection.memberWithWork(bob)).toBe(null)
  expect(projection.activeAmong([])).toEqual(new Set())
  expect(projection.activeAmong([bob, keys[4]!, keys[2]!, keys[0]!, "no key"])).toEqual(new Set([keys[4], keys[0]]))
})

it("shows invites as they are at a time, newest first, in pages", async () => {
  const blocks = new Blocks()
  const set = (fact: InviteFact, timestamp: number) => blocks.add(ada, "admin", {}, { timestamp, facts: () => [fact] })
  const [live, spent, revoked, late] = ["11", "22", "33", "44"].map((byte) => byte.repeat(32)) as [
    string,
    string,
    string,
    string
  ]
  set(invite(live), 1)
  set(invite(spent), 2)
  set(invite(revoked), 3)
  set(invite(late, { expires_at: 10 }), 4)
  set(invite(spent, { redeemed_by: bob }), 5)
  set(invite(spent, { redeemed_by: bob, admitted: true }), 6)
  set(invite(revoked, { revoked: true }), 7)
  blocks.signed = 2
  const projection = await open(blocks)
  const shown = projection.invites(50, {}).invites
  expect(shown).toEqual([
    { invite: late, status: "expired", expires_at: 10, created_at: 4, spent_by: null, spent_at: null },
    { invite: revoked, status: "revoked", expires_at: 100, created_at: 3, spent_by: null, spent_at: null },
    { invite: spent, status: "spent", expires_at: 100, created_at: 2, spent_by: bob, spent_at: 5 },
    { invite: live, status: "live", expires_at: 100, created_at: 1, spent_by: null, spent_at: null }
  ])
  expect(projection.invites(10, {}).invites[0]?.status).toBe("live")
  expect(shown.map((one) => projection.invite(one.invite, 50))).toEqual(shown)
  expect(projection.invite("55".repeat(32), 50)).toBe(null)
  expect(["22".repeat(16), "22".repeat(32), "2", "23", "ff"].map((start) => projection.inviteLike(start))).toEqual([
    spent,
    spent,
    spent,
    null,
    null
  ])
  const found: Array<string> = []
  walk(
    (page) => {
      const { cursor, hasMore, invites } = projection.invites(50, page)
      found.push(...invites.map((one) => one.invite))
      return { rows: [], cursor, hasMore }
    },
    { limit: 1, order: "asc" }
  )
  expect(found).toEqual([live, spent, revoked, late])

  blocks.truncate(4)
  await projection.follow(blocks.snapshot())
  expect(projection.invites(50, {}).invites.map(({ status }) => status)).toEqual(["expired", "live", "live", "live"])
})
