import { beforeEach, describe, expect, it } from "vitest"
import { agentIdOf } from "../../../src/domain/ids.ts"
import { applyFrame } from "../../../src/engine/apply.ts"
import { decodeBlock } from "../../../src/engine/block.ts"
import { inviteKeyOf, signRedemption } from "../../../src/engine/crypto.ts"
import type { Fact } from "../../../src/engine/facts.ts"
import { keys } from "../../../src/engine/keys.ts"
import { MemoryViews } from "../../../src/engine/memory.ts"
import { entryOf, start, TestWriter } from "../../kit/history.ts"
import { randomFrom } from "../../kit/random.ts"

const random = randomFrom(11)
let views: MemoryViews
let creator: TestWriter
let indexer: TestWriter
let member: TestWriter
let stranger: TestWriter
const nonce = random.hex(48)
const invite = inviteKeyOf(nonce)

const writeAll = async (
  writer: TestWriter,
  ...entries: ReadonlyArray<[type: "admin" | "invite-redeemed" | "message", payload: object, more?: object]>
) => {
  await applyFrame(
    creator.key,
    views,
    writer.frame(...entries.map(([type, payload, more]) => entryOf(writer.key, type, payload, more)))
  )
  return decodeBlock(views.blocks.at(-1)!).decided.map((d) => (d.accepted ? "accepted" : d.code))
}
const admin = async (writer: TestWriter, payload: object) => (await writeAll(writer, ["admin", payload]))[0]
const say = async (writer: TestWriter) => (await writeAll(writer, ["message", { content: "hi" }]))[0]
const fact = (key: string) => JSON.parse(Buffer.from(views.facts.get(key)!).toString()) as Fact
const redemption = (
  key: string,
  proof = signRedemption(nonce, creator.key, key),
  more: object = {}
): ["invite-redeemed", object, object] => ["invite-redeemed", { invite, redeemed_by: key, proof }, more]
const addBy = (key: string): ["admin", object] => ["admin", { action: "addWriter", key, invite }]
const mint = () => admin(creator, { action: "mintInvite", invite, expires_at: start + 1000 })

beforeEach(async () => {
  views = new MemoryViews()
  creator = new TestWriter(random.hex(64))
  indexer = new TestWriter(random.hex(64))
  member = new TestWriter(random.hex(64))
  stranger = new TestWriter(random.hex(64))
  await admin(creator, { action: "addWriter", key: indexer.key, indexer: true })
  await admin(creator, { action: "addWriter", key: member.key })
})

describe("members", () => {
  it("the first entry brings the creator into being", () => {
    expect(fact(keys.member(creator.key))).toMatchObject({ role: "creator", active: true })
    expect(fact(keys.pact)).toMatchObject({ indexers: 2 })
  })
  it("a stranger's entry counts for nothing", async () => expect(await say(stranger)).toBe("NOT_A_MEMBER"))
  it("an entry under another's handle is dropped", async () => {
    const forged = { ...entryOf(member.key, "message", { content: "hi" }), agent_id: agentIdOf(creator.key) }
    await applyFrame(creator.key, views, member.frame(forged as never))
    expect(decodeBlock(views.blocks.at(-1)!).decided[0]).toMatchObject({ accepted: false, code: "BAD_ENTRY" })
  })
  it("only the creator admits, promotes, removes others and edits the pact", async () => {
    for (const writer of [indexer, member]) {
      expect(await admin(writer, { action: "addWriter", key: stranger.key })).toBe("NOT_CREATOR")
      expect(await admin(writer, { action: "removeWriter", key: creator.key })).toBe("NOT_CREATOR")
      expect(await admin(writer, { action: "setInfo", name: "Mine" })).toBe("NOT_CREATOR")
      expect(await admin(writer, { action: "mintInvite", invite, expires_at: start })).toBe("NOT_CREATOR")
      expect(await admin(writer, { action: "revokeInvite", invite })).toBe("NOT_CREATOR")
    }
    expect(await admin(creator, { action: "addWriter", key: member.key, indexer: true })).toBe("accepted")
    expect(fact(keys.pact)).toMatchObject({ indexers: 3 })
  })
  it("a member may leave, and what it writes then counts for nothing", async () => {
    expect(await admin(member, { action: "removeWriter", key: member.key })).toBe("accepted")
    expect(await say(member)).toBe("NOT_A_MEMBER")
    expect(await admin(creator, { action: "removeWriter", key: member.key })).toBe("NOT_FOUND")
    expect(await admin(creator, { action: "addWriter", key: member.key })).toBe("accepted")
    expect(await say(member)).toBe("accepted")
  })
  it("neither the creator nor the last indexer can be removed", async () => {
    expect(await admin(creator, { action: "removeWriter", key: creator.key })).toBe("LAST_INDEXER")
    expect(await admin(creator, { action: "removeWriter", key: indexer.key })).toBe("accepted")
    expect(fact(keys.pact)).toMatchObject({ indexers: 1 })
  })
  it("a key with another's handle or id prefix is refused, even a removed one's", async () => {
    await admin(creator, { action: "removeWriter", key: member.key })
    const twin = member.key.slice(0, 12) + random.hex(52)
    expect(await admin(creator, { action: "addWriter", key: twin })).toBe("HANDLE_TAKEN")
    const sibling = member.key.slice(0, 8) + random.hex(56)
    expect(await admin(creator, { action: "addWriter", key: sibling })).toBe("HANDLE_TAKEN")
  })
})

describe("invites", () => {
  it("a redemption and its addWriter admit the joiner, once", async () => {
    expect(await mint()).toBe("accepted")
    expect(await writeAll(indexer, redemption(stranger.key), addBy(stranger.key))).toEqual(["accepted", "accepted"])
    expect(await say(stranger)).toBe("accepted")
    expect(fact(keys.invite(invite))).toMatchObject({ redeemed_by: stranger.key, admitted: true })
    expect(await admin(indexer, { action: "addWriter", key: stranger.key, invite })).toBe("INVITE_SPENT")
  })
  it("of two redemptions the second loses, and its addWriter admits nobody", async () => {
    await mint()
    const other = new TestWriter(random.hex(64))
    await writeAll(indexer, redemption(stranger.key), addBy(stranger.key))
    expect(await writeAll(creator, redemption(other.key), addBy(other.key))).toEqual(["INVITE_SPENT", "INVITE_SPENT"])
    expect(await say(other)).toBe("NOT_A_MEMBER")
  })
  it("a redemption needs a minted, live, unexpired invite, a true proof and an indexer", async () => {
    expect(await writeAll(indexer, redemption(stranger.key), addBy(stranger.key))).toEqual([
      "UNKNOWN_INVITE",
      "UNKNOWN_INVITE"
    ])
    await mint()
    expect(await writeAll(member, redemption(stranger.key), addBy(stranger.key))).toEqual([
      "NOT_INDEXER",
      "NOT_INDEXER"
    ])
    expect((await writeAll(indexer, redemption(stranger.key, random.hex(128))))[0]).toBe("BAD_ENTRY")
    expect(
      (await writeAll(indexer, redemption(stranger.key, signRedemption(nonce, random.hex(64), stranger.key))))[0]
    ).toBe("BAD_ENTRY")
    expect((await writeAll(indexer, redemption(stranger.key, signRedemption(nonce, creator.key, member.key))))[0]).toBe(
      "BAD_ENTRY"
    )
    expect((await writeAll(indexer, redemption(stranger.key, undefined, { timestamp: start + 1001 })))[0]).toBe(
      "INVITE_EXPIRED"
    )
    expect(await admin(creator, { action: "revokeInvite", invite })).toBe("accepted")
    expect((await writeAll(indexer, redemption(stranger.key)))[0]).toBe("INVITE_REVOKED")
  })
  it("a redemption whose addWriter comes later admits nobody, so it can't bring back a removed member", async () => {
    await mint()
    expect(await writeAll(indexer, redemption(member.key))).toEqual(["accepted"])
    await admin(creator, { action: "removeWriter", key: member.key })
    expect(await writeAll(indexer, addBy(member.key))).toEqual(["INVITE_SPENT"])
    expect(await writeAll(creator, addBy(member.key))).toEqual(["INVITE_SPENT"])
    expect(await say(member)).toBe("NOT_A_MEMBER")
    expect(fact(keys.invite(invite))).toMatchObject({ redeemed_by: member.key, admitted: false })
  })
  it("nor does one that stands in the same place of another member's frame", async () => {
    await mint()
    await admin(creator, { action: "addWriter", key: member.key, indexer: true })
    while (indexer.length < member.length) await say(indexer)
    while (member.length < indexer.length) await say(member)
    expect(await writeAll(indexer, redemption(stranger.key), ["message", { content: "later" }])).toEqual([
      "accepted",
      "accepted"
    ])
    expect(member.length + 1).toBe(indexer.length)
    expect(await writeAll(member, ["message", { content: "now" }], addBy(stranger.key))).toEqual([
      "accepted",
      "INVITE_SPENT"
    ])
  })
  it("an indexer can't make an indexer of its guest", async () => {
    await mint()
    const [first, second] = await writeAll(indexer, redemption(stranger.key), [
      "admin",
      { action: "addWriter", key: stranger.key, invite, indexer: true }
    ])
    expect([first, second]).toEqual(["accepted", "NOT_CREATOR"])
  })
  it("an invite is not spent on a key that can't be admitted", async () => {
    await mint()
    const twin = member.key.slice(0, 8) + random.hex(56)
    expect((await writeAll(indexer, redemption(twin)))[0]).toBe("HANDLE_TAKEN")
    expect(fact(keys.invite(invite))).toMatchObject({ redeemed_by: null })
  })
})
