import type { AgentRow } from "../api.ts"

/** A connection between two agents, and who says so. */
export interface Tie {
  readonly a: AgentRow
  readonly b: AgentRow
  /** True for one of this machine. It is known, all others are told. */
  readonly own: boolean
  readonly by: ReadonlyArray<AgentRow>
}

/** The connections of this machine, then those that the others tell of, each once. */
export const tiesOf = (agents: ReadonlyArray<AgentRow>): ReadonlyArray<Tie> => {
  const self = agents.find(({ is_self }) => is_self)
  if (self === undefined) return []
  const others = agents.filter((agent) => agent !== self)
  const byKey = new Map(others.map((agent) => [agent.remote_key, agent]))
  const told = new Map<string, Tie>()
  for (const agent of others) {
    for (const key of agent.connected_to ?? []) {
      const other = byKey.get(key)
      if (other === undefined) continue
      const name = [agent.remote_key, key].sort().join()
      const known = told.get(name)
      told.set(name, known ? { ...known, by: [...known.by, agent] } : { a: agent, b: other, own: false, by: [agent] })
    }
  }
  const own = others.filter(({ online }) => online).map((b): Tie => ({ a: self, b, own: true, by: [self] }))
  return [...own, ...told.values()]
}
