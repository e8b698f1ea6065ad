import { Effect, type Scope } from "effect"
import { makeSignal } from "../pacts/signal.ts"

export type PresenceChange = "member-online" | "member-offline" | "member-links"

/** Who of a pact is connected to this machine, and whom they say they are connected to. Nothing of it is kept. */
export interface Presence {
  /** The members that are connected now, by member key. */
  readonly online: () => ReadonlySet<string>
  /** The member keys that a connected member tells as its connections. Undefined: it tells nothing. */
  readonly linksOf: (memberKey: string) => ReadonlyArray<string> | undefined
  /** Tells that a member is there. It is undone when the scope closes. */
  readonly enter: (memberKey: string) => Effect.Effect<void, never, Scope.Scope>
  /** Takes what a member tells. One that isn't there tells nothing. */
  readonly tell: (memberKey: string, links: ReadonlyArray<string>) => Effect.Effect<void>
  /** Probes now and whenever anything of this changes, until the probe answers something else than null. */
  readonly until: <A>(probe: () => A | null) => Effect.Effect<A>
}

export const makePresence = (
  onChange: (type: PresenceChange, memberKey: string) => Effect.Effect<unknown>
): Presence => {
  const counts = new Map<string, number>()
  const told = new Map<string, ReadonlyArray<string>>()
  const changed = makeSignal<never>()
  const change = (type: PresenceChange, memberKey: string) => {
    changed.fire()
    return Effect.asVoid(onChange(type, memberKey))
  }
  // A member may have two connections for a moment, when both sides dialed.
  const count = (memberKey: string, by: 1 | -1) =>
    Effect.suspend(() => {
      const before = counts.get(memberKey) ?? 0
      if (before + by > 0) counts.set(memberKey, before + by)
      else {
        counts.delete(memberKey)
        told.delete(memberKey)
      }
      if (before === 0) return change("member-online", memberKey)
      return before + by === 0 ? change("member-offline", memberKey) : Effect.void
    })
  return {
    online: () => new Set(counts.keys()),
    linksOf: (memberKey) => told.get(memberKey),
    enter: (memberKey) => Effect.acquireRelease(count(memberKey, 1), () => count(memberKey, -1)),
    tell: (memberKey, links) =>
      Effect.suspend(() => {
        // Who says the same again tells nothing, however often.
        if (!counts.has(memberKey) || told.get(memberKey)?.join() === links.join()) return Effect.void
        told.set(memberKey, links)
        return change("member-links", memberKey)
      }),
    until: changed.until
  }
}
