import { expect, it } from "@effect/vitest"
import { Effect, Exit, Option, Scope } from "effect"
import { decodeLinks, encodeLinks } from "../../../src/network/links.ts"
import { makePresence } from "../../../src/network/presence.ts"

const [ada, bob, cleo] = ["aa".repeat(32), "bb".repeat(32), "cc".repeat(32)] as const

it("a connection that one member tells twice is not the word of two", () => {
  expect(Option.getOrThrow(decodeLinks(encodeLinks([cleo, cleo, ada])))).toEqual([cleo, ada])
})

it.effect("a member that says the same again changes nothing", () =>
  Effect.gen(function* () {
    const events: Array<string> = []
    const presence = makePresence((type) => Effect.sync(() => events.push(type)))
    yield* presence.enter(bob)
    const take = yield* presence.listen(bob)
    for (const links of [[ada], [ada], [ada, cleo], [ada, cleo]]) yield* take(links)
    expect(events).toEqual(["member-online", "member-links", "member-links"])
    expect(presence.linksOf(bob)).toEqual([ada, cleo])
    // That it has none is told too.
    yield* take([])
    expect(presence.linksOf(bob)).toEqual([])
  })
)

it.effect("what a connection told is forgotten with its channel, and not what another one told", () =>
  Effect.gen(function* () {
    const presence = makePresence(() => Effect.void)
    yield* presence.enter(bob)
    const first = yield* Scope.make()
    yield* (yield* presence.listen(bob).pipe(Scope.provide(first)))([ada])
    yield* Effect.scoped(
      Effect.gen(function* () {
        yield* (yield* presence.listen(bob))([cleo])
        yield* Scope.close(first, Exit.void)
        expect(presence.linksOf(bob)).toEqual([cleo])
      })
    )
    expect(presence.linksOf(bob)).toBeUndefined()
    expect([...presence.online()]).toEqual([bob])
  })
)

it.effect("who says twice that this machine was removed, or lets it in twice, tells it once", () =>
  Effect.gen(function* () {
    const events: Array<string> = []
    const presence = makePresence((type) => Effect.sync(() => events.push(type)))
    yield* presence.tellRemoved(bob)
    yield* presence.tellRemoved(bob)
    expect([[...presence.removedBy()], events]).toEqual([[bob], ["removal-told"]])
    const take = yield* presence.listen(bob)
    yield* take([ada])
    yield* take([ada, cleo])
    expect([[...presence.removedBy()], events]).toEqual([
      [],
      ["removal-told", "removal-told", "member-links", "member-links"]
    ])
  })
)
