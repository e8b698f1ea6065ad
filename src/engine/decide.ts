import type { Entry } from "../domain/entry.ts"
import { agentIdOf, entryPrefixOf } from "../domain/ids.ts"
import { decideAdmin, decideRedemption } from "./decide-members.ts"
import { decideTask } from "./decide-tasks.ts"
import { skillChecksumOf } from "./crypto.ts"
import type { Facts } from "./facts-view.ts"
import { keys } from "./keys.ts"
import type { Place } from "./place.ts"
import { accept, refuse, type Verdict } from "./verdict.ts"

/** The keys of every fact that {@link decide} may ask for this entry. */
export const reads = (entry: Entry, writer: string): ReadonlyArray<string> => {
  const own = [keys.pact, keys.member(writer)]
  switch (entry.type) {
    case "task":
      return "title" in entry.payload || entry.refs[0] === undefined ? own : [...own, keys.task(entry.refs[0])]
    case "invite-redeemed":
      return [...own, keys.invite(entry.payload.invite), ...memberReads(entry.payload.redeemed_by)]
    case "admin": {
      const { payload } = entry
      return [
        ...own,
        ...("key" in payload ? memberReads(payload.key) : []),
        ...("invite" in payload && payload.invite !== undefined ? [keys.invite(payload.invite)] : [])
      ]
    }
    default:
      return own
  }
}

const memberReads = (key: string) => [keys.member(key), keys.handle(agentIdOf(key)), keys.prefix(entryPrefixOf(key))]

/** The verdict on one entry: a total, pure function of the entry, its place and the facts before it. */
export const decide = (entry: Entry, place: Place, facts: Facts): Verdict => {
  if (entry.agent_id !== agentIdOf(place.writer)) return refuse("BAD_ENTRY")
  const writer = facts.member(place.writer)
  if (writer === null || !writer.active) return refuse("NOT_A_MEMBER")
  switch (entry.type) {
    case "knowledge":
    case "message":
      return accept()
    case "skill":
      return entry.payload.checksum === skillChecksumOf(entry.payload.content)
        ? accept()
        : refuse("SKILL_CHECKSUM_MISMATCH")
    case "task":
      return decideTask(entry, place, facts)
    case "admin":
      return decideAdmin(entry, place, facts, writer)
    case "invite-redeemed":
      return decideRedemption(entry, place, facts, writer)
  }
}
