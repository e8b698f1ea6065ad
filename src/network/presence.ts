import { Effect, type Scope } from "effect"
import { makeSignal } from "../pacts/signal.ts"

/** `removal-told`: a member says that this machine was removed, or has let it in again. */
export type PresenceChange = "member-online" | "member-offline" | "member-links" | "removal-told"

/** Who of a pact is connected to this machine, and whom they say they are connected to. Nothing of it is kept. */
export interface Presence {
  /** The members that are connected now, by member key. */
  readonly online: () => ReadonlySet<string>
  /** The member keys that a connected member tells as its connections. Undefined: it tells nothing. */
  readonly linksOf: (memberKey: string) => ReadonlyArray<string> | undefined
  /** Tells that a member is there. It is undone when the scope closes. */
  readonly enter: (memberKey: string) => Effect.Effect<void, never, Scope.Scope>
  /** Takes what a member tells on one connection. It is forgotten when the scope closes. */
  readonly listen: (
    memberKey: string
  ) => Effect.Effect<(links: ReadonlyArray<string>) => Effect.Effect<void>, never, Scope.Scope>
  /** Who said that this machine was removed, and has not let it in since. */
  readonly removedBy: () => ReadonlySet<string>
  readonly tellRemoved: (memberKey: string) => Effect.Effect<void>
  /** Probes now and whenever anything of this changes, until the probe answers something else than null. */
  readonly until: <A>(probe: () => A | null) => Effect.Effect<A>
}

export const makePresence = (
  onChange: (type: PresenceChange, memberKey: string) => Effect.Effect<unknown>
): Presence => {
  const counts = new Map<string, number>()
  /** By connection, the oldest first: there may be two for a moment, when both sides dialed. */
  const told = new Map<string, Map<object, ReadonlyArray<string>>>()
  const linksOf = (memberKey: string) => [...(told.get(memberKey)?.values() ?? [])].at(-1)
  const removedBy = new Set<string>()
  const changed = makeSignal<never>()
  const tell = (type: PresenceChange, memberKey: string) => {
    changed.fire()
    return Effect.asVoid(onChange(type, memberKey))
  }
  const count = (memberKey: string, by: 1 | -1) =>
    Effect.suspend(() => {
      const before = counts.get(memberKey) ?? 0
      if (before + by > 0) counts.set(memberKey, before + by)
      else counts.delete(memberKey)
      if (before === 0) return tell("member-online", memberKey)
      return before + by === 0 ? tell("member-offline", memberKey) : Effect.void
    })
  const changing = (memberKey: string, change: (all: Map<object, ReadonlyArray<string>>) => unknown) =>
    Effect.suspend(() => {
      const before = linksOf(memberKey)?.join()
      const all = told.get(memberKey) ?? new Map<object, ReadonlyArray<string>>()
      change(all)
      if (all.size === 0) told.delete(memberKey)
      else told.set(memberKey, all)
      // Who says the same again tells nothing, however often.
      return linksOf(memberKey)?.join() === before ? Effect.void : tell("member-links", memberKey)
    })
  return {
    online: () => new Set(counts.keys()),
    linksOf,
    enter: (memberKey) => Effect.acquireRelease(count(memberKey, 1), () => count(memberKey, -1)),
    listen: (memberKey) =>
      Effect.map(
        Effect.acquireRelease(
          Effect.sync(() => ({})),
          (by) => changing(memberKey, (all) => all.delete(by))
        ),
        (by) => (links) =>
          // Only who lets this machine in tells it anything.
          Effect.andThen(
            Effect.suspend(() => (removedBy.delete(memberKey) ? tell("removal-told", memberKey) : Effect.void)),
            changing(memberKey, (all) => all.set(by, links))
          )
      ),
    removedBy: () => new Set(removedBy),
    tellRemoved: (memberKey) =>
      Effect.suspend(() => {
        if (removedBy.has(memberKey)) return Effect.void
        removedBy.add(memberKey)
        return tell("removal-told", memberKey)
      }),
    until: changed.until
  }
}
