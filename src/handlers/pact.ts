import { Effect } from "effect"
import { pactGroup } from "../contract/pact.ts"
import { NotCreator } from "../domain/errors.ts"
import { limits } from "../domain/limits.ts"
import { handle } from "../http/handlers.ts"
import { Network } from "../network/Network.ts"
import type { Joining } from "../pacts/joining.ts"
import type { Pact } from "../pacts/Pact.ts"
import { Pacts } from "../pacts/Pacts.ts"
import type { Member } from "../projection/members.ts"
import type { About } from "./host.ts"
import { fetching, isNewcomer, joiningFields } from "./joining.ts"
import { linksIn } from "./links.ts"
import { isUnexpected, query as run, told, writeEntry } from "./serve.ts"

export const pactHandlers = Effect.fnUntraced(function* ({ durability }: Pick<About, "durability">) {
  const pacts = yield* Pacts
  const network = yield* Network
  return handle(pactGroup, {
    status: Effect.fnUntraced(function* ({ params }) {
      const { joining } = yield* pacts.lookOpened(params.pactId)
      if (joining !== null) return joiningStatus(joining, durability)
      const pact = yield* pacts.find(params.pactId)
      const { display_name } = yield* pact.config
      const { agents, counts, info, removals, self } = yield* run(() => ({
        agents: pact.read.memberCounts().active,
        counts: pact.read.counts(),
        info: pact.read.pact(),
        removals: pact.read.activeAmong([...network.removedBy(pact.pactId)]).size,
        self: pact.read.member(pact.memberKey)
      }))
      const member = self?.active === true
      return {
        pact_id: pact.pactId,
        pact_name: info?.name ?? null,
        pact_purpose: info?.purpose ?? null,
        peer_handle: pact.agentId,
        display_name,
        role: member ? self.role : null,
        public_key: pact.memberKey,
        agents,
        online: network.online(pact.pactId).size,
        indexers: info?.indexers ?? 0,
        entries: pact.read.entries,
        counts: { knowledge: counts.knowledge, task: counts.task, skill: counts.skill, message: counts.message },
        is_member: member,
        is_indexer: yield* pact.indexer,
        synced: yield* pact.synced,
        confirmed_lag: pact.read.entries - pact.read.confirmed,
        ...(member && removals > 0 ? { removal_told_by: removals } : {}),
        durability: pact.durability,
        ...(isNewcomer(pact, self) ? joiningFields(fetching) : {})
      }
    }),
    agents: Effect.fnUntraced(function* ({ params, query }) {
      const pact = yield* pacts.find(params.pactId)
      const online = network.online(pact.pactId)
      const members = yield* run(() => {
        const shown = agentsOf(pact, online, query)
        const linksOf = linksIn(pact, network, shown)
        return shown.map((member) => ({ ...member, links: linksOf(member.key) }))
      })
      return members.map(({ agent_id, display_name, entries, key, last_seen, links, role }) => ({
        id: agent_id,
        remote_key: key,
        role,
        display_name,
        online: key === pact.memberKey || online.has(key),
        is_self: key === pact.memberKey,
        entries,
        last_seen,
        ...links
      }))
    }),
    info: Effect.fnUntraced(function* ({ params, payload, query }) {
      const pact = yield* pacts.find(params.pactId)
      const role = (yield* run(() => pact.read.member(pact.memberKey)))?.role
      if (role !== "creator") return yield* new NotCreator({ message: "Only the creator can rename a pact." })
      const { confirmed, id } = yield* writeEntry(
        pact,
        { type: "admin", payload: { action: "setInfo", ...payload } },
        query
      )
      const info = yield* run(() => pact.read.pact())
      const { name: pact_name = null, purpose: pact_purpose = null } = info ?? {}
      return { ok: true, pact_id: pact.pactId, pact_name, pact_purpose, id, confirmed }
    }),
    me: Effect.fnUntraced(function* ({ params, payload: { display_name }, query }) {
      const pact = yield* pacts.find(params.pactId)
      const notice = yield* pact.rename(display_name, query).pipe(
        Effect.catchTag("HomeError", told),
        Effect.catchIf(isUnexpected, (error) => Effect.die(error))
      )
      const { confirmed = null, id = null } = notice ?? {}
      return { ok: true, pact_id: pact.pactId, peer_handle: pact.agentId, display_name, id, confirmed }
    })
  })
})

/** A pact that this machine is not in yet: nothing of it is known here but what the invite says. */
const joiningStatus = (
  { agentId, displayName, memberKey, pactId, pactName, progress }: Joining,
  durability: About["durability"]
) => ({
  pact_id: pactId,
  pact_name: pactName,
  pact_purpose: null,
  peer_handle: agentId,
  display_name: displayName,
  role: null,
  public_key: memberKey,
  agents: 0,
  online: 0,
  indexers: 0,
  entries: 0,
  counts: { knowledge: 0, task: 0, skill: 0, message: 0 },
  is_member: false,
  is_indexer: false,
  synced: false,
  ...joiningFields(progress()),
  confirmed_lag: 0,
  durability
})

interface AgentsQuery {
  readonly online?: boolean
  readonly after?: string
  readonly limit?: number
}

/** A page of the active members: this machine first, the others by key. It walks no more of them than it shows. */
const agentsOf = (
  { memberKey, read }: Pact,
  online: ReadonlySet<string>,
  { after, limit = limits.pageMax, online: wanted }: AgentsQuery
): ReadonlyArray<Member> => {
  const own = after === undefined && wanted !== false ? read.memberWithWork(memberKey) : null
  const from = after === undefined || after === memberKey ? "" : after
  const others =
    wanted === true
      ? [...online].sort().flatMap((key) => (key > from ? (read.memberWithWork(key) ?? []) : []))
      : read.members({ after: from, limit: limit + 1 + (wanted === false ? online.size : 0) })
  const shown = others.filter(
    ({ active, key }) => active && key !== memberKey && !(wanted === false && online.has(key))
  )
  return [...(own?.active === true ? [own] : []), ...shown].slice(0, limit)
}
