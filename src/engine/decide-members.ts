import type { EntryOf } from "../domain/entry.ts"
import { agentIdOf, entryPrefixOf, frameIdOf } from "../domain/ids.ts"
import { verifyRedemption } from "./crypto.ts"
import type { Place } from "./place.ts"
import type { Facts } from "./facts-view.ts"
import type { Fact, InviteFact, MemberFact } from "./facts.ts"
import { accept, refuse, type Refusal, type Verdict } from "./verdict.ts"

type Admin = EntryOf<"admin">["payload"]
type Of<Action extends Admin["action"]> = Extract<Admin, { readonly action: Action }>

/** Membership, the pact's info and invites: who may do what stands in protocol.md. */
export const decideAdmin = (entry: EntryOf<"admin">, place: Place, facts: Facts, writer: MemberFact): Verdict => {
  const { payload } = entry
  switch (payload.action) {
    case "addWriter":
      return payload.invite === undefined
        ? requireCreator(writer, () => admit(payload, facts, []))
        : admitInvited(payload, payload.invite, place, facts, writer)
    case "removeWriter":
      return remove(payload, place, facts, writer)
    case "setInfo":
      return requireCreator(writer, () => setInfo(payload, facts))
    case "mintInvite":
      return requireCreator(writer, () => mint(payload, facts))
    case "revokeInvite":
      return requireCreator(writer, () => revoke(payload, facts))
  }
}

/** Spends an invite for one member key. It admits nobody: the addWriter behind it in the same frame does. */
export const decideRedemption = (
  { payload, timestamp }: EntryOf<"invite-redeemed">,
  place: Place,
  facts: Facts,
  writer: MemberFact
): Verdict => {
  if (writer.role === "member") return refuse("NOT_INDEXER")
  const invite = liveInvite(facts, payload.invite)
  if (typeof invite === "string") return refuse(invite)
  if (timestamp > invite.expires_at) return refuse("INVITE_EXPIRED")
  if (isTaken(payload.redeemed_by, facts)) return refuse("HANDLE_TAKEN")
  if (!verifyRedemption(payload.invite, place.pactId, payload.redeemed_by, payload.proof)) return refuse("BAD_ENTRY")
  return accept({ ...invite, redeemed_by: payload.redeemed_by, redemption: place.id })
}

const requireCreator = (writer: MemberFact, then: () => Verdict): Verdict =>
  writer.role === "creator" ? then() : refuse("NOT_CREATOR")

/** An addWriter apart from its redemption admits nobody: it could bring back whom the creator removed in between. */
const admitInvited = (
  payload: Of<"addWriter">,
  key: string,
  place: Place,
  facts: Facts,
  writer: MemberFact
): Verdict => {
  if (writer.role === "member") return refuse("NOT_INDEXER")
  if (payload.indexer === true) return refuse("NOT_CREATOR")
  const invite = facts.invite(key)
  if (invite === null) return refuse("UNKNOWN_INVITE")
  const { admitted, redeemed_by, redemption } = invite
  if (redeemed_by !== payload.key || admitted || redemption === null || frameIdOf(redemption) !== frameIdOf(place.id))
    return refuse("INVITE_SPENT")
  return admit(payload, facts, [{ ...invite, admitted: true }])
}

/** Admits, admits anew or promotes. A role never falls by it. */
const admit = ({ indexer, key }: Of<"addWriter">, facts: Facts, more: ReadonlyArray<Fact>): Verdict => {
  if (isTaken(key, facts)) return refuse("HANDLE_TAKEN")
  const before = facts.member(key)
  const kept = before?.active === true && before.role !== "member"
  const role = kept ? before.role : indexer === true ? "indexer" : "member"
  const indexers = facts.pact.indexers + (role === "indexer" && !kept ? 1 : 0)
  return accept(
    ...more,
    { kind: "member", key, agent_id: agentIdOf(key), role, active: true },
    ...(indexers === facts.pact.indexers ? [] : [{ ...facts.pact, indexers }])
  )
}

/** Handles and entry ids are short enough to be ground out: one that any other key ever had is refused. */
const isTaken = (key: string, facts: Facts): boolean =>
  [facts.handle(agentIdOf(key)), facts.prefix(entryPrefixOf(key))].some(
    (member) => member !== null && member.key !== key
  )

const remove = ({ key }: Of<"removeWriter">, place: Place, facts: Facts, writer: MemberFact): Verdict => {
  if (key !== place.writer && writer.role !== "creator") return refuse("NOT_CREATOR")
  const member = facts.member(key)
  if (member === null || !member.active) return refuse("NOT_FOUND")
  if (member.role === "creator") return refuse("LAST_INDEXER")
  const removed: MemberFact = { ...member, active: false, role: "member" }
  if (member.role === "member") return accept(removed)
  return facts.pact.indexers > 1
    ? accept(removed, { ...facts.pact, indexers: facts.pact.indexers - 1 })
    : refuse("LAST_INDEXER")
}

const setInfo = ({ name, purpose }: Of<"setInfo">, facts: Facts): Verdict =>
  accept({
    ...facts.pact,
    name: name === undefined ? facts.pact.name : name,
    purpose: purpose === undefined ? facts.pact.purpose : purpose
  })

const mint = ({ expires_at, invite }: Of<"mintInvite">, facts: Facts): Verdict =>
  facts.invite(invite) === null
    ? accept({
        kind: "invite",
        invite,
        expires_at,
        revoked: false,
        redeemed_by: null,
        redemption: null,
        admitted: false
      })
    : refuse("BAD_ENTRY")

const revoke = (payload: Of<"revokeInvite">, facts: Facts): Verdict => {
  const invite = liveInvite(facts, payload.invite)
  return typeof invite === "string" ? refuse(invite) : accept({ ...invite, revoked: true })
}

const liveInvite = (facts: Facts, key: string): InviteFact | Refusal => {
  const invite = facts.invite(key)
  if (invite === null) return "UNKNOWN_INVITE"
  if (invite.revoked) return "INVITE_REVOKED"
  return invite.redeemed_by === null ? invite : "INVITE_SPENT"
}
