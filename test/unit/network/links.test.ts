import { expect, it } from "@effect/vitest"
import { Effect, Option } from "effect"
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
    for (const links of [[ada], [ada], [ada, cleo], [ada, cleo]]) yield* presence.tell(bob, links)
    expect(events).toEqual(["member-online", "member-links", "member-links"])
    expect(presence.linksOf(bob)).toEqual([ada, cleo])
    // That it has none is told too.
    yield* presence.tell(bob, [])
    expect(presence.linksOf(bob)).toEqual([])
  })
)
