import { describe, expect } from "@effect/vitest"
import { Effect } from "effect"
import { live } from "../../kit/live.ts"
import { admitted, creator, holds, joiner, knowledge, logHash, type Machine, restart } from "../../kit/machines.ts"
import { testnet } from "../../kit/testnet.ts"

/** Waits until both have the same log of at least so many entries, and all of it is confirmed. */
const converged = Effect.fnUntraced(function* (a: Machine, b: Machine) {
  const entries = Math.max(a.pact.read.entries, b.pact.read.entries)
  for (const { pact, until } of [a, b])
    yield* until(`${entries} confirmed entries`, () =>
      pact.read.entries >= entries && pact.read.confirmed === pact.read.entries ? true : null
    )
  expect(yield* logHash(a)).toBe(yield* logHash(b))
})
const sees = (machine: Machine, other: Machine, there: boolean) =>
  machine.until(`${other.name} ${there ? "online" : "offline"}`, () =>
    machine.presence.online().has(other.pact.memberKey) === there ? true : null
  )

describe("two machines", () => {
  live("write both ways and come to the same log", () =>
    Effect.gen(function* () {
      const boot = yield* testnet
      const ada = yield* creator(boot)
      const early = yield* ada.pact.write(knowledge("before bob came"))
      const bob = yield* joiner("bob", boot, ada)
      yield* Effect.all([ada.connect, bob.connect], { concurrency: 2 })
      yield* holds(bob, early.id)
      yield* sees(ada, bob, true)
      yield* sees(bob, ada, true)
      yield* admitted(bob)
      const ids = yield* Effect.all(
        Array.from({ length: 20 }, (_, i) => (i % 2 === 0 ? ada : bob).pact.write(knowledge(`both ${i}`))),
        { concurrency: 20 }
      )
      for (const { id } of ids) yield* Effect.all([holds(ada, id), holds(bob, id)])
      yield* converged(ada, bob)
    })
  )

  live("a removal cuts the connection at once, and the removed one gets nothing more", () =>
    Effect.gen(function* () {
      const boot = yield* testnet
      const ada = yield* creator(boot)
      const bob = yield* joiner("bob", boot, ada)
      yield* ada.connect
      yield* bob.connect
      yield* admitted(bob)
      yield* sees(ada, bob, true)
      const removal = yield* ada.pact.write({
        type: "admin",
        payload: { action: "removeWriter", key: bob.pact.memberKey }
      })
      const later = yield* ada.pact.write(knowledge("not for bob"))
      yield* sees(ada, bob, false)
      yield* sees(bob, ada, false)
      // Carol comes and gets it all, so the network runs. Bob gets none of it, and nobody lets him in again.
      const carol = yield* joiner("carol", boot, ada)
      yield* carol.connect
      yield* holds(carol, later.id)
      yield* sees(ada, carol, true)
      expect(ada.presence.online().has(bob.pact.memberKey)).toBe(false)
      expect(bob.pact.read.entry(later.id)).toBe(null)
      // It may have learned of its removal, and nothing after it.
      expect(bob.pact.read.entries).toBeLessThanOrEqual(removal.position + 1)
    })
  )

  live("meet again after either was restarted", () =>
    Effect.gen(function* () {
      const boot = yield* testnet
      let ada = yield* creator(boot)
      let bob = yield* joiner("bob", boot, ada)
      yield* Effect.all([ada.connect, bob.connect])
      yield* admitted(bob)
      yield* converged(ada, bob)
      for (const who of ["bob", "ada"]) {
        const old = who === "bob" ? bob : ada
        yield* old.stop
        yield* sees(who === "bob" ? ada : bob, old, false)
        const written = yield* (who === "bob" ? ada : bob).pact.write(knowledge(`while ${who} was away`))
        const back = yield* restart(old, boot)
        if (who === "bob") bob = back
        else ada = back
        yield* back.connect
        yield* holds(back, written.id)
        yield* sees(ada, bob, true)
        yield* sees(bob, ada, true)
        yield* converged(ada, bob)
      }
    })
  )

  live("a newcomer that was sent ahead has it all, and reads and writes offline", () =>
    Effect.gen(function* () {
      const boot = yield* testnet
      const ada = yield* creator(boot)
      for (let i = 0; i < 60; i++) yield* ada.pact.write(knowledge(`entry ${i}`))
      yield* ada.until("confirmed", () => (ada.pact.read.confirmed === ada.pact.read.entries ? true : null))
      const bob = yield* joiner("bob", boot, ada)
      yield* ada.connect
      const leave = yield* bob.connect
      yield* admitted(bob)
      yield* converged(ada, bob)
      yield* leave
      const written = yield* bob.pact.write(knowledge("offline"))
      expect(bob.pact.read.entry(written.id)?.accepted).toBe(true)
      expect(yield* bob.pact.ledger.stateGet(`member/${ada.pact.memberKey}`)).not.toBe(undefined)
      yield* bob.stop
      const again = yield* restart(bob, boot)
      expect(again.pact.read.entry(written.id)?.accepted).toBe(true)
      yield* again.pact.write(knowledge("offline and restarted"))
    })
  )

  live("newcomers take one peer at a time, and take turns", () =>
    Effect.gen(function* () {
      const boot = yield* testnet
      const ada = yield* creator(boot)
      // None of them can tell who is a member, and Ada is not there to show it.
      const all: Array<Machine> = []
      for (const name of ["bob", "carol", "dave"]) all.push(yield* joiner(name, boot, ada, false))
      yield* Effect.forEach(all, ({ connect }) => connect)
      const met = new Set<string>()
      let most = 0
      const watch = ({ name, presence, until }: Machine) =>
        until("having met somebody", () => {
          most = Math.max(most, presence.online().size)
          if (presence.online().size > 0) met.add(name)
          return met.size === all.length ? true : null
        })
      yield* Effect.forEach(all, watch, { concurrency: 3 })
      expect(most).toBe(1)
      // With all three admitted, all see all.
      for (const { pact } of all)
        yield* ada.pact.write({ type: "admin", payload: { action: "addWriter", key: pact.memberKey } })
      yield* ada.connect
      for (const machine of all) yield* admitted(machine)
      for (const machine of all) yield* sees(ada, machine, true)
    })
  )
})
