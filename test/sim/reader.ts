import { isDeepStrictEqual } from "node:util"
import { Projection } from "../../src/projection/Projection.ts"
import { blockOf } from "./checks.ts"
import { demand, type Peer, type World } from "./world.ts"

/** Follows the log of a peer into a read model, as its daemon would. */
export interface Reader {
  /** Takes what is new and compares what queries answer with the peer's views. `all` looks at every entry, too. */
  readonly look: (all: boolean) => Promise<void>
  readonly close: () => void
}

const rule = "the read model shows what the engine decided"

export const readerOf = (peer: Peer, world: World, file: string): Reader => {
  const projection = Projection.open(file, { pactId: world.pactId })

  const look = async (all: boolean) => {
    const { rebuilt } = await projection.follow(peer.views.snapshot())
    demand(rebuilt === null, rule, () => `peer ${peer.index} was built anew: ${JSON.stringify(rebuilt)}`)
    const { spec, views } = peer
    demand(projection.entries === spec.accepted, rule, () => `${projection.entries} entries of ${spec.accepted}`)
    const confirmed = views.signedLength === 0 ? 0 : blockOf(views.blocks[views.signedLength - 1]!).next
    demand(projection.confirmed === confirmed, rule, () => `${projection.confirmed} confirmed, not ${confirmed}`)
    const now = world.now + peer.skew
    const claimed = new Set<string>()
    for (const task of spec.tasks.values()) {
      const found = projection.taskState(task.id, now)
      const fact: unknown = JSON.parse(Buffer.from(views.facts.get(`task/${task.id}`)!).toString())
      const shown = JSON.parse(`${found?.body ?? `{"status":"none"`}}`) as { readonly status: string }
      const status = task.done ? "complete" : spec.isHeld(task, now) ? "claimed" : "open"
      if (status === "claimed") claimed.add(task.id)
      const same = isDeepStrictEqual(found?.fact, fact) && shown.status === status
      demand(same, rule, () => `${task.id}: ${found?.body}, not ${status} as ${JSON.stringify(fact)}`)
    }
    const listed = idsOf(projection.tasks({ status: "claimed" }, now, { limit: 1000 }).rows)
    demand(
      isDeepStrictEqual(new Set(listed), claimed),
      rule,
      () => `claimed are ${[...claimed].join()}, not ${listed.join()}`
    )
    if (all) compareEntries(projection, peer)
  }
  return { look, close: () => projection.close() }
}

const idsOf = (rows: ReadonlyArray<{ readonly body: string }>) =>
  rows.map(({ body }) => (JSON.parse(`${body}}`) as { readonly id: string }).id)

const compareEntries = (projection: Projection, { spec, views }: Peer): void => {
  const decided = views.blocks.flatMap((block) => blockOf(block).decided)
  const accepted = decided.filter((each) => each.accepted).map(({ id }) => id)
  const listed = idsOf(projection.log({}, { order: "asc", limit: 1000 }).rows)
  demand(isDeepStrictEqual(listed, accepted), rule, () => `the log shows ${listed.join()}, not ${accepted.join()}`)
  for (const each of decided) {
    const found = projection.entry(each.id)
    demand(found !== null && found.accepted === each.accepted, rule, () => `verdict of ${each.id}`)
  }
  for (const [key, role] of spec.accepted === 0 ? [] : spec.roles) {
    const member = projection.member(key)
    const same = member?.active === (role !== null) && member.role === (role ?? "member")
    demand(same, rule, () => `member ${key}: ${JSON.stringify(member)}, not ${role}`)
  }
}
