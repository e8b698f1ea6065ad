import { frameIdOf } from "../domain/ids.ts"
import type { Fact, InviteFact, MemberFact, PactFact, TaskFact } from "./facts.ts"

/**
 * What must hold of every change of a fact, whatever anybody wrote. Checked in tests and with OPENPACT_PARANOID=1.
 *
 * @param frame the id of the frame that changes it, see `frameIdOf`.
 * @returns one sentence a broken invariant, none when all hold.
 */
export const violations = (before: Fact | null, after: Fact, frame: string): ReadonlyArray<string> => {
  if (before !== null && before.kind !== after.kind) return [`a ${before.kind} became a ${after.kind}`]
  switch (after.kind) {
    case "task":
      return broken(taskRules(before as TaskFact | null, after))
    case "member":
      return broken(memberRules(before as MemberFact | null, after))
    case "invite":
      return broken(inviteRules(before as InviteFact | null, after, frame))
    case "pact":
      return broken(pactRules(before as PactFact | null, after))
  }
}

type Rules = Readonly<Record<string, boolean>>

const broken = (rules: Rules): ReadonlyArray<string> =>
  Object.entries(rules)
    .filter(([, holds]) => !holds)
    .map(([rule]) => rule)

const taskRules = (before: TaskFact | null, after: TaskFact): Rules => {
  const held = [after.claim, after.holder, after.holder_key, after.claimed_at, after.lease]
  return {
    "a task keeps its id and its assignee":
      before === null || (before.id === after.id && before.assigned_to === after.assigned_to),
    "a complete task never changes": before?.status !== "complete",
    "a claimed task has a claim, a holder and an end":
      after.status !== "claimed" || [...held, after.until].every(isSet),
    "an open task has none of them": after.status !== "open" || [...held, after.until, after.worker].every(isNull),
    "a complete task has no lease left": after.status !== "complete" || after.until === null,
    "only a claimed task has a lease ahead of the pact's time": after.status === "claimed" || after.ahead === undefined,
    "the fence counts the claims": after.fence === (before?.fence ?? 0) + (isNewClaim(before, after) ? 1 : 0),
    "nobody takes a task over while its lease runs":
      before?.status !== "claimed" || !isNewClaim(before, after) || timeOfClaim(after) >= endOf(before),
    "an assigned task is held by its assignee":
      after.assigned_to === null || after.holder === null || after.holder === after.assigned_to
  }
}

/** By the pact's time. */
const timeOfClaim = ({ ahead, claimed_at, lease }: TaskFact) =>
  ahead === undefined ? claimed_at! : ahead.until - lease!
const endOf = ({ ahead, until }: TaskFact) => ahead?.until ?? until!

const isNewClaim = (before: TaskFact | null, after: TaskFact) => after.claim !== null && after.claim !== before?.claim

const memberRules = (before: MemberFact | null, after: MemberFact): Rules => ({
  "a member keeps its key and its handle":
    before === null || (before.key === after.key && before.agent_id === after.agent_id),
  "the creator stays the creator": before?.role !== "creator" || (after.role === "creator" && after.active),
  "nobody becomes the creator": before === null || before.role === "creator" || after.role !== "creator",
  "a removed member has no office": after.active || after.role === "member"
})

const inviteRules = (before: InviteFact | null, after: InviteFact, frame: string): Rules => ({
  "an invite is spent once": before === null || before.redeemed_by === null || before.redeemed_by === after.redeemed_by,
  "an invite admits only whom it was redeemed for, once":
    !after.admitted || (after.redeemed_by !== null && before?.admitted !== true),
  "an invite admits in the frame that redeemed it, and never later":
    !after.admitted || (after.redemption !== null && frameIdOf(after.redemption) === frame),
  "a spent invite keeps its redemption":
    (after.redeemed_by === null) === (after.redemption === null) &&
    (before === null || before.redemption === null || before.redemption === after.redemption),
  "a spent invite can't be revoked, a revoked one can't be spent": !after.revoked || after.redeemed_by === null,
  "an invite keeps its end": before === null || before.expires_at === after.expires_at
})

const pactRules = (before: PactFact | null, after: PactFact): Rules => ({
  "a pact has an indexer": after.indexers >= 1,
  "indexers come and go one by one": before === null || Math.abs(before.indexers - after.indexers) <= 1
})

const isSet = (value: unknown) => value !== null
const isNull = (value: unknown) => value === null
