import type { Entry, EntryOf } from "../../src/domain/entry.ts"
import { agentIdOf, entryIdOf } from "../../src/domain/ids.ts"
import { inviteKeyOf, signRedemption, skillChecksumOf } from "../../src/engine/crypto.ts"
import { encodeEntry } from "../../src/engine/entry.ts"
import { entryOf } from "../kit/history.ts"
import type { Random } from "../kit/random.ts"
import { proofOf, type Spec, type SpecTask } from "./spec.ts"

/** Who writes, and what it sees. */
export interface Author {
  readonly key: string
  /** What its clock says, ms. */
  readonly now: number
  /** What holds in the order that it has now. */
  readonly view: Spec
}

/** A claim that somebody wrote, accepted or not. */
interface OldClaim {
  readonly id: string
  readonly task: string
  readonly writer: string
  readonly worker: string | null
}

type Draft = readonly [type: Entry["type"], payload: object, refs?: ReadonlyArray<string>, ttl?: number | undefined]

const minute = 60_000
const hour = 60 * minute

/** What a clock says that was never right, ms. */
export const wrongClock = 253_370_764_800_000

/** The leases that are asked for, ms. Time in the simulation goes on by steps of about that size. */
const leases = [1, 1000, minute, 10 * minute, hour, 72 * hour, undefined]
const workers = [null, null, "w1", "w2"]

/** What members write: mostly steps of tasks, honest ones and others that a rule must stop. */
export class Workload {
  readonly #random: Random
  readonly #pactId: string
  readonly #keys: ReadonlyArray<string>
  readonly #nonces: ReadonlyArray<string>
  /** The proofs that hold, see {@link Spec}. */
  readonly proofs = new Set<string>()
  readonly #tasks: Array<string> = []
  readonly #claims: Array<OldClaim> = []
  readonly #ids: Array<string> = []

  /** @param keys of all machines, members or not. */
  constructor(random: Random, pactId: string, keys: ReadonlyArray<string>) {
    this.#random = random
    this.#pactId = pactId
    this.#keys = keys
    this.#nonces = Array.from({ length: 3 }, () => random.hex(48))
  }

  /** The entries of one frame, and the bytes of each. */
  frame(author: Author, length: number): ReadonlyArray<{ readonly entry: Entry | null; readonly bytes: Uint8Array }> {
    const { below, bytes, chance, pick } = this.#random
    const drafts: Array<Draft | null> = []
    const size = pick([1, 1, 1, 2, 3])
    while (drafts.length < size) drafts.push(...this.#drafts(author, entryIdOf(author.key, length, drafts.length)))
    return drafts.map((draft, place) => {
      const id = entryIdOf(author.key, length, place)
      if (draft === null) return { entry: null, bytes: bytes(below(40)) }
      const [type, payload, refs = [], ttl] = draft
      // Now and then a clock that was never right.
      const timestamp = Math.max(0, chance(0.02) ? pick([0, wrongClock]) : author.now + below(50))
      const entry = entryOf(author.key, type, payload, { timestamp, refs, ...(ttl === undefined ? {} : { ttl }) })
      const forged = chance(0.005) ? { ...entry, agent_id: agentIdOf(pick(this.#keys)) } : entry
      this.#remember(author.key, id, forged)
      return { entry: forged, bytes: encodeEntry(forged) }
    })
  }

  #remember(writer: string, id: string, entry: Entry): void {
    this.#ids.push(id)
    if (entry.type !== "task") return
    const payload: EntryOf<"task">["payload"] = entry.payload
    if (payload.status === "open" && "title" in payload) this.#tasks.push(id)
    if (payload.status === "claimed" && payload.renew === undefined)
      this.#claims.push({ id, task: entry.refs[0]!, writer, worker: (payload.worker as string | undefined) ?? null })
  }

  #drafts(author: Author, id: string): ReadonlyArray<Draft | null> {
    const dice = this.#random.below(100)
    if (this.#tasks.length === 0 || dice < 8) return this.#newTask(id)
    if (dice < 76) return [this.#step(author)]
    if (dice < 83) return [this.#note()]
    if (dice < 91) return [this.#admin(author)]
    return dice < 99 ? this.#invite(author) : [null]
  }

  #newTask(id: string): ReadonlyArray<Draft> {
    const { chance, pick } = this.#random
    const assigned = chance(0.2) ? { assigned_to: agentIdOf(pick(this.#keys)) } : {}
    const made: Draft = ["task", { status: "open", title: "work", ...assigned }, [], pick(leases)]
    // Everything about it in one frame.
    if (!chance(0.1)) return [made]
    const [prefix, n] = id.split("-")
    const claim = `${prefix}-${Number(n) + 1}`
    return [made, ["task", { status: "claimed" }, [id]], ["task", { status: "complete" }, [id, claim]]]
  }

  #step({ key, now, view }: Author): Draft {
    const { chance, pick } = this.#random
    const worker = pick(workers)
    const by = worker === null ? {} : { worker }
    const known = [...view.tasks.values()]
    const task = known.length === 0 || chance(0.02) ? null : pick(known.slice(chance(0.8) ? -4 : 0))
    const id = task?.id ?? pick(this.#ids)
    const claim = task === null ? null : view.claimOf(task)
    const open = known.filter((each) => !each.done && !view.isHeld(each, now))
    const own = known.filter((each) => !each.done && view.claimOf(each)?.writer === key)
    const change = (): object => pick(changes(pick))

    const moves: ReadonlyArray<readonly [weight: number, move: () => Draft | null]> = [
      [5, () => (open.length === 0 ? null : ["task", { status: "claimed", ...by }, [pick(open).id], pick(leases)])],
      // What is held, done or another's, or what only seems so from here.
      [3, () => ["task", { status: "claimed", ...by }, [id], pick(leases)]],
      [6, () => (own.length === 0 ? null : underClaim(view, pick(own), change(), pick(leases)))],
      // By another worker of the same member, or by another member.
      [2, () => (claim === null ? null : ["task", { ...change(), ...by }, [id, claim.id], pick(leases)])],
      // An old claim, or one that never was.
      [3, () => this.#underOld(key, change())],
      [2, () => ["task", { ...pick(changes(pick)), ...by }, [id]]],
      [1, () => ["task", { status: "complete", ...by }, [id, pick(this.#ids)]]]
    ]
    const all = moves.flatMap(([weight, move]) => Array.from({ length: weight }, () => move))
    for (;;) {
      const draft = pick(all)()
      if (draft !== null) return draft
    }
  }

  #underOld(key: string, change: object): Draft | null {
    const { chance, pick } = this.#random
    const mine = this.#claims.filter(({ writer }) => writer === key)
    const from = chance(0.7) && mine.length > 0 ? mine : this.#claims
    if (from.length === 0) return null
    const { id, task, worker } = pick(from)
    return ["task", { ...change, ...(worker === null ? {} : { worker }) }, [task, id]]
  }

  #note(): Draft {
    const { chance, pick } = this.#random
    const refs = this.#ids.length > 0 && chance(0.5) ? [pick(this.#ids)] : []
    const checksum = skillChecksumOf(pick(["x", "x", "y"]))
    return pick<Draft>([
      ["knowledge", { topic: pick(["a", "b"]), content: "fact" }, refs],
      ["message", { content: "hello" }, refs],
      ["skill", { name: "s", version: "1.0.0", format: "generic", content: "x", checksum }, refs]
    ])
  }

  #admin({ key, view }: Author): Draft {
    const { chance, pick } = this.#random
    // Mostly what the writer may do, or nobody would ever be admitted.
    const mayAll = view.roles.get(key) === "creator"
    const target = !mayAll && chance(0.3) ? key : pick(this.#keys)
    const actions: ReadonlyArray<object> = [
      { action: "addWriter", key: target },
      { action: "addWriter", key: target, indexer: true },
      { action: "addWriter", key: target, indexer: chance(0.5) },
      { action: "removeWriter", key: target },
      { action: "setInfo", name: pick([null, "Accord", "Pax"]) },
      { action: "setInfo", purpose: pick([null, "peace"]) }
    ]
    return ["admin", pick(actions)]
  }

  #invite({ key, now, view }: Author): ReadonlyArray<Draft> {
    const { below, chance, hex, pick } = this.#random
    const nonce = pick(this.#nonces)
    const invite = inviteKeyOf(nonce)
    const role = view.roles.get(key)
    if (!view.invites.has(invite) || chance(0.1)) {
      const mint: Draft = ["admin", { action: "mintInvite", invite, expires_at: Math.max(0, now + below(12 * hour)) }]
      if (role === "creator" || chance(0.1)) return [mint]
    }
    if (role === "creator" && chance(0.15)) return [["admin", { action: "revokeInvite", invite }]]
    const strangers = this.#keys.filter((each) => !view.isActive(each))
    const joiner = strangers.length > 0 && chance(0.8) ? pick(strangers) : pick(this.#keys)
    const add: Draft = [
      "admin",
      { action: "addWriter", key: joiner, invite, ...(chance(0.1) ? { indexer: true } : {}) }
    ]
    if (chance(0.15)) return [add]
    const proof = chance(0.1) ? hex(128) : this.#prove(nonce, invite, joiner)
    const redeem: Draft = ["invite-redeemed", { invite, redeemed_by: joiner, proof }]
    // An honest indexer writes the two together, and each once.
    return pick([[redeem, add], [redeem, add], [redeem, add, add], [redeem]])
  }

  readonly #proven = new Map<string, string>()
  #prove(nonce: string, invite: string, joiner: string): string {
    const at = `${invite} ${joiner}`
    const proof = this.#proven.get(at) ?? signRedemption(nonce, this.#pactId, joiner)
    this.#proven.set(at, proof)
    this.proofs.add(proofOf(invite, joiner, proof))
    return proof
  }
}

const changes = (pick: Random["pick"]): ReadonlyArray<object> => [
  { status: "claimed", renew: true },
  { status: "open" },
  { status: "complete" },
  { status: "complete", result: pick<unknown>([1, "done", { ok: true }]) }
]

const underClaim = (view: Spec, task: SpecTask, change: object, ttl: number | undefined): Draft => {
  const claim = view.claimOf(task)!
  const by = claim.worker === null ? {} : { worker: claim.worker }
  return ["task", { ...change, ...by }, [task.id, claim.id], "renew" in change ? ttl : undefined]
}
