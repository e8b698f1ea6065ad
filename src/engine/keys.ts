import { entryPrefixOf } from "../domain/ids.ts"
import type { Fact } from "./facts.ts"

/** The only place where the keys of `state` are spelled. */
export const keys = {
  pact: "pact",
  member: (key: string) => `member/${key}`,
  /** Who has a handle, past or present. */
  handle: (agentId: string) => `handle/${agentId}`,
  /** Who has the first part of an entry id, past or present. */
  prefix: (prefix: string) => `prefix/${prefix}`,
  task: (id: string) => `task/${id}`,
  invite: (invite: string) => `_invites/${invite}`
}

/** Where a fact is kept: under each of these keys the same value. */
export const keysOf = (fact: Fact): ReadonlyArray<string> => {
  switch (fact.kind) {
    case "pact":
      return [keys.pact]
    case "member":
      return [keys.member(fact.key), keys.handle(fact.agent_id), keys.prefix(entryPrefixOf(fact.key))]
    case "task":
      return [keys.task(fact.id)]
    case "invite":
      return [keys.invite(fact.invite)]
  }
}
