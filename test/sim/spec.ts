import type { Entry, EntryOf } from "../../src/domain/entry.ts"
import { agentIdOf } from "../../src/domain/ids.ts"
import { skillChecksumOf } from "../../src/engine/crypto.ts"
import type { Refusal } from "../../src/engine/verdict.ts"
import type { Node, Written } from "./order.ts"

/** What docs/protocol.md says of one entry. */
export type Said = "accepted" | Refusal

const day = 24 * 60 * 60 * 1000

export interface SpecClaim {
  readonly id: string
  readonly writer: string
  readonly worker: string | null
  readonly from: number
  readonly lease: number
  until: number
  /** The claim's or the last renewal's: what its writer's clock said, and the end by the pact's time. */
  stated: number
  bound: number
  isAhead: boolean
}
/** A task as the story of its claims, not as a state: the n-th has fence n, and the last is in force unless it was given up. */
export interface SpecTask {
  readonly id: string
  readonly assignee: string | null
  readonly ttl: number | null
  readonly claims: Array<SpecClaim>
  givenUp: boolean
  done: boolean
}
interface SpecInvite {
  readonly end: number
  revoked: boolean
  spentOn: string | null
  /** The entry that spent it, and the node that this stands in. */
  spentBy: { readonly id: string; readonly node: Node } | null
  admitted: boolean
}

/**
 * The protocol a second time, from its page and not from its code: what each entry of an order must be told, and what
 * holds after it. It trusts the simulation for what it wrote itself: which bytes are an entry, and which proofs are true.
 */
export class Spec {
  readonly creator: string
  readonly proofs: ReadonlySet<string>
  readonly tasks = new Map<string, SpecTask>()
  readonly invites = new Map<string, SpecInvite>()
  /** Members, past and present. A role of null is a past one's. */
  readonly roles = new Map<string, "creator" | "indexer" | "member" | null>()
  readonly info: { name: string | null; purpose: string | null } = { name: null, purpose: null }
  /** Entries accepted. */
  accepted = 0
  mark = 0
  #time = 0
  #node: Node | null = null

  /** @param proofs the true ones: `<invite> <member key> <proof>`. */
  constructor(creator: string, proofs: ReadonlySet<string>) {
    this.creator = creator
    this.proofs = proofs
    this.roles.set(creator, "creator")
  }
  get indexers(): ReadonlyArray<string> {
    return [...this.roles].flatMap(([key, role]) => (role === "creator" || role === "indexer" ? [key] : []))
  }
  isActive(key: string): boolean {
    return (this.roles.get(key) ?? null) !== null
  }
  /** The claim in force, whether or not its lease has run out. */
  claimOf({ claims, givenUp }: SpecTask): SpecClaim | null {
    return givenUp ? null : (claims.at(-1) ?? null)
  }
  /** Whether it is held for who says `stated` at a bounded `time`. A reader bounds nothing. */
  isHeld(task: SpecTask, time: number, stated = time): boolean {
    const claim = this.claimOf(task)
    if (task.done || claim === null) return false
    if (!claim.isAhead) return time < claim.until
    return time < claim.bound || (stated < claim.until && stated >= claim.stated - day)
  }

  take(node: Node): ReadonlyArray<Said> {
    const { frame, written } = node
    this.#node = node
    return frame === null ? [] : written.map((each) => this.#one(frame.writer, each))
  }

  #one(writer: string, { entry, id }: Written): Said {
    if (entry === null || entry.agent_id !== agentIdOf(writer)) return "BAD_ENTRY"
    if (!this.isActive(writer)) return "NOT_A_MEMBER"
    this.#time = this.accepted === 0 ? entry.timestamp : Math.min(entry.timestamp, this.mark + day)
    const said = this.#byType(writer, entry, id)
    if (said !== "accepted") return said
    this.accepted++
    this.mark = Math.max(this.mark, this.#time)
    return said
  }

  #byType(writer: string, entry: Entry, id: string): Said {
    switch (entry.type) {
      case "task":
        return this.#task(writer, entry, id)
      case "admin":
        return this.#admin(writer, entry.payload)
      case "invite-redeemed":
        return this.#redeem(writer, entry, id)
      case "skill":
        return entry.payload.checksum === skillChecksumOf(entry.payload.content)
          ? "accepted"
          : "SKILL_CHECKSUM_MISMATCH"
      default:
        return "accepted"
    }
  }

  #task(writer: string, entry: EntryOf<"task">, id: string): Said {
    const time = this.#time
    const payload = entry.payload as Readonly<Record<string, unknown>>
    const worker = typeof payload["worker"] === "string" ? payload["worker"] : null
    if (payload["title"] !== undefined) {
      const assignee = (payload["assigned_to"] as string | undefined) ?? null
      this.tasks.set(id, { id, assignee, ttl: entry.ttl ?? null, claims: [], givenUp: false, done: false })
      return "accepted"
    }
    const task = this.tasks.get(entry.refs[0] ?? "")
    if (task === undefined) return "NOT_FOUND"
    const forOthers = task.assignee !== null && task.assignee !== agentIdOf(writer)
    const claim = this.claimOf(task)
    const held = this.isHeld(task, time, entry.timestamp)
    const ends = (lease: number) => ({
      until: Math.min(entry.timestamp + lease, 100_000_000 * day),
      stated: entry.timestamp,
      bound: time + lease,
      isAhead: entry.timestamp > time
    })
    const own = claim !== null && claim.writer === writer && claim.worker === worker

    if (payload["status"] === "claimed" && payload["renew"] === undefined) {
      if (task.done) return "TASK_ALREADY_COMPLETE"
      if (held) return "TASK_ALREADY_CLAIMED"
      if (forOthers) return "NOT_ASSIGNEE"
      const lease = entry.ttl ?? task.ttl ?? day
      task.claims.push({ id, writer, worker, from: entry.timestamp, lease, ...ends(lease) })
      task.givenUp = false
      return "accepted"
    }
    const named = entry.refs[1]
    if (named === undefined) {
      if (task.done) return "TASK_ALREADY_COMPLETE"
      if (held) return own ? "STALE_CLAIM" : "NOT_CLAIMER"
      if (payload["status"] !== "complete") return "NOT_CLAIMED"
      if (forOthers) return "NOT_ASSIGNEE"
      task.givenUp = true
      task.done = true
      return "accepted"
    }
    if (claim === null || claim.id !== named) return "STALE_CLAIM"
    if (task.done) return "TASK_ALREADY_COMPLETE"
    if (!own) return "NOT_CLAIMER"
    if (!held) return "STALE_CLAIM"
    if (payload["status"] === "claimed") Object.assign(claim, ends(entry.ttl ?? claim.lease))
    else if (payload["status"] === "open") task.givenUp = true
    else task.done = true
    return "accepted"
  }

  #admin(writer: string, payload: EntryOf<"admin">["payload"]): Said {
    const role = this.roles.get(writer)
    if (payload.action === "removeWriter") {
      if (payload.key !== writer && role !== "creator") return "NOT_CREATOR"
      if (!this.isActive(payload.key)) return "NOT_FOUND"
      // The creator stays an indexer, so no other can be the last one.
      if (payload.key === this.creator) return "LAST_INDEXER"
      this.roles.set(payload.key, null)
      return "accepted"
    }
    if (payload.action === "addWriter" && payload.invite !== undefined) {
      if (role === "member") return "NOT_INDEXER"
      if (payload.indexer === true) return "NOT_CREATOR"
      const invite = this.invites.get(payload.invite)
      if (invite === undefined) return "UNKNOWN_INVITE"
      if (invite.spentOn !== payload.key || invite.admitted || invite.spentBy?.node !== this.#node)
        return "INVITE_SPENT"
      invite.admitted = true
      this.#admit(payload.key, "member")
      return "accepted"
    }
    if (role !== "creator") return "NOT_CREATOR"
    switch (payload.action) {
      case "addWriter":
        this.#admit(payload.key, payload.indexer === true ? "indexer" : "member")
        return "accepted"
      case "setInfo":
        if (payload.name !== undefined) this.info.name = payload.name
        if (payload.purpose !== undefined) this.info.purpose = payload.purpose
        return "accepted"
      case "mintInvite":
        if (this.invites.has(payload.invite)) return "BAD_ENTRY"
        this.invites.set(payload.invite, {
          end: payload.expires_at,
          revoked: false,
          spentOn: null,
          spentBy: null,
          admitted: false
        })
        return "accepted"
      case "revokeInvite": {
        const dead = this.#dead(payload.invite)
        if (dead === null) this.invites.get(payload.invite)!.revoked = true
        return dead ?? "accepted"
      }
    }
  }

  #admit(key: string, role: "indexer" | "member"): void {
    if (!this.isActive(key) || this.roles.get(key) === "member") this.roles.set(key, role)
  }

  #redeem(writer: string, { payload, timestamp }: EntryOf<"invite-redeemed">, id: string): Said {
    if (this.roles.get(writer) === "member") return "NOT_INDEXER"
    const dead = this.#dead(payload.invite)
    if (dead !== null) return dead
    const invite = this.invites.get(payload.invite)!
    if (timestamp > invite.end) return "INVITE_EXPIRED"
    if (!this.proofs.has(proofOf(payload.invite, payload.redeemed_by, payload.proof))) return "BAD_ENTRY"
    invite.spentOn = payload.redeemed_by
    invite.spentBy = { id, node: this.#node! }
    return "accepted"
  }

  #dead(key: string): Refusal | null {
    const invite = this.invites.get(key)
    if (invite === undefined) return "UNKNOWN_INVITE"
    if (invite.revoked) return "INVITE_REVOKED"
    return invite.spentOn === null ? null : "INVITE_SPENT"
  }
}

export const proofOf = (invite: string, member: string, proof: string) => `${invite} ${member} ${proof}`
