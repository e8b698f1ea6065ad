import type { Entry } from "../../src/domain/entry.ts"
import { agentIdOf, entryIdOf } from "../../src/domain/ids.ts"
import { encodeText } from "../../src/engine/bytes.ts"
import { inviteKeyOf, signRedemption, skillChecksumOf } from "../../src/engine/crypto.ts"
import { encodeEntry } from "../../src/engine/entry.ts"
import { encodeFrame } from "../../src/engine/frame.ts"
import type { Frame } from "../../src/engine/ports.ts"
import type { Random } from "./random.ts"

export const start = 1_750_000_000_000

/** The envelope around a payload. */
export const entryOf = (writer: string, type: Entry["type"], payload: unknown, more: Partial<Entry> = {}): Entry =>
  ({ type, timestamp: start, agent_id: agentIdOf(writer), display_name: null, payload, refs: [], ...more }) as Entry

/** A member's log in a test: gives each frame its length. */
export class TestWriter {
  readonly key: string
  length = 0
  constructor(key: string) {
    this.key = key
  }
  frame(...entries: ReadonlyArray<Entry | Uint8Array>): Frame {
    const bytes = entries.map((entry) => (entry instanceof Uint8Array ? entry : encodeEntry(entry)))
    return this.raw(encodeFrame(bytes))
  }
  raw(bytes: Uint8Array): Frame {
    return { writer: this.key, length: ++this.length, bytes }
  }
  /** The id of entry `place` of the newest frame. */
  id(place = 0): string {
    return entryIdOf(this.key, this.length, place)
  }
}

/** A random history of a pact: honest and hostile frames of members, indexers, strangers and removed members. */
export const randomHistory = (random: Random, size: number): { pactId: string; frames: ReadonlyArray<Frame> } => {
  const pactId = random.hex(64)
  const creator = new TestWriter(pactId)
  const writers = [creator, ...Array.from({ length: 4 }, () => new TestWriter(random.hex(64)))]
  const nonces = Array.from({ length: 3 }, () => random.hex(48))
  const ids: Array<string> = ["ffffffff-256"]
  // Ids of frames that made a task or a claim: what an update names most of the time.
  const tasks: Array<string> = [...ids]
  const claims: Array<string> = [...ids]
  const frames: Array<Frame> = []
  let clock = start

  const time = () => (random.chance(0.03) ? 253_370_764_800_000 : random.chance(0.05) ? random.below(1000) : clock)
  const refs = (count: number) => Array.from({ length: count }, () => random.pick(ids))
  const recent = (from: ReadonlyArray<string>) => (random.chance(0.1) ? random.pick(ids) : random.pick(from.slice(-4)))
  const named = (claim: boolean) => (claim ? [recent(tasks), recent(claims)] : [recent(tasks)])
  const more = () => ({
    timestamp: time(),
    display_name: random.chance(0.2) ? "Ada" : null,
    ...(random.chance(0.3) ? { ttl: 1 + random.below(300_000) } : {})
  })
  const randomEntry = (writer: TestWriter): Entry | Uint8Array => {
    const target = random.pick(writers).key
    const nonce = random.pick(nonces)
    const invite = inviteKeyOf(nonce)
    const of = (type: Entry["type"], payload: unknown, r: ReadonlyArray<string> = []) =>
      entryOf(writer.key, type, payload, { ...more(), refs: r })
    const makers: ReadonlyArray<() => Entry | Uint8Array> = [
      () =>
        of(
          "knowledge",
          { topic: `t${random.below(3)}`, content: "fact", extra: random.below(9) },
          refs(random.below(3))
        ),
      () => of("message", { content: "hello" }, refs(random.below(2))),
      () =>
        of("skill", {
          name: "s",
          version: "1.0.0",
          format: "generic",
          content: "x",
          checksum: skillChecksumOf(random.pick(["x", "y"]))
        }),
      () =>
        of("task", {
          status: "open",
          title: "work",
          ...(random.chance(0.3) ? { assigned_to: agentIdOf(target) } : {})
        }),
      () => of("task", { status: "claimed", ...(random.chance(0.3) ? { worker: "w" } : {}) }, named(false)),
      () => of("task", { status: "claimed", renew: true }, named(random.chance(0.8))),
      () => of("task", { status: "open" }, named(random.chance(0.7))),
      () => of("task", { status: "complete", result: { ok: true } }, named(random.chance(0.6))),
      () => of("admin", { action: "addWriter", key: target, indexer: random.chance(0.3) }),
      () => of("admin", { action: "addWriter", key: target, invite }),
      () => of("admin", { action: "removeWriter", key: target }),
      () => of("admin", { action: "setInfo", name: random.pick([null, "Accord"]) }),
      () => of("admin", { action: "mintInvite", invite, expires_at: clock + random.below(1_000_000) }),
      () => of("admin", { action: "revokeInvite", invite }),
      () => of("invite-redeemed", { invite, redeemed_by: target, proof: signRedemption(nonce, pactId, target) }),
      () => of("invite-redeemed", { invite, redeemed_by: target, proof: random.hex(128) }),
      () => ({ ...of("knowledge", { topic: "t", content: "forged" }), agent_id: agentIdOf(target) }) as Entry,
      () => random.bytes(random.below(200)),
      () => encodeText("[".repeat(2 + random.below(70)) + "]".repeat(random.below(70)))
    ]
    return random.pick(makers)()
  }
  /** An invite that is redeemed as it should be, if it is live. */
  const redemption = (writer: TestWriter): ReadonlyArray<Entry> => {
    const key = random.pick(writers).key
    const nonce = random.pick(nonces)
    const invite = inviteKeyOf(nonce)
    const of = (type: Entry["type"], payload: object) => entryOf(writer.key, type, payload, { timestamp: clock })
    return [
      of("invite-redeemed", { invite, redeemed_by: key, proof: signRedemption(nonce, pactId, key) }),
      of("admin", { action: "addWriter", key, invite })
    ]
  }
  for (let i = 0; i < size; i++) {
    clock += random.below(60_000)
    const writer = random.chance(0.5) ? creator : random.pick(writers)
    if (random.chance(0.04)) frames.push(writer.raw(random.bytes(random.below(64))))
    else {
      const count = 1 + random.below(5)
      const entries = Array.from({ length: count }, () => randomEntry(writer))
      if (random.chance(0.15)) entries.push(...redemption(writer))
      frames.push(writer.frame(...entries))
      for (const [place, entry] of entries.entries()) {
        ids.push(writer.id(place))
        if (entry instanceof Uint8Array || entry.type !== "task") continue
        if ("title" in entry.payload) tasks.push(writer.id(place))
        else if (entry.payload.status === "claimed") claims.push(writer.id(place))
      }
    }
  }
  return { pactId, frames }
}
