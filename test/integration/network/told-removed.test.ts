import { describe, expect } from "@effect/vitest"
import { Effect, Option } from "effect"
import { pactHandlers } from "../../../src/handlers/pact.ts"
import { proveMembers } from "../../../src/network/members.ts"
import { Network } from "../../../src/network/Network.ts"
import { Pacts } from "../../../src/pacts/Pacts.ts"
import { attack, strikeCount } from "../../kit/attack.ts"
import { within } from "../../kit/deadline.ts"
import { live } from "../../kit/live.ts"
import { admitted, creator, holds, joiner, knowledge, type Machine } from "../../kit/machines.ts"
import { testnet } from "../../kit/testnet.ts"

/** Waits until exactly these have told a machine that it was removed. */
const toldBy = ({ dump, presence }: Machine, ...keys: ReadonlyArray<string>) =>
  presence
    .until(() => ([...presence.removedBy()].join() === keys.join() ? true : null))
    .pipe(within(`told by ${keys.length} that it was removed`, "20 seconds", dump))

/** What the API says of a pact, and of nobody else's. */
const statusOf = ({ pact, presence }: Machine) =>
  Effect.flatMap(pactHandlers({ durability: "os" }), ({ status }) => status({ params: { pactId: "default" } })).pipe(
    Effect.provideService(Pacts, {
      lookOpened: () => Effect.succeed({ joining: null }),
      find: () => Effect.succeed(pact)
    } as unknown as Pacts["Service"]),
    Effect.provideService(Network, presence as unknown as Network["Service"])
  )

describe("a member that was removed while it was away", () => {
  live("is told so by those that turn it away, until they let it in again", () =>
    Effect.gen(function* () {
      const boot = yield* testnet
      const ada = yield* creator(boot)
      const bob = yield* joiner("bob", boot, ada)
      yield* ada.connect
      const leave = yield* bob.connect
      yield* admitted(bob)
      const key = bob.pact.memberKey
      yield* leave
      yield* ada.until("bob is gone", () => (ada.presence.online().has(key) ? null : true))
      yield* ada.pact.write({ type: "admin", payload: { action: "removeWriter", key } })
      const { entries } = bob.pact.read
      yield* bob.connect
      yield* toldBy(bob, ada.pact.memberKey)
      // It is told, and no more: for itself it is a member, and nothing came to it.
      expect(bob.pact.read.member(key)).toMatchObject({ active: true })
      expect(bob.pact.read.entries).toBe(entries)
      expect(yield* statusOf(bob)).toMatchObject({ is_member: true, removal_told_by: 1 })
      yield* ada.pact.write({ type: "admin", payload: { action: "addWriter", key } })
      yield* toldBy(bob)
      expect(yield* statusOf(bob)).not.toHaveProperty("removal_told_by")
      yield* holds(ada, (yield* bob.pact.write(knowledge("back"))).id)
    })
  )
})

describe("a machine that is told that it was removed", () => {
  const scene = Effect.fnUntraced(function* (member: boolean) {
    const boot = yield* testnet
    const ada = yield* creator(boot)
    const { identity } = (yield* joiner("bob", boot, ada, member)).pact.ledger
    yield* ada.connect
    const before = yield* strikeCount
    yield* attack(boot, ada.pact.ledger, "Ada hears it", (connection) =>
      Effect.gen(function* () {
        const proven = yield* proveMembers(connection, ada.pact.pactId, identity)
        yield* Option.getOrThrow(proven).turnAway
        yield* connection.closed
      })
    )
    expect(yield* strikeCount).toBe(before)
    yield* ada.until("nobody online", () => (ada.presence.online().size === 0 ? true : null))
    return { ada, told: [...ada.presence.removedBy()], key: identity.memberKey }
  })

  live("takes note of it where a member says so", () =>
    Effect.gen(function* () {
      const { key, told } = yield* scene(true)
      expect(told).toEqual([key])
    })
  )
  live("takes no note of it where somebody says so who is none", () =>
    Effect.gen(function* () {
      expect((yield* scene(false)).told).toEqual([])
    })
  )
})
