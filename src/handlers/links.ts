import type { Network } from "../network/Network.ts"
import type { Pact } from "../pacts/Pact.ts"

/**
 * What is told of the connections of these members, without keys that are no member's: whoever tells may make them up. The
 * ledger is asked once for all of them.
 */
export const linksIn = (
  { memberKey, pactId, read }: Pick<Pact, "memberKey" | "pactId" | "read">,
  network: Pick<Network["Service"], "linksOf" | "online">,
  shown: ReadonlyArray<{ readonly key: string }>
) => {
  const self = [...network.online(pactId)].sort()
  const toldBy = (key: string) => (key === memberKey ? self : network.linksOf(pactId, key))
  const members = read.activeAmong([...new Set(shown.flatMap(({ key }) => toldBy(key) ?? []))])
  return (key: string) => {
    const told = toldBy(key)
    return told === undefined ? {} : { connected_to: told.filter((other) => other !== key && members.has(other)) }
  }
}
