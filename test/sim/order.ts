import type { Entry } from "../../src/domain/entry.ts"
import type { Frame } from "../../src/engine/ports.ts"
import type { Random } from "../kit/random.ts"

/** How much of each log is known, by the number of its writer. A set of nodes that lacks none of their causes. */
export type Clock = ReadonlyArray<number>

/** An entry as it was written. `entry` is null for bytes that are none. */
export interface Written {
  readonly id: string
  readonly entry: Entry | null
}

/** One node of a writer's log: what Autobase links to all that its writer knew by then, and puts into an order. */
export interface Node {
  readonly writer: number
  /** The length of its log with it. */
  readonly length: number
  /** All that comes before it, itself included. */
  readonly clock: Clock
  /** Null for an acknowledgement, which has a place in the order and nothing to apply. */
  readonly frame: Frame | null
  readonly written: ReadonlyArray<Written>
}

/** Chooses the next node of an order among those whose causes are all in it. */
export type TieRule = (ready: ReadonlyArray<Node>, last: Node | null) => Node

const byWriter = (a: Node, b: Node) => a.writer - b.writer
const timeOf = (node: Node) => node.written[0]?.entry?.timestamp ?? 0
const least = (nodes: ReadonlyArray<Node>, compare: (a: Node, b: Node) => number) =>
  nodes.reduce((best, node) => (compare(node, best) < 0 ? node : best))
const mixed = (node: Node, salt: number) =>
  Math.imul((node.writer + 1) * 7919 + node.length * 104_729 + salt, 2_654_435_761)

/** Ways to break ties that are the same for all who know the same nodes, as Autobase's is. */
export const tieRules = (salt: number): Readonly<Record<string, TieRule>> => ({
  "lowest writer": (ready) => least(ready, byWriter),
  "highest writer": (ready) => least(ready, (a, b) => byWriter(b, a)),
  "one writer after the other": (ready, last) =>
    ready.find(({ writer }) => writer === last?.writer) ?? least(ready, byWriter),
  "writers in turn": (ready, last) =>
    ready.find(({ writer }) => writer > (last?.writer ?? -1)) ?? least(ready, byWriter),
  "newest clock first": (ready) => least(ready, (a, b) => timeOf(b) - timeOf(a) || byWriter(a, b)),
  hashed: (ready) => least(ready, (a, b) => mixed(a, salt) - mixed(b, salt) || byWriter(a, b))
})

/** Any legal order at all. */
export const anyOrder =
  (random: Random): TieRule =>
  (ready) =>
    random.pick(ready)

/** Puts the nodes that `known` has and `before` has not into an order that keeps causes before effects. */
export const inOrder = (
  logs: ReadonlyArray<ReadonlyArray<Node>>,
  before: Clock,
  known: Clock,
  choose: TieRule
): ReadonlyArray<Node> => {
  const at = [...before]
  const order: Array<Node> = []
  let last: Node | null = null
  for (;;) {
    const heads = logs.flatMap((log, i) => (at[i]! < known[i]! ? [log[at[i]!]!] : []))
    if (heads.length === 0) return order
    const ready = heads.filter(({ clock, writer }) => clock.every((length, i) => i === writer || length <= at[i]!))
    last = choose(ready, last)
    at[last.writer]!++
    order.push(last)
  }
}

export const merge = (a: Clock, b: Clock): Clock => a.map((length, i) => Math.max(length, b[i]!))
export const meet = (a: Clock, b: Clock): Clock => a.map((length, i) => Math.min(length, b[i]!))
export const covers = (a: Clock, b: Clock): boolean => b.every((length, i) => length <= a[i]!)
