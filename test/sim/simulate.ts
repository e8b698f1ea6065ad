import { applyFrame } from "../../src/engine/apply.ts"
import { randomFrom } from "../kit/random.ts"
import { blockOf, checkHealed, checkPeer, Memory } from "./checks.ts"
import { tieRules } from "./order.ts"
import { type Reader, readerOf } from "./reader.ts"
import { type ApplyFrame, Broken, type Counts, type Peer, World } from "./world.ts"

export interface SimOptions {
  /** What decides. Another one to see whether the checks find the bug in it. */
  readonly apply?: ApplyFrame
  /** A folder for the read models of two peers. Without it there are none, and a run is much faster. */
  readonly folder?: string | undefined
  /** False leaves out the engine's own rules for changes of facts, so that the checks here are all there is. */
  readonly rules?: boolean
}

export interface Outcome {
  readonly seed: number
  /** The rule that broke, if one did, and where. */
  readonly broken: { readonly rule: string; readonly message: string } | null
  readonly counts: Counts
}

const hour = 60 * 60 * 1000

/**
 * One life of a pact: 2 to 7 machines write, meet, part, crash and sign, and in the end all come together. Everything
 * follows from the seed. Stops at the first rule that breaks.
 */
export const simulate = async (
  seed: number,
  { apply = applyFrame, folder, rules = true }: SimOptions = {}
): Promise<Outcome> => {
  const random = randomFrom(seed)
  const { below, chance, pick } = random
  const world = new World(random, {
    size: 2 + below(6),
    skew: pick([0, hour, 12 * hour, 72 * hour]),
    tie: pick(Object.values(tieRules(below(1 << 30)))),
    apply,
    rules
  })
  const memory = new Memory()
  const { peers } = world
  const readers: ReadonlyArray<Reader> =
    folder === undefined ? [] : [0, 1].map((index) => readerOf(peers[index]!, world, `${folder}/${seed}-${index}.db`))
  // Who can't reach whom: the group that each peer is in.
  let groups = peers.map(() => 0)

  const check = (...changed: ReadonlyArray<Peer>) => {
    for (const peer of changed) checkPeer(world, memory, peer)
  }
  const step = async () => {
    world.now += pick([0, 0, below(1000), below(60_000), below(20 * 60_000), chance(0.1) ? below(6 * hour) : 0])
    // Nobody writes for a while.
    if (chance(0.005)) world.now += below(20 * 24 * hour)
    const dice = below(100)
    const peer = pick(peers)
    if (dice < 45) {
      // Mostly members write. Others' logs are in nobody's order with Autobase, and are none the better if they are.
      const author = peer.spec.isActive(peer.key) || chance(0.1) ? peer : peers[0]!
      await world.append(author, chance(0.93) ? "frame" : "acknowledgement")
      check(author)
    } else if (dice < 75) {
      const others = peers.filter((other) => other !== peer && groups[other.index] === groups[peer.index])
      if (others.length === 0) return
      const from = pick(others)
      await world.send(from, peer, chance(0.6))
      check(peer)
    } else if (dice < 85) {
      await world.sign()
      check(...peers)
    } else if (dice < 89) {
      await world.crash(peer)
      check(peer)
    } else if (dice < 94) {
      groups = chance(0.4) ? peers.map(() => 0) : peers.map(() => below(3))
    } else {
      // Nobody reads what a crash can still take away.
      for (const each of peers.slice(0, 2)) world.flush(each)
      for (const reader of readers) await reader.look(false)
    }
  }
  const heal = async () => {
    const all = pick(peers)
    for (const peer of peers) await world.send(peer, all, true)
    for (const peer of peers) await world.send(all, peer, true)
    check(...peers)
    await world.sign(true)
    for (const peer of peers) await world.send(peers[0]!, peer, true)
    check(...peers)
    await checkHealed(world)
    for (const reader of readers) await reader.look(true)
  }
  try {
    for (let left = 30 + below(60); left > 0; left--) await step()
    await heal()
    for (const { decided } of memory.confirmed.map(blockOf)) {
      for (const each of decided) {
        const code = each.accepted ? "accepted" : each.code
        world.counts.verdicts.set(code, (world.counts.verdicts.get(code) ?? 0) + 1)
      }
    }
    return { seed, broken: null, counts: world.counts }
  } catch (error) {
    const rule = error instanceof Broken ? error.rule : "nothing throws"
    const message = error instanceof Error ? (error.stack ?? error.message) : String(error)
    return { seed, broken: { rule, message }, counts: world.counts }
  } finally {
    for (const reader of readers) reader.close()
  }
}
