import { assert, describe, expect } from "@effect/vitest"
import { Deferred, Effect, Option, type Scope } from "effect"
import { randomBytes } from "node:crypto"
import { fromHex, toHex } from "../../../src/engine/bytes.ts"
import { inviteKeyOf, signRedemption } from "../../../src/engine/crypto.ts"
import type { Channel } from "../../../src/hyper/channel.ts"
import type { Identity } from "../../../src/hyper/identity.ts"
import { type Connection, joinSwarm, openDht } from "../../../src/hyper/swarm.ts"
import { openDoor } from "../../../src/network/door.ts"
import {
  decodeWord,
  encodeRequest,
  encodeWord,
  hintOf,
  invitesProtocol,
  type Word
} from "../../../src/network/invite-messages.ts"
import { proveMembers } from "../../../src/network/members.ts"
import { refusalTag } from "../../../src/network/refusal-tag.ts"
import { attack, strikeCount } from "../../kit/attack.ts"
import { within } from "../../kit/deadline.ts"
import { failed } from "../../kit/joins.ts"
import { live } from "../../kit/live.ts"
import { admitted, creator, holds, joiner, knowledge, type Machine } from "../../kit/machines.ts"
import { mint, networked } from "../../kit/networked.ts"
import { tempDir } from "../../kit/temp.ts"
import { type Bootstrap, testnet } from "../../kit/testnet.ts"

/** A machine with a live invite, the key of somebody nobody admitted, and what may be asked with both. */
const scene = Effect.gen(function* () {
  const boot = yield* testnet
  const ada = yield* creator(boot)
  const minted = yield* mint(ada.pact)
  yield* ada.connect
  const { identity } = (yield* joiner("stranger", boot, ada, false)).pact.ledger
  const { nonce, pactId } = minted.token
  const { invite } = minted
  const request = { hint: hintOf(invite), proof: signRedemption(nonce, pactId, identity.memberKey) }
  return { boot, ada, identity, pactId, nonce, invite, request }
})

/** Proves a key and comes to the door, as a newcomer does. */
const knock = Effect.fnUntraced(function* (connection: Connection, pactId: string, identity: Identity) {
  const door = yield* openDoor(connection, pactId, invitesProtocol)
  const proven = yield* proveMembers(connection, pactId, identity)
  assert.isTrue(Option.isSome(proven))
  assert.isTrue(yield* door.opened)
  return door
})
const heard = ({ take }: Channel): Effect.Effect<Option.Option<Word>> => Effect.map(take, Option.flatMap(decodeWord))

const otherStream = { handshakeHash: randomBytes(64) }

/** Asks once as somebody, and answers the first word. */
const ask = (
  boot: Bootstrap,
  ada: Machine,
  identity: Identity,
  request: Parameters<typeof encodeRequest>[0]
): Effect.Effect<Option.Option<Word>, never, Scope.Scope> =>
  attack(boot, ada.pact.ledger, "an answer at the door", (connection) =>
    Effect.gen(function* () {
      const door = yield* knock(connection, ada.pact.pactId, identity)
      yield* door.send(encodeRequest(request))
      return yield* heard(door)
    })
  )

/** It still serves its members, holds no more than before, and admitted nobody. */
const unharmed = Effect.fnUntraced(function* (ada: Machine, boot: Bootstrap, entries: number) {
  expect(ada.pact.read.entries).toBe(entries)
  expect(ada.pact.read.members({ limit: 10 }).map(({ key }) => key)).toEqual([ada.pact.memberKey])
  const bob = yield* joiner("bob", boot, ada)
  yield* bob.connect
  yield* admitted(bob)
  yield* holds(ada, (yield* bob.pact.write(knowledge("still here"))).id)
})

describe("who knows the pact id and has no token", () => {
  live("is let in by nothing it may invent, and the ledger takes no note of it", () =>
    Effect.gen(function* () {
      const { ada, boot, identity, nonce, pactId, request } = yield* scene
      const { entries } = ada.pact.read
      const own = randomBytes(24).toString("hex")
      const someone = toHex(randomBytes(32))
      for (const [asked, word] of [
        [null, { kind: "wait", code: "NOT_A_MEMBER" }],
        // An invite of its own making.
        [
          { hint: hintOf(inviteKeyOf(own)), proof: signRedemption(own, pactId, identity.memberKey) },
          { kind: "refused", code: "UNKNOWN_INVITE" }
        ],
        // A live invite without its nonce, one that was redeemed for somebody else, and one of another pact.
        [
          { ...request, proof: toHex(randomBytes(64)) },
          { kind: "refused", code: "BAD_ENTRY" }
        ],
        [
          { ...request, proof: signRedemption(nonce, pactId, someone) },
          { kind: "refused", code: "BAD_ENTRY" }
        ],
        [
          { ...request, proof: signRedemption(nonce, someone, identity.memberKey) },
          { kind: "refused", code: "BAD_ENTRY" }
        ]
      ] as const)
        expect(Option.getOrNull(yield* ask(boot, ada, identity, asked))).toMatchObject(word)
      yield* unharmed(ada, boot, entries)
    })
  )

  live("gets no answer before it has proven a member key", () =>
    Effect.gen(function* () {
      const { ada, boot, pactId, request } = yield* scene
      const { entries } = ada.pact.read
      const word = yield* attack(boot, ada.pact.ledger, "no answer at the door", (connection) =>
        Effect.gen(function* () {
          const door = yield* openDoor(connection, pactId, invitesProtocol)
          assert.isTrue(yield* door.opened)
          yield* door.send(encodeRequest(request))
          return yield* Effect.raceFirst(heard(door), Effect.as(connection.closed, Option.none<Word>()))
        })
      )
      expect(word).toEqual(Option.none())
      yield* unharmed(ada, boot, entries)
    })
  )
})

describe("a relay between a newcomer and a member", () => {
  live("gets neither the key nor anybody admitted, whether it forwards or replays", () =>
    Effect.gen(function* () {
      // Bob has the token and can't reach Ada. The relay reaches both, and passes on what he says.
      const { ada, boot, identity: bob, invite, pactId, request } = yield* scene
      const { entries } = ada.pact.read
      const there = yield* testnet
      const recorded: Array<Uint8Array> = []
      const mallory = yield* joiner("mallory", there, ada, false)
      yield* attack(boot, ada.pact.ledger, "Ada refuses what was said to another", (toAda) =>
        Effect.gen(function* () {
          // It takes what Bob would send to anybody: his request, on a stream of the relay's own key.
          const door = yield* knock(toAda, pactId, mallory.pact.ledger.identity)
          const said = encodeRequest(request)
          recorded.push(said)
          yield* door.send(said)
          expect(Option.getOrNull(yield* heard(door))).toMatchObject({ kind: "refused", code: "BAD_ENTRY" })
        })
      )
      expect(ada.pact.read.member(bob.memberKey)).toBe(null)
      // The same bytes later, by somebody else again.
      const eve = yield* joiner("eve", there, ada, false)
      yield* attack(boot, ada.pact.ledger, "Ada refuses the replay", (connection) =>
        Effect.gen(function* () {
          const door = yield* knock(connection, pactId, eve.pact.ledger.identity)
          yield* door.send(recorded[0]!)
          expect(Option.getOrNull(yield* heard(door))).toMatchObject({ kind: "refused", code: "BAD_ENTRY" })
        })
      )
      expect(ada.pact.read.inviteFact(invite)).toMatchObject({ redeemed_by: null })
      yield* unharmed(ada, boot, entries)
    })
  )
})

/** Somebody who knows the pact id answers newcomers. Ends with the first stream that was answered, when it is closed. */
const stranger = Effect.fnUntraced(function* (boot: Bootstrap, ada: Machine, answer: (request: Uint8Array) => Word) {
  const { discoveryKey, pactId } = ada.pact.ledger
  const { identity } = (yield* joiner("mallory", boot, ada, false)).pact.ledger
  const answered = Deferred.makeUnsafe<void>()
  yield* joinSwarm(yield* openDht(boot), {
    topic: fromHex(discoveryKey),
    seed: randomBytes(32),
    serve: Effect.fnUntraced(function* (connection) {
      const door = yield* openDoor(connection, pactId, invitesProtocol)
      if (Option.isNone(yield* proveMembers(connection, pactId, identity))) return
      const request = yield* door.take
      if (Option.isNone(request)) return
      yield* door.send(encodeWord(answer(request.value)))
      yield* Effect.addFinalizer(() => Deferred.succeed(answered, undefined))
      yield* connection.closed
    })
  })
  return Deferred.await(answered).pipe(within("an answer by a stranger", "20 seconds", () => "nobody asked"))
})

describe("who answers a newcomer and is no member", () => {
  live("can't give it another key, and keeps it from nobody", () =>
    Effect.gen(function* () {
      const boot = yield* testnet
      const ada = yield* creator(boot)
      const { token } = yield* mint(ada.pact)
      const lied = yield* stranger(boot, ada, () => ({ kind: "key", encryptionKey: toHex(randomBytes(32)) }))
      const bob = yield* networked(yield* tempDir(), boot)
      yield* bob.pacts.join({ pactId: token.pactId, invite: token })
      // It has a key by now, and waits for the block that it opens.
      yield* bob.pactUntil("accord", "a false key", ({ joining }) =>
        joining?.progress().waitingFor === "confirmation" ? true : null
      )
      yield* ada.connect
      const pact = yield* bob.joined("accord")
      yield* lied
      expect(pact.ledger.encryptionKey).toBe(ada.pact.ledger.encryptionKey)
      yield* holds(ada, (yield* pact.write(knowledge("from bob"))).id)
    })
  )

  for (const [what, tagOf] of [
    ["of its own making", () => refusalTag(toHex(randomBytes(32)), otherStream, "INVITE_SPENT")],
    ["that a member showed on another stream", (invite: string) => refusalTag(invite, otherStream, "INVITE_SPENT")]
  ] as const)
    live(`can't tell it that its invite is no good, with a tag ${what}`, () =>
      Effect.gen(function* () {
        const boot = yield* testnet
        const ada = yield* creator(boot)
        const { invite, token } = yield* mint(ada.pact)
        const before = yield* strikeCount
        const heardBy: Array<string> = []
        const lied = yield* stranger(boot, ada, (request) => {
          heardBy.push(toHex(request))
          return { kind: "refused", code: "INVITE_SPENT", tag: tagOf(invite) }
        })
        const bob = yield* networked(yield* tempDir(), boot)
        yield* bob.pacts.join({ pactId: token.pactId, invite: token })
        yield* lied
        expect(yield* strikeCount).toBeGreaterThan(before)
        // All that it hears of the invite is half of its public key.
        expect(heardBy[0]).toContain(invite.slice(0, 32))
        expect(heardBy[0]).not.toContain(invite.slice(32))
        yield* ada.connect
        yield* bob.joined("accord")
      })
    )
})

describe("an indexer", () => {
  live("is believed that an invite is no good, also while the creator is away", () =>
    Effect.gen(function* () {
      const boot = yield* testnet
      const ada = yield* creator(boot)
      // The link says more than the ledger does.
      const { id, token } = yield* mint(ada.pact, { ttl: 1, expiresAt: Date.now() + 3_600_000 })
      const ivy = yield* joiner("ivy", boot, ada, "indexer")
      yield* Effect.all([ada.connect, ivy.connect])
      yield* admitted(ivy)
      yield* holds(ivy, id)
      yield* ada.stop
      const bob = yield* networked(yield* tempDir(), boot)
      yield* bob.pacts.join({ pactId: token.pactId, invite: token })
      expect(yield* failed(bob)).toMatchObject({ code: "INVITE_EXPIRED" })
    })
  )
})

describe("messages at the door that break the protocol", () => {
  live("close the connection, are counted once, and harm nobody", () =>
    Effect.gen(function* () {
      const { ada, boot, identity, pactId, request } = yield* scene
      const { entries } = ada.pact.read
      const whole = encodeRequest(null)
      const cases: ReadonlyArray<readonly [name: string, messages: ReadonlyArray<Uint8Array>]> = [
        ["nothing", [new Uint8Array(0)]],
        ["a request cut short", [encodeRequest(request).subarray(0, -1)]],
        ["a request with more", [Buffer.concat([encodeRequest(request), Uint8Array.of(0)])]],
        ["another version", [Uint8Array.of(9, 2)]],
        ["a second request", [whole, whole]],
        ["more than it may hold", [randomBytes(5000)]],
        ["a megabyte", [randomBytes(1 << 20)]],
        ["a hundred at once", Array.from({ length: 100 }, () => whole)]
      ]
      for (const [name, messages] of cases) {
        const before = yield* strikeCount
        yield* attack(boot, ada.pact.ledger, name, (connection) =>
          Effect.gen(function* () {
            const door = yield* knock(connection, pactId, identity)
            for (const message of messages) yield* door.send(message)
            yield* connection.closed
          })
        )
        expect([name, (yield* strikeCount) - before]).toEqual([name, 1])
      }
      yield* unharmed(ada, boot, entries)
    })
  )
})
