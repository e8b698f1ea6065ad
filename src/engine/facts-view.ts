import { agentIdOf } from "../domain/ids.ts"
import type { Fact, InviteFact, MemberFact, PactFact, TaskFact } from "./facts.ts"
import { keys } from "./keys.ts"

/** The facts before an entry. Before the first entry of a pact its creator is the only member. */
export interface Facts {
  readonly pact: PactFact
  readonly member: (key: string) => MemberFact | null
  /** The member, past or present, that has this handle or this entry id prefix. */
  readonly handle: (agentId: string) => MemberFact | null
  readonly prefix: (prefix: string) => MemberFact | null
  readonly task: (id: string) => TaskFact | null
  readonly invite: (invite: string) => InviteFact | null
}

/** What holds of a pact with an empty log. */
export const genesis = (pactId: string): readonly [MemberFact, PactFact] => [
  { kind: "member", key: pactId, agent_id: agentIdOf(pactId), role: "creator", active: true },
  { kind: "pact", name: null, purpose: null, indexers: 1 }
]

/** Reads facts by key from what was loaded. `kind` is what the key says it is: nobody but `apply` writes `state`. */
export const factsOf = (loaded: ReadonlyMap<string, Fact | null>): Facts => {
  const get = <F extends Fact>(key: string) => (loaded.get(key) ?? null) as F | null
  return {
    get pact() {
      return get<PactFact>(keys.pact)!
    },
    member: (key) => get(keys.member(key)),
    handle: (agentId) => get(keys.handle(agentId)),
    prefix: (prefix) => get(keys.prefix(prefix)),
    task: (id) => get(keys.task(id)),
    invite: (invite) => get(keys.invite(invite))
  }
}
