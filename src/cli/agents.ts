import { Effect } from "effect"
import type { Agent } from "../contract/pact.ts"
import type { Client } from "../sdk/connect.ts"
import { Cli } from "./cli.ts"
import { CliFailure, exits } from "./failure.ts"
import { count } from "./text.ts"

export type AgentRow = typeof Agent.Type
interface Params {
  readonly pactId: string
}

const pageSize = 1000

/** Every member, page by page: this machine first, the others by key. */
export const allAgents = Effect.fnUntraced(function* (
  client: Client,
  params: Params,
  query: { online?: boolean } = {}
) {
  const found: Array<AgentRow> = []
  for (let after: string | undefined; ;) {
    const page: ReadonlyArray<AgentRow> = yield* client.pact.agents({
      params,
      query: { ...query, limit: pageSize, ...(after === undefined ? {} : { after }) }
    })
    found.push(...page)
    after = page.at(-1)?.remote_key
    if (page.length < pageSize) return found
  }
})

/** Says how many indexers there are by now, and how many of them confirming takes. */
export const sayMajority = Effect.fnUntraced(function* (client: Client, params: Params) {
  const { say } = yield* Cli
  const { indexers } = yield* client.pact.status({ params })
  yield* say(majorityText(indexers))
})

/** @param indexers the creator included. */
export const majorityText = (indexers: number): string => {
  const needed = Math.floor(indexers / 2) + 1
  const takes = `The pact has ${count(indexers, "indexer")} now, you among them. Confirming takes ${needed} of them`
  return indexers === 2
    ? `${takes}: while one is away, nothing is confirmed. Promote a third, and any one of them may be away.`
    : `${takes}: ${indexers - needed} may be away.`
}

const isKey = (text: string): boolean => /^[0-9a-f]{64}$/.test(text)

/** A member by its key or its agent id. A display name is a label that anybody may choose, so it names nobody. */
export const findAgent = Effect.fnUntraced(function* (client: Client, params: Params, who: string) {
  const found = (yield* allAgents(client, params)).find((agent) => agent.remote_key === who || agent.id === who)
  if (found !== undefined) return found
  return yield* new CliFailure({
    code: "NOT_FOUND",
    message: `No member has the ${isKey(who) ? "key" : "agent id"} ${who.slice(0, 100)}.`,
    next: "openpact agents",
    exit: exits.notFound
  })
})
