import { describe, expect } from "@effect/vitest"
import { Effect } from "effect"
import { randomBytes } from "node:crypto"
import type { Connection } from "../../../src/hyper/swarm.ts"
import { openDoor } from "../../../src/network/door.ts"
import { encodeLinks, linksProtocol } from "../../../src/network/links.ts"
import { proveMembers } from "../../../src/network/members.ts"
import { attack, strikeCount } from "../../kit/attack.ts"
import { live } from "../../kit/live.ts"
import { creator, joiner, type Machine } from "../../kit/machines.ts"
import { makeMesh, type Node } from "../../kit/mesh.ts"
import { testnet } from "../../kit/testnet.ts"

const keyOf = (node: Node) => node.machine().pact.memberKey
/** What one machine has heard of the connections of another, sorted. */
const heard = (by: Node, of: Node) => by.machine().presence.linksOf(keyOf(of))?.join()

describe("members tell each other whom they are connected to", () => {
  live("so one sees a connection of two others, and its end", () =>
    Effect.gen(function* () {
      const mesh = yield* makeMesh({ size: 3 })
      const [a, b, c] = mesh.nodes as [Node, Node, Node]
      const are = (links: ReadonlyArray<Node>) => links.map(keyOf).sort().join()
      const until = (what: string, probe: () => boolean) => mesh.until(what, Effect.sync(probe))
      yield* until("A knows the connections of both", () => heard(a, b) === are([a, c]) && heard(a, c) === are([a, b]))
      yield* mesh.cut(b, c)
      yield* until("A knows that it ended", () => heard(a, b) === are([a]) && heard(a, c) === are([a]))
      yield* mesh.heal
      yield* until("A knows that it is back", () => heard(a, b) === are([a, c]))
      // Nothing is kept of one that is gone.
      const gone = keyOf(c)
      yield* c.stop
      yield* until("B tells no more of C", () => heard(a, b) === are([a]))
      const { presence } = a.machine()
      yield* until("A is connected to B alone", () => [...presence.online()].join() === keyOf(b))
      expect(presence.linksOf(gone)).toBeUndefined()
    })
  )

  const scene = Effect.gen(function* () {
    const boot = yield* testnet
    const ada = yield* creator(boot)
    yield* ada.connect
    const bob = yield* joiner("bob", boot, ada)
    const { identity, pactId } = bob.pact.ledger
    return { boot, ada, identity, pactId }
  })
  /** Where a peer tells of its connections, once it has proven that it is Bob. */
  const openAsBob = Effect.fnUntraced(function* (
    connection: Connection,
    { identity, pactId }: Pick<Effect.Success<typeof scene>, "identity" | "pactId">
  ) {
    const door = yield* openDoor(connection, pactId, linksProtocol)
    yield* proveMembers(connection, pactId, identity)
    return door
  })
  const isThere = (ada: Machine, memberKey: string, there: boolean) =>
    ada.until(`the member ${there ? "is" : "isn't"} there`, () =>
      ada.presence.online().has(memberKey) === there ? true : null
    )

  live("and one that tells nothing is a member like any other", () =>
    Effect.gen(function* () {
      const { ada, boot, identity, pactId } = yield* scene
      yield* attack(boot, ada.pact.ledger, "Ada lets it in", (connection) =>
        Effect.gen(function* () {
          yield* proveMembers(connection, pactId, identity)
          yield* isThere(ada, identity.memberKey, true)
        })
      )
      expect(ada.presence.linksOf(identity.memberKey)).toBeUndefined()
    })
  )

  live("and what one told is forgotten when it takes it back, and not only when it goes", () =>
    Effect.gen(function* () {
      const { ada, boot, identity, pactId } = yield* scene
      const told = (links: string | undefined) =>
        ada.until("what it told", () => (ada.presence.linksOf(identity.memberKey)?.join() === links ? true : null))
      yield* attack(boot, ada.pact.ledger, "Ada hears it", (connection) =>
        Effect.gen(function* () {
          const door = yield* openAsBob(connection, { identity, pactId })
          yield* door.send(encodeLinks([ada.pact.memberKey]))
          yield* told(ada.pact.memberKey)
          yield* door.close
          yield* told(undefined)
          expect(ada.presence.online().has(identity.memberKey)).toBe(true)
        })
      )
    })
  )

  live("and who tells more than can be heard loses the connection, and is one strike", () =>
    Effect.gen(function* () {
      const { ada, boot, identity, pactId } = yield* scene
      const before = yield* strikeCount
      yield* attack(boot, ada.pact.ledger, "Ada ends it", (connection) =>
        Effect.gen(function* () {
          const door = yield* openAsBob(connection, { identity, pactId })
          for (let i = 0; i < 20; i++) yield* door.send(encodeLinks([randomBytes(32).toString("hex")]))
          yield* connection.closed
        })
      )
      yield* isThere(ada, identity.memberKey, false)
      expect(yield* strikeCount).toBe(before + 1)
    })
  )

  const broken: ReadonlyArray<readonly [what: string, bytes: Uint8Array]> = [
    ["of another version", Uint8Array.of(2, 0)],
    ["shorter than it says", encodeLinks(["ab".repeat(32)]).subarray(0, 33)],
    ["longer than any", Buffer.concat([Uint8Array.of(1, 121), randomBytes(121 * 32)])]
  ]
  for (const [what, bytes] of broken) {
    live(`and what is ${what} ends the connection, and is one strike`, () =>
      Effect.gen(function* () {
        const { ada, boot, identity, pactId } = yield* scene
        const before = yield* strikeCount
        yield* attack(boot, ada.pact.ledger, "Ada ends it", (connection) =>
          Effect.gen(function* () {
            const door = yield* openAsBob(connection, { identity, pactId })
            yield* door.send(bytes)
            yield* connection.closed
          })
        )
        yield* isThere(ada, identity.memberKey, false)
        expect(yield* strikeCount).toBe(before + 1)
        expect(ada.presence.linksOf(identity.memberKey)).toBeUndefined()
      })
    )
  }
})
