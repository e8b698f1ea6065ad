import { isDeepStrictEqual } from "node:util"
import { agentIdOf } from "../../src/domain/ids.ts"
import { type Accepted, type Block, decodeBlock } from "../../src/engine/block.ts"
import { canonicalOf } from "../../src/engine/entry.ts"
import type { Fact, TaskFact } from "../../src/engine/facts.ts"
import { keysOf } from "../../src/engine/keys.ts"
import { MemoryViews } from "../../src/engine/memory.ts"
import type { Node } from "./order.ts"
import type { Spec, SpecTask } from "./spec.ts"
import { wrongClock } from "./workload.ts"
import { demand, nameOf, type Peer, type World } from "./world.ts"

const day = 24 * 60 * 60 * 1000

/** What is remembered of a run to judge what comes later. */
export class Memory {
  /** The confirmed blocks, as the first peer had them. */
  readonly confirmed: Array<Uint8Array> = []
  /** `<task> <fence>` of every confirmed claim at any peer, and its id. */
  readonly fences = new Map<string, string>()
}

const decoded = new WeakMap<Uint8Array, Block>()
/** A block, decoded once. */
export const blockOf = (bytes: Uint8Array): Block => {
  const known = decoded.get(bytes) ?? decodeBlock(bytes)
  decoded.set(bytes, known)
  return known
}

/** Everything that must hold of a peer's views, whatever happened before. Sets what the protocol says of its order. */
export const checkPeer = (world: World, memory: Memory, peer: Peer): void => {
  const blocks = peer.views.blocks.map(blockOf)
  checkConfirmed(world, memory, peer)
  checkClaims(memory, peer, blocks)
  const spec = world.newSpec()
  for (const [i, node] of peer.order.entries()) checkBlock(world, spec, node, blocks[i])
  demand(blocks.length === peer.order.length, "one block a frame", () => `${blocks.length} of ${peer.order.length}`)
  checkFacts(spec, peer.views)
  peer.spec = spec
}

/** What a peer shows as confirmed is what every other one shows or will show, byte for byte. */
const checkConfirmed = (world: World, { confirmed }: Memory, { index, views }: Peer): void => {
  for (const [i, block] of views.blocks.slice(0, views.signedLength).entries()) {
    if (i === confirmed.length) confirmed.push(block)
    demand(confirmed[i] === block || isSame(confirmed[i]!, block), "a confirmed thing never changes", () => {
      const node = world.peers[index]!.order[i]!
      return `block ${i} of peer ${index}, ${nameOf(world, node)}`
    })
  }
}

const isSame = (a: Uint8Array, b: Uint8Array) => Buffer.compare(a, b) === 0

/**
 * The safety of leases, told from the blocks alone: each claim has the next fence, no two confirmed claims of a task share
 * one, and only the newest claim acts, until it is given back, by whoever made it. Nobody takes a task while its lease runs by
 * what both say it is, however long the pact was quiet before.
 */
const checkClaims = ({ fences }: Memory, peer: Peer, blocks: ReadonlyArray<Block>): void => {
  interface Lease {
    fence: number
    claim: string | null
    by: string
    done: boolean
    /** What the writer of the claim, or of its last renewal, said it was then, and how long it lasts from there. */
    said: number
    lasts: number
  }
  const leases = new Map<string, Lease>()
  const where = (id: string) => `entry ${id} at peer ${peer.index}`
  for (const [i, { decided, writer }] of blocks.entries()) {
    for (const [place, verdict] of decided.entries()) {
      const entry = peer.order[i]?.written[place]?.entry
      if (!verdict.accepted || entry?.type !== "task") continue
      const payload = entry.payload as Readonly<Record<string, unknown>>
      const fact = taskIn(verdict)
      const { id } = verdict
      demand(fact !== null, "an accepted step sets the task", () => where(id))
      if (payload["title"] !== undefined) {
        leases.set(id, { fence: 0, claim: null, by: "", done: false, said: 0, lasts: 0 })
        continue
      }
      const lease = leases.get(fact!.id)
      demand(lease !== undefined && !lease.done, "nothing follows a completion", () => where(id))
      const [, named] = entry.refs
      const by = `${writer} ${String(payload["worker"] ?? "")}`
      if (payload["status"] === "claimed" && payload["renew"] === undefined) {
        demand(fact!.fence === lease!.fence + 1, "each claim has the next fence", () => where(id))
        const { claim, lasts, said } = lease!
        // Clocks that are more than a day apart don't believe each other.
        const apart = entry.timestamp - said < -day || [said, entry.timestamp].includes(wrongClock)
        const isOver = claim === null || apart || entry.timestamp >= said + lasts
        demand(isOver, "nobody takes a task while its lease runs", () => `${claim}, ${where(id)}`)
        Object.assign(lease!, { fence: fact!.fence, claim: id, by, said: entry.timestamp, lasts: fact!.lease })
        if (i >= peer.views.signedLength) continue
        const at = `${fact!.id} ${fact!.fence}`
        const other = fences.get(at) ?? id
        fences.set(at, other)
        demand(other === id, "no two confirmed claims share a fence", () => `${at}: ${other} and ${where(id)}`)
        continue
      }
      if (named !== undefined) {
        demand(named === lease!.claim, "an old fence never acts", () => `${named}, ${where(id)}`)
        demand(by === lease!.by, "only who claimed acts under a claim", () => `${by}, ${where(id)}`)
      }
      if (payload["status"] === "claimed")
        Object.assign(lease!, { said: entry.timestamp, lasts: entry.ttl ?? fact!.lease })
      else lease!.claim = null
      if (payload["status"] === "complete") lease!.done = true
    }
  }
}

const taskIn = ({ facts }: Accepted): TaskFact | null =>
  facts.find((fact): fact is TaskFact => fact.kind === "task") ?? null

/** Exactly the accepted entries are there, each once, in canonical form, at the next position. */
const checkBlock = (world: World, spec: Spec, node: Node, block: Block | undefined): void => {
  const before = spec.accepted
  const says = spec.take(node)
  const where = () => nameOf(world, node)
  demand(block?.writer === node.frame!.writer && block.length === node.length, "blocks follow the order", where)
  demand(block!.decided.length === node.written.length, "every entry is decided once", where)
  let position = before
  for (const [place, said] of says.entries()) {
    const verdict = block!.decided[place]!
    const { entry, id } = node.written[place]!
    const code = verdict.accepted ? "accepted" : verdict.code
    const tell = () => `${id} ${JSON.stringify(entry)}: ${code}, not ${said}`
    demand(code === said && verdict.id === id, "every verdict is the protocol's", tell)
    if (!verdict.accepted) continue
    const holds = verdict.position === position++ && verdict.json === canonicalOf(entry!)
    demand(holds, "exactly the accepted entries are visible", () => `${id} at ${verdict.position}`)
  }
  demand(block!.next === spec.accepted && block!.mark === spec.mark, "the head counts entries and time", where)
}

const parsed = new WeakMap<Uint8Array, Fact>()
const factOf = (bytes: Uint8Array): Fact => {
  const known = parsed.get(bytes) ?? (JSON.parse(Buffer.from(bytes).toString()) as Fact)
  parsed.set(bytes, known)
  return known
}

/** The facts are those that the accepted entries set, and no others. */
export const checkFacts = (spec: Spec, { facts }: MemoryViews): void => {
  const left = new Set(facts.keys())
  for (const fact of spec.accepted === 0 ? [] : factsOf(spec)) {
    for (const key of keysOf(fact)) {
      const bytes = facts.get(key)
      const found = bytes === undefined ? null : factOf(bytes)
      const tell = () => `${key}: ${JSON.stringify(found)}, not ${JSON.stringify(fact)}`
      demand(isDeepStrictEqual(found, fact), "every fact is what the order gives", tell)
      left.delete(key)
    }
  }
  demand(left.size === 0, "nothing refused leaves a fact", () => [...left].join(", "))
}

const factsOf = (spec: Spec): ReadonlyArray<Fact> => [
  { kind: "pact", ...spec.info, indexers: spec.indexers.length },
  ...[...spec.roles].map(([key, role]): Fact => ({
    kind: "member",
    key,
    agent_id: agentIdOf(key),
    role: role ?? "member",
    active: role !== null
  })),
  ...[...spec.invites].map(([invite, { admitted, end, revoked, spentBy, spentOn }]): Fact => ({
    kind: "invite",
    invite,
    expires_at: end,
    revoked,
    redeemed_by: spentOn,
    redemption: spentBy?.id ?? null,
    admitted
  })),
  ...[...spec.tasks.values()].map((task) => taskFact(spec, task))
]

const taskFact = (spec: Spec, task: SpecTask): TaskFact => {
  const claim = spec.claimOf(task)
  const isAhead = claim !== null && !task.done && claim.isAhead
  return {
    kind: "task",
    id: task.id,
    status: task.done ? "complete" : claim === null ? "open" : "claimed",
    assigned_to: task.assignee,
    ttl: task.ttl,
    claim: claim?.id ?? null,
    fence: task.claims.length,
    holder: claim === null ? null : agentIdOf(claim.writer),
    holder_key: claim?.writer ?? null,
    worker: claim?.worker ?? null,
    claimed_at: claim?.from ?? null,
    lease: claim?.lease ?? null,
    until: claim === null || task.done ? null : claim.until,
    ...(isAhead ? { ahead: { since: claim.stated, until: claim.bound } } : {})
  }
}

/** When all are together again and all is signed, everybody has the same views, and so has a straight replay. */
export const checkHealed = async (world: World): Promise<void> => {
  const straight = new MemoryViews()
  for (const node of world.signed) if (node.frame !== null) await world.applyTo(straight, node)
  checkFacts(world.signedSpec, straight)
  for (const { index, views } of world.peers) {
    demand(views.hash === straight.hash, "all peers end with the same views", () => `peer ${index}`)
    demand(views.signedLength === views.blocks.length, "all ends confirmed", () => `peer ${index}`)
  }
}
