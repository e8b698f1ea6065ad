import { join } from "node:path"
import { expect, it } from "vitest"
import { agentIdOf } from "../../../src/domain/ids.ts"
import { randomHistory, start } from "../../kit/history.ts"
import { randomFrom } from "../../kit/random.ts"
import { ada, Blocks, bob, openProjection, sent, taskFact, tempDir, TestLog, walk } from "./kit.ts"

const open = async (blocks: Blocks) => {
  const projection = openProjection(join(tempDir(), "index.db"), blocks.pactId)
  await projection.follow(blocks.snapshot())
  return projection
}

const create = (blocks: Blocks, more: object = {}, fact: object = {}) =>
  blocks.add(
    ada,
    "task",
    { status: "open", title: "work", ...more },
    { timestamp: 10, facts: (id) => [taskFact(id, fact)] }
  )

it("shows a task as its state through its whole life", async () => {
  const blocks = new Blocks()
  const id = create(blocks, { description: "much", assigned_to: agentIdOf(bob) }, { assigned_to: agentIdOf(bob) })
  const projection = await open(blocks)
  const made = {
    id,
    title: "work",
    description: "much",
    status: "open",
    claimed_by: null,
    worker: null,
    claim: null,
    fence: 0,
    claim_expires_at: null,
    assigned_to: agentIdOf(bob),
    result: null,
    timestamp: 10,
    updated_at: 10,
    claimed_at: null,
    expired_at: null,
    agent_id: agentIdOf(ada),
    display_name: null,
    refs: [],
    confirmed: false
  }
  const now = async (time: number) => {
    await projection.follow(blocks.snapshot())
    const [listed] = sent(projection.tasks({}, time, {}))
    const found = projection.task(id, time)!
    expect(sent({ rows: [found] })[0]).toEqual(listed)
    return listed
  }
  expect(await now(0)).toEqual(made)

  const held = {
    fence: 1,
    holder: agentIdOf(bob),
    holder_key: bob,
    worker: "w",
    claimed_at: 20,
    lease: 30,
    until: 50,
    assigned_to: agentIdOf(bob)
  }
  const claim = blocks.add(
    bob,
    "task",
    { status: "claimed" },
    {
      timestamp: 20,
      refs: [id],
      facts: (claim) => [taskFact(id, { ...held, status: "claimed", claim })]
    }
  )
  blocks.signed = 1
  const claimed = {
    ...made,
    status: "claimed",
    claimed_by: agentIdOf(bob),
    worker: "w",
    claim,
    fence: 1,
    claim_expires_at: 50,
    updated_at: 20,
    claimed_at: 20
  }
  expect(await now(49)).toEqual(claimed)
  expect(await now(50)).toEqual({ ...made, fence: 1, updated_at: 20, expired_at: 50 })
  // A clock that goes back has it claimed again.
  expect(await now(49)).toEqual(claimed)

  blocks.signed = 2
  expect(await now(49)).toEqual({ ...claimed, confirmed: true })
  const done = blocks.add(
    bob,
    "task",
    { status: "complete", result: { n: 1 } },
    {
      timestamp: 30,
      refs: [id, claim],
      facts: () => [taskFact(id, { ...held, status: "complete", claim, until: null })]
    }
  )
  blocks.signed = 3
  const complete = {
    ...claimed,
    status: "complete",
    claim_expires_at: null,
    result: { n: 1 },
    updated_at: 30,
    confirmed: true
  }
  expect(await now(1e9)).toEqual(complete)
  const found = projection.task(id, 0)!
  expect(sent({ rows: found.history }).map((e) => e.id)).toEqual([id, claim, done])
  expect(found.fact.holder_key).toBe(bob)
  expect(projection.task(claim, 0)).toBe(null)
  expect(projection.task("ffffffff-256", 0)).toBe(null)
})

it("a claim ahead of the pact's time ends by what its clock said, for all whose clock is less than a day behind it", async () => {
  const day = 24 * 3_600_000
  const blocks = new Blocks()
  const id = create(blocks)
  const ahead = { since: 10 * day, until: 2 * day }
  const held = { status: "claimed", holder: agentIdOf(bob), holder_key: bob, claimed_at: day, lease: day } as const
  blocks.add(
    bob,
    "task",
    { status: "claimed" },
    {
      timestamp: 10 * day,
      refs: [id],
      facts: (claim) => [taskFact(id, { ...held, fence: 1, claim, until: 11 * day, ahead })]
    }
  )
  const projection = await open(blocks)
  const at = (time: number) => {
    const shown = sent({ rows: [projection.task(id, time)!] })[0]!
    expect(sent(projection.tasks({ status: "claimed" }, time, {}))).toHaveLength(shown["status"] === "claimed" ? 1 : 0)
    return [shown["status"], shown["claim_expires_at"], shown["expired_at"]]
  }
  const states: ReadonlyArray<readonly [time: number, ...state: ReadonlyArray<unknown>]> = [
    [2 * day - 1, "claimed", 2 * day, null],
    [2 * day, "open", null, 2 * day],
    [9 * day - 1, "open", null, 2 * day],
    [9 * day, "claimed", 11 * day, null],
    [11 * day - 1, "claimed", 11 * day, null],
    [11 * day, "open", null, 11 * day]
  ]
  // Forwards, and back again.
  for (const [time, ...state] of [...states, ...states.toReversed()]) expect(at(time), `${time}`).toEqual(state)
})

it("what refers to a task without changing it is no part of its history", async () => {
  const blocks = new Blocks()
  const id = create(blocks)
  blocks.know(bob, "t", "about it", { refs: [id] })
  create(blocks, { title: "follow-up" })
  blocks.refuse(bob, "NOT_CLAIMED")
  expect((await open(blocks)).task(id, 0)?.history).toHaveLength(1)
})

const seeds = Array.from({ length: 10 }, (_, i) => 8000 + i)

it.each(seeds)("seed %i: every filter agrees with what is shown at that time, in any order of asking", async (seed) => {
  const random = randomFrom(seed)
  const { frames, pactId } = randomHistory(random, 400)
  const log = new TestLog(pactId, frames, random)
  const projection = openProjection(join(tempDir(), "index.db"), pactId)
  let found = 0
  for (let round = 0; round < 12; round++) {
    await log.grow(40)
    if (random.chance(0.4)) await log.reorder(random.below(log.length))
    if (random.chance(0.3)) log.sign(random.below(log.length))
    await projection.follow(log.snapshot())
    const now = start + random.below(30_000_000)
    const all = sent({ rows: walk((page) => projection.tasks({}, now, page), { order: "asc", limit: 7 }) })
    const agents = [...new Set(all.flatMap((t) => [t["assigned_to"], t["claimed_by"]]))].filter(
      (a) => typeof a === "string"
    )
    for (const status of [undefined, "open", "claimed", "complete"] as const) {
      for (const assignedTo of [undefined, ...agents]) {
        for (const claimedBy of [undefined, ...agents]) {
          const order = random.pick(["asc", "desc"] as const)
          const wanted = all.filter(
            (t) =>
              (status ?? t["status"]) === t["status"] &&
              (assignedTo ?? t["assigned_to"]) === t["assigned_to"] &&
              (claimedBy ?? t["claimed_by"]) === t["claimed_by"]
          )
          const rows = walk(
            (page) => projection.tasks({ status, assigned_to: assignedTo, claimed_by: claimedBy }, now, page),
            {
              order,
              limit: 1 + random.below(5)
            }
          )
          expect(sent({ rows })).toEqual(order === "asc" ? wanted : wanted.toReversed())
          found += rows.length
        }
      }
    }
  }
  expect(found).toBeGreaterThan(100)
})

it("says when it leaves out old changes of a long history", async () => {
  const blocks = new Blocks()
  const id = create(blocks)
  const changes: Array<string> = []
  const change = (count: number) => {
    for (let n = 0; n < count; n++)
      changes.push(
        blocks.add(ada, "task", { status: "claimed", renew: true }, { refs: [id], facts: () => [taskFact(id, {})] })
      )
  }
  change(999)
  const projection = await open(blocks)
  const idsOf = ({ history }: NonNullable<ReturnType<typeof projection.task>>) =>
    sent({ rows: history }).map((entry) => entry.id)
  const whole = projection.task(id, 0)!
  expect(whole.cut).toBe(false)
  expect(idsOf(whole)).toEqual([id, ...changes])
  change(1)
  await projection.follow(blocks.snapshot())
  const cut = projection.task(id, 0)!
  expect(cut.cut).toBe(true)
  expect(idsOf(cut)).toEqual([id, ...changes.slice(-999)])
  // What it leaves out can be read page by page.
  expect(sent({ rows: walk((page) => projection.referencedBy(id, page), { order: "asc" }) }).map((e) => e.id)).toEqual(
    changes
  )
})
