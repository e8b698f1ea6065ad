import { beforeEach, describe, expect, it } from "vitest"
import { agentIdOf } from "../../../src/domain/ids.ts"
import { applyFrame } from "../../../src/engine/apply.ts"
import { decodeBlock } from "../../../src/engine/block.ts"
import type { TaskFact } from "../../../src/engine/facts.ts"
import { keys } from "../../../src/engine/keys.ts"
import { MemoryViews } from "../../../src/engine/memory.ts"
import { entryOf, start, TestWriter } from "../../kit/history.ts"
import { randomFrom } from "../../kit/random.ts"

const random = randomFrom(7)
let views: MemoryViews
let ada: TestWriter
let bob: TestWriter
let task: string
const hour = 3_600_000

/** Writes one entry and answers its verdict: "accepted" or the code. */
const write = async (writer: TestWriter, type: "task" | "admin", payload: unknown, more: object = {}) => {
  await applyFrame(ada.key, views, writer.frame(entryOf(writer.key, type, payload, more)))
  const decided = decodeBlock(views.blocks.at(-1)!).decided[0]!
  return decided.accepted ? "accepted" : decided.code
}
const claim = (writer: TestWriter, at = 0, more: object = {}, payload: object = {}) =>
  write(writer, "task", { status: "claimed", ...payload }, { refs: [task], timestamp: start + at, ...more })
const act = (writer: TestWriter, payload: object, named: string | null, at = 0, more: object = {}) =>
  write(writer, "task", payload, { refs: named === null ? [task] : [task, named], timestamp: start + at, ...more })
const complete = { status: "complete" }
const release = { status: "open" }
const renew = { status: "claimed", renew: true }
const fact = () => JSON.parse(Buffer.from(views.facts.get(keys.task(task))!).toString()) as TaskFact

beforeEach(async () => {
  views = new MemoryViews()
  ada = new TestWriter(random.hex(64))
  bob = new TestWriter(random.hex(64))
  await write(ada, "admin", { action: "addWriter", key: bob.key })
  await write(ada, "task", { status: "open", title: "work" })
  task = ada.id()
})

describe("claims", () => {
  it("the second claim of a held task is refused, on whichever machine", async () => {
    expect(await claim(ada)).toBe("accepted")
    expect(await claim(bob)).toBe("TASK_ALREADY_CLAIMED")
    expect(await claim(ada)).toBe("TASK_ALREADY_CLAIMED")
    expect(fact()).toMatchObject({ status: "claimed", holder: agentIdOf(ada.key), fence: 1, until: start + 24 * hour })
  })
  it("two workers of one member are two claimers", async () => {
    expect(await claim(ada, 0, {}, { worker: "left" })).toBe("accepted")
    const id = ada.id()
    expect(await claim(ada, 0, {}, { worker: "right" })).toBe("TASK_ALREADY_CLAIMED")
    expect(await act(ada, { ...complete, worker: "right" }, id)).toBe("NOT_CLAIMER")
    expect(await act(ada, complete, id)).toBe("NOT_CLAIMER")
    expect(await act(ada, { ...complete, worker: "left" }, id)).toBe("accepted")
  })
  it("an expired lease can be taken over, and the old claim never counts again", async () => {
    await claim(ada, 0, { ttl: hour })
    const old = ada.id()
    expect(await claim(bob, hour - 1)).toBe("TASK_ALREADY_CLAIMED")
    expect(await claim(bob, hour)).toBe("accepted")
    expect(fact().fence).toBe(2)
    for (const payload of [complete, release, renew]) expect(await act(ada, payload, old, 1)).toBe("STALE_CLAIM")
    expect(await act(bob, complete, bob.id(), hour + 1)).toBe("accepted")
  })
  it("a claim that ran out can't complete, even when nobody took over", async () => {
    await claim(ada, 0, { ttl: hour })
    expect(await act(ada, complete, ada.id(), hour)).toBe("STALE_CLAIM")
    expect(await act(ada, complete, null, hour)).toBe("accepted")
  })
  it("a renewal extends the lease from its own time, by the lease it has", async () => {
    await claim(ada, 0, { ttl: hour })
    const id = ada.id()
    expect(await act(ada, renew, id, hour / 2)).toBe("accepted")
    expect(fact()).toMatchObject({ until: start + 1.5 * hour, fence: 1, claim: id })
    expect(await act(ada, renew, id, hour, { ttl: 2 * hour })).toBe("accepted")
    expect(fact().until).toBe(start + 3 * hour)
  })
  it("the task's ttl is the lease of claims without one", async () => {
    await write(ada, "task", { status: "open", title: "short" }, { ttl: 5 })
    task = ada.id()
    await claim(bob)
    expect(fact().until).toBe(start + 5)
  })
  it("a claim by a clock that is further behind than its lease is over for the others, and completes nothing then", async () => {
    expect(await claim(bob, -2 * hour, { ttl: hour })).toBe("accepted")
    const behind = bob.id()
    expect(await claim(ada, 0)).toBe("accepted")
    expect(await act(bob, complete, behind, -2 * hour + 1)).toBe("STALE_CLAIM")
  })
  it("a clock in the year 9999 can't end everybody's leases", async () => {
    await claim(ada, 0, { ttl: 48 * hour })
    expect(await claim(bob, 253_370_764_800_000 - start)).toBe("TASK_ALREADY_CLAIMED")
  })
})

describe("after a quiet time", () => {
  const days = (n: number) => n * 24 * hour
  it.each([2, 3, 30, 4000])("of %d days a claim lasts as long as it says", async (n) => {
    const now = days(n)
    expect(await claim(ada, now, { ttl: hour })).toBe("accepted")
    const first = ada.id()
    expect(fact()).toMatchObject({ claimed_at: start + now, until: start + now + hour })
    expect(await claim(bob, now + 1)).toBe("TASK_ALREADY_CLAIMED")
    expect(await act(bob, complete, null, now + hour - 1)).toBe("NOT_CLAIMER")
    expect(await act(ada, renew, first, now + hour / 2)).toBe("accepted")
    expect(fact().until).toBe(start + now + 1.5 * hour)
    expect(await claim(bob, now + 1.5 * hour - 1)).toBe("TASK_ALREADY_CLAIMED")
    expect(await claim(bob, now + 1.5 * hour)).toBe("accepted")
    expect(await act(ada, complete, first, now + 1.5 * hour)).toBe("STALE_CLAIM")
    expect(await act(bob, complete, bob.id(), now + 2 * hour)).toBe("accepted")
    expect(fact()).not.toHaveProperty("ahead")
  })
  it("a released task keeps nothing of the clock that claimed it", async () => {
    await claim(ada, days(5))
    expect(fact().ahead).toEqual({ since: start + days(5), until: start + days(1) + 24 * hour })
    expect(await act(ada, release, ada.id(), days(5) + 1)).toBe("accepted")
    expect(fact()).not.toHaveProperty("ahead")
  })
  it("a lease of more than a day is over when the pact's time has caught up, however often it is tried", async () => {
    await claim(ada, 0, { ttl: 72 * hour })
    for (let i = 0; i < 4; i++) expect(await claim(bob, days(10) + i)).toBe("TASK_ALREADY_CLAIMED")
    for (let i = 0; i < 2; i++)
      await write(bob, "task", { status: "open", title: "other" }, { timestamp: start + days(10) })
    expect(await claim(bob, days(10) + 9)).toBe("accepted")
  })
  it("a clock in the year 9999 can't keep a task for good, and says how long it meant to", async () => {
    const wrong = 253_370_764_800_000
    await claim(ada, wrong - start, { ttl: hour })
    expect(fact()).toMatchObject({ until: wrong + hour, ahead: { since: wrong, until: start + days(1) + hour } })
    expect(await claim(bob, days(1) + hour - 1)).toBe("TASK_ALREADY_CLAIMED")
    expect(await claim(bob, days(1) + hour)).toBe("accepted")
  })
  it("no lease ends later than a clock can tell", async () => {
    await claim(ada, 8_640_000_000_000_000 - start, { ttl: 10 * hour })
    expect(fact().until).toBe(8_640_000_000_000_000)
  })
})

describe("who may do what", () => {
  it("only the assignee takes an assigned task, or completes it unclaimed", async () => {
    await write(ada, "task", { status: "open", title: "for bob", assigned_to: agentIdOf(bob.key) })
    task = ada.id()
    expect(await claim(ada)).toBe("NOT_ASSIGNEE")
    expect(await act(ada, complete, null)).toBe("NOT_ASSIGNEE")
    expect(await claim(bob)).toBe("accepted")
  })
  it("acting on somebody else's claim is refused", async () => {
    await claim(ada)
    for (const payload of [complete, release, renew]) {
      expect(await act(bob, payload, ada.id())).toBe("NOT_CLAIMER")
      expect(await act(bob, payload, null)).toBe("NOT_CLAIMER")
    }
  })
  it("the holder has to name its claim", async () => {
    await claim(ada)
    for (const payload of [complete, release, renew]) expect(await act(ada, payload, null)).toBe("STALE_CLAIM")
  })
  it("without a claim there is nothing to renew or release, but an open task can be completed", async () => {
    expect(await act(ada, renew, null)).toBe("NOT_CLAIMED")
    expect(await act(ada, release, null)).toBe("NOT_CLAIMED")
    expect(await act(bob, complete, null)).toBe("accepted")
    for (const payload of [complete, release, renew])
      expect(await act(bob, payload, null)).toBe("TASK_ALREADY_COMPLETE")
    expect(await claim(ada)).toBe("TASK_ALREADY_COMPLETE")
  })
  it("a released task is open to all, its claim is over", async () => {
    await claim(ada)
    const old = ada.id()
    expect(await act(ada, release, old)).toBe("accepted")
    expect(await act(ada, complete, old)).toBe("STALE_CLAIM")
    expect(await claim(bob)).toBe("accepted")
    expect(fact().fence).toBe(2)
  })
  it("a completed task names the claim that completed it, once", async () => {
    await claim(ada)
    expect(await act(ada, complete, ada.id())).toBe("accepted")
    expect(fact()).toMatchObject({ status: "complete", holder: agentIdOf(ada.key), until: null })
    expect(await act(ada, complete, fact().claim)).toBe("TASK_ALREADY_COMPLETE")
  })
  it("an update of what is no task is refused", async () => {
    expect(await write(ada, "task", complete)).toBe("NOT_FOUND")
    expect(await write(ada, "task", complete, { refs: ["ffffffff-256"] })).toBe("NOT_FOUND")
    expect(await write(ada, "task", { status: "open", title: 5 }, { refs: [task] })).toBe("BAD_ENTRY")
  })
})
