import { agentIdOf, entryIdOf } from "../../src/domain/ids.ts"
import type { applyFrame } from "../../src/engine/apply.ts"
import { encodeFrame } from "../../src/engine/frame.ts"
import { violations } from "../../src/engine/invariants.ts"
import { MemoryViews } from "../../src/engine/memory.ts"
import { start } from "../kit/history.ts"
import type { Random } from "../kit/random.ts"
import { anyOrder, type Clock, covers, inOrder, meet, merge, type Node, type TieRule } from "./order.ts"
import { Spec } from "./spec.ts"
import { Workload } from "./workload.ts"

/** The function under test, or one with a bug planted in it. */
export type ApplyFrame = typeof applyFrame

/** A rule that didn't hold. `rule` is one of few, `message` tells where. */
export class Broken extends Error {
  readonly rule: string
  constructor(rule: string, message: string) {
    super(`${rule}: ${message}`)
    this.rule = rule
  }
}
export const demand = (holds: boolean, rule: string, message: () => string): void => {
  if (!holds) throw new Broken(rule, message())
}

/** A machine: what it knows, how much of the signed order it has heard of, and the views that it made of that. */
export interface Peer {
  readonly index: number
  readonly key: string
  /** How wrong its clock is, ms. */
  readonly skew: number
  known: Clock
  /** Nodes of the signed order that it knows to be signed. */
  signed: number
  /** What a crash leaves of the two. */
  durable: { readonly known: Clock; readonly signed: number }
  readonly views: MemoryViews
  /** The nodes behind the blocks of its views. */
  order: ReadonlyArray<Node>
  /** What the protocol says of its order. Set by the checks, after each change. */
  spec: Spec
}

export interface Counts {
  readonly verdicts: Map<string, number>
  /** Blocks taken back by a reorder, crashes, orders signed, frames applied. */
  undone: number
  crashes: number
  signed: number
  applied: number
}

export interface Settings {
  /** Machines, the creator included. */
  readonly size: number
  /** How wrong clocks are at most, ms. */
  readonly skew: number
  readonly tie: TieRule
  readonly apply: ApplyFrame
  /** True judges each change of a fact by the engine's own rules, see invariants.ts, besides all else. */
  readonly rules: boolean
}

/** All machines of one pact, the nodes that they wrote, and the order that a majority of indexers has signed. */
export class World {
  readonly peers: ReadonlyArray<Peer>
  readonly pactId: string
  readonly workload: Workload
  readonly logs: ReadonlyArray<Array<Node>>
  /** The signed order. It only ever grows, and is a prefix of what every peer that heard of it has. */
  readonly signed: Array<Node> = []
  signedClock: Clock
  readonly #signedClocks: Array<Clock>
  /** What the protocol says of the signed order. */
  readonly signedSpec: Spec
  readonly counts: Counts = { verdicts: new Map(), undone: 0, crashes: 0, signed: 0, applied: 0 }
  now = start
  readonly #random: Random
  readonly #apply: ApplyFrame
  readonly #tie: TieRule
  readonly #rules: boolean

  constructor(random: Random, { apply, rules, size, skew, tie }: Settings) {
    this.#random = random
    this.#apply = apply
    this.#tie = tie
    this.#rules = rules
    const keys = Array.from({ length: size }, () => random.hex(64))
    this.pactId = keys[0]!
    this.workload = new Workload(random, this.pactId, keys)
    this.logs = keys.map(() => [])
    const none = keys.map(() => 0)
    this.signedClock = none
    this.#signedClocks = [none]
    this.signedSpec = this.newSpec()
    this.peers = keys.map((key, index) => ({
      index,
      key,
      skew: skew === 0 ? 0 : random.below(2 * skew) - skew,
      known: none,
      signed: 0,
      durable: { known: none, signed: 0 },
      views: new MemoryViews(),
      order: [],
      spec: this.newSpec()
    }))
  }
  newSpec(): Spec {
    return new Spec(this.pactId, this.workload.proofs)
  }

  /** Appends a frame, or an acknowledgement, that stands on all that the peer knows. Written is durable. */
  async append(peer: Peer, what: "frame" | "acknowledgement"): Promise<void> {
    const length = peer.known[peer.index]! + 1
    const author = { key: peer.key, now: this.now + peer.skew, view: peer.spec }
    const made = what === "frame" ? this.workload.frame(author, length) : []
    const clock = peer.known.with(peer.index, length)
    const written = made.map(({ entry }, place) => ({ id: entryIdOf(peer.key, length, place), entry }))
    const frame =
      what === "frame" ? { writer: peer.key, length, bytes: encodeFrame(made.map(({ bytes }) => bytes)) } : null
    this.logs[peer.index]!.push({ writer: peer.index, length, clock, frame, written })
    peer.known = clock
    this.flush(peer)
    await this.settle(peer)
  }

  /** Hands over what `from` has, or a part of it that lacks no causes. */
  async send(from: Peer, to: Peer, all: boolean): Promise<void> {
    const news = this.logs.flatMap((log, i) => log.slice(to.known[i], from.known[i]))
    const some = all ? news : news.filter(() => this.#random.chance(0.3))
    to.known = all ? merge(to.known, from.known) : some.reduce((known, { clock }) => merge(known, clock), to.known)
    let signed = Math.max(from.signed, to.signed)
    while (!covers(to.known, this.#signedClocks[signed]!)) signed--
    to.signed = Math.max(signed, to.signed)
    if (all || this.#random.chance(0.7)) this.flush(to)
    await this.settle(to)
  }

  /** What was written to the disk is there after a crash. Only then is it read by anybody, too. */
  flush(peer: Peer): void {
    peer.durable = { known: peer.known, signed: peer.signed }
  }

  /** What was not on the disk is lost, and the views with any part of their end. */
  async crash(peer: Peer): Promise<void> {
    peer.known = peer.durable.known
    peer.signed = peer.durable.signed
    const length = this.#random.below(peer.order.length + 1)
    peer.views.truncate(length)
    peer.order = peer.order.slice(0, length)
    this.counts.crashes++
    await this.settle(peer)
  }

  /** A majority of the indexers signs an order of what all of them know, any order that begins as the signed one does. */
  async sign(everybody = false): Promise<void> {
    const indexers = this.peers.filter(({ key }) => this.signedSpec.indexers.includes(key))
    const few = shuffled(this.#random, indexers).slice(0, Math.floor(indexers.length / 2) + 1)
    const quorum = everybody ? indexers : few
    const known = quorum.map((peer) => peer.known).reduce(meet)
    const order = inOrder(this.logs, this.signedClock, known, anyOrder(this.#random))
    const more = everybody ? order : order.slice(0, this.#random.below(order.length + 1))
    for (const node of more) {
      this.signed.push(node)
      this.signedClock = this.signedClock.with(node.writer, node.length)
      this.#signedClocks.push(this.signedClock)
      this.signedSpec.take(node)
    }
    this.counts.signed += more.length
    // Who signs knows what is signed. The others hear of it.
    for (const peer of quorum) {
      peer.signed = this.signed.length
      this.flush(peer)
      await this.settle(peer)
    }
  }

  /** Brings the views of a peer to the order of what it knows, as Autobase does: back to where the two part, and on. */
  async settle(peer: Peer): Promise<void> {
    const signed = this.signed.slice(0, peer.signed)
    const tail = inOrder(this.logs, this.#signedClocks[peer.signed]!, peer.known, this.#tie)
    const order = [...signed, ...tail].filter(({ frame }) => frame !== null)
    let same = 0
    while (same < order.length && order[same] === peer.order[same]) same++
    this.counts.undone += peer.order.length - same
    peer.views.truncate(same)
    for (const node of order.slice(same)) await this.applyTo(peer.views, node)
    peer.order = order
    peer.views.signedLength = signed.filter(({ frame }) => frame !== null).length
  }

  async applyTo(views: MemoryViews, node: Node): Promise<void> {
    this.counts.applied++
    await this.#apply(this.pactId, views, node.frame!, (before, after, frame) => {
      const broken = this.#rules ? violations(before, after, frame) : []
      demand(broken.length === 0, "a fact keeps its rules", () => `${broken.join(", ")} at ${nameOf(this, node)}`)
    })
  }
}

export const nameOf = ({ peers }: World, { length, writer }: Node): string =>
  `${agentIdOf(peers[writer]!.key)} ${peers[writer]!.key.slice(0, 8)} length ${length}`

export const shuffled = <A>(random: Random, items: ReadonlyArray<A>): ReadonlyArray<A> => {
  const left = [...items]
  return items.map(() => left.splice(random.below(left.length), 1)[0]!)
}
