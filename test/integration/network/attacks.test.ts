import { assert, describe, expect } from "@effect/vitest"
import { Effect, Option } from "effect"
import Corestore from "corestore"
import HypercoreStorage from "hypercore-storage"
import Protomux from "protomux"
import { randomBytes } from "node:crypto"
import { fromHex, toHex } from "../../../src/engine/bytes.ts"
import type { Channel } from "../../../src/hyper/channel.ts"
import type { Identity } from "../../../src/hyper/identity.ts"
import type { Connection } from "../../../src/hyper/swarm.ts"
import { channelId } from "../../../src/network/channel-id.ts"
import { membersProtocol, proveMembers } from "../../../src/network/members.ts"
import { attack, strikeCount } from "../../kit/attack.ts"
import { live } from "../../kit/live.ts"
import { admitted, creator, holds, joiner, knowledge, type Machine } from "../../kit/machines.ts"
import { tempDir } from "../../kit/temp.ts"
import { type Bootstrap, testnet } from "../../kit/testnet.ts"

/** The channel of the members' protocol, opened by somebody who knows the pact id and keeps to nothing else. */
const rawChannel = (connection: Connection, pactId: string) =>
  connection.channel({
    protocol: membersProtocol,
    id: channelId(membersProtocol, pactId, connection),
    maxBytes: 1 << 24,
    maxWaiting: 1000,
    onAbuse: () => {}
  })

/** A channel that the machine has opened too. */
const opened = Effect.fnUntraced(function* (connection: Connection, pactId: string) {
  const channel = yield* rawChannel(connection, pactId)
  assert.isTrue(yield* channel.opened)
  return channel
})

/** Proves an own key as the protocol has it, and answers the channel to go on with. */
const proveAs = Effect.fnUntraced(function* (connection: Connection, pactId: string, identity: Identity) {
  let made: Channel | undefined
  const channel: Connection["channel"] = (options) =>
    Effect.tap(connection.channel(options), (open) => Effect.sync(() => void (made = open)))
  assert.isTrue(Option.isSome(yield* proveMembers({ ...connection, channel }, pactId, identity)))
  return made!
})

/** What a raw client gets of a core, by the end of the connection. It asks for all there is. */
const rawClient = Effect.fnUntraced(function* (connection: Connection, key: string) {
  const store = new Corestore(
    new HypercoreStorage(yield* tempDir(), { writeBufferSize: 1 << 20, createIfMissing: true, walRecoveryMode: 2 })
  )
  yield* Effect.addFinalizer(() => Effect.promise(() => store.close()))
  const core = store.get({ key: Buffer.from(fromHex(key)) })
  yield* Effect.promise(() => core.ready())
  core.download({ start: 0, end: -1 })
  store.replicate(connection.stream).on("error", () => {})
  return { core, got: () => ({ length: core.length, held: core.contiguousLength, peers: core.peers.length }) }
})

/** A machine that is attacked, and a friend that must not notice. */
const target = Effect.fnUntraced(function* (boot: Bootstrap) {
  const ada = yield* creator(boot)
  yield* ada.pact.write(knowledge("a secret of the pact"))
  yield* ada.connect
  return ada
})
/** It still serves its members. */
const serves = Effect.fnUntraced(function* (ada: Machine, boot: Bootstrap) {
  const bob = yield* joiner("bob", boot, ada)
  yield* bob.connect
  yield* admitted(bob)
  const { id } = yield* bob.pact.write(knowledge("still here"))
  yield* holds(ada, id)
})

/** The key of a member that nobody admitted. */
const strangerIdentity = Effect.fnUntraced(function* (host: Machine, boot: Bootstrap) {
  const stranger = yield* joiner("stranger", boot, host, false)
  return stranger.pact.ledger.identity
})

describe("who knows only where a pact meets", () => {
  live("learns neither its id nor its members, gets no block and is let go", () =>
    Effect.gen(function* () {
      const boot = yield* testnet
      const ada = yield* target(boot)
      const { encryptionKey, memberKey, pactId } = ada.pact.ledger
      const { heard, got } = yield* attack(boot, ada.pact.ledger, "the sniffer is let go", (connection) =>
        Effect.gen(function* () {
          const heard: Array<Buffer> = []
          connection.stream.on("data", (bytes: Buffer) => void heard.push(Buffer.from(bytes)))
          // As a member of another pact would.
          yield* rawChannel(connection, toHex(randomBytes(32)))
          const client = yield* rawClient(connection, pactId)
          yield* connection.closed
          return { heard: Buffer.concat(heard), got: client.got() }
        })
      )
      expect(got).toEqual({ length: 0, held: 0, peers: 0 })
      // The channel's opening was heard, so there was something to listen to.
      expect(heard.includes(membersProtocol)).toBe(true)
      for (const secret of [pactId, encryptionKey, memberKey]) {
        expect(heard.includes(Buffer.from(fromHex(secret)))).toBe(false)
        expect(heard.includes(secret)).toBe(false)
      }
      expect(ada.presence.online().size).toBe(0)
      yield* serves(ada, boot)
    })
  )
})

describe("who knows the pact id and is no member", () => {
  live("gets no block, though it proves its own key", () =>
    Effect.gen(function* () {
      const boot = yield* testnet
      const ada = yield* target(boot)
      const { pactId } = ada.pact.ledger
      const identity = yield* strangerIdentity(ada, boot)
      const got = yield* attack(boot, ada.pact.ledger, "the stranger is let go", (connection) =>
        Effect.gen(function* () {
          const [talk, client] = yield* Effect.all(
            [proveAs(connection, pactId, identity), rawClient(connection, pactId)],
            { concurrency: 2 }
          )
          // It ends the connection, and comes after all that was asked for.
          yield* talk.send(randomBytes(10))
          yield* connection.closed
          return client.got()
        })
      )
      expect(got).toEqual({ length: 0, held: 0, peers: 0 })
      expect(ada.presence.online().size).toBe(0)
      // The same client in a member's name gets it, so it was the gate that kept it from the stranger.
      const carol = yield* joiner("carol", boot, ada)
      const block = yield* attack(boot, ada.pact.ledger, "a member gets a block", (connection) =>
        Effect.gen(function* () {
          const [, { core }] = yield* Effect.all(
            [proveAs(connection, pactId, carol.pact.ledger.identity), rawClient(connection, pactId)],
            { concurrency: 2 }
          )
          return yield* Effect.promise(() => core.get(0))
        })
      )
      expect(block.byteLength).toBeGreaterThan(0)
      expect(Buffer.from(block).includes("a secret of the pact")).toBe(false)
      yield* serves(ada, boot)
    })
  )

  live("can't pass as a member with proofs of others, whether it forwards or replays them", () =>
    Effect.gen(function* () {
      // Ada and Bob are members who can't reach each other. The relay reaches both.
      const [here, there] = [yield* testnet, yield* testnet]
      const ada = yield* target(here)
      const bob = yield* joiner("bob", there, ada)
      yield* bob.connect
      const { pactId } = ada.pact.ledger
      const before = yield* strikeCount
      const recorded: Array<Uint8Array> = []
      yield* attack(here, ada.pact.ledger, "Ada refuses the relay", (toAda) =>
        Effect.gen(function* () {
          // At once, or Ada is turned down and goes.
          const adaSide = yield* opened(toAda, pactId)
          yield* attack(there, ada.pact.ledger, "Bob refuses the relay", (toBob) =>
            Effect.gen(function* () {
              const bobSide = yield* opened(toBob, pactId)
              yield* Effect.all(
                [
                  forward(adaSide, bobSide, () => {}),
                  forward(bobSide, adaSide, (message) => recorded.push(message)),
                  toAda.closed,
                  toBob.closed
                ],
                { concurrency: 4 }
              )
            })
          )
        })
      )
      expect(recorded.map((message) => message.byteLength)).toEqual([97, 64])
      expect(yield* strikeCount).toBe(before + 2)
      // Later, in Bob's name.
      yield* attack(here, ada.pact.ledger, "Ada refuses the replay", (connection) =>
        Effect.gen(function* () {
          const channel = yield* opened(connection, pactId)
          for (const message of recorded) yield* channel.send(message)
          yield* connection.closed
        })
      )
      expect(yield* strikeCount).toBe(before + 3)
      expect([ada.presence.online().size, bob.presence.online().size]).toEqual([0, 0])
    })
  )
})

const forward = (from: Channel, to: Channel, seen: (message: Uint8Array) => void) =>
  Effect.gen(function* () {
    while (true) {
      const message = yield* from.take
      if (Option.isNone(message)) return
      seen(message.value)
      yield* to.send(message.value)
    }
  })

describe("messages that break the protocol", () => {
  live("a flood of channels is cut off", () =>
    Effect.gen(function* () {
      const boot = yield* testnet
      const ada = yield* target(boot)
      const took = yield* attack(boot, ada.pact.ledger, "the flood is cut off", (connection) =>
        Effect.gen(function* () {
          yield* opened(connection, ada.pact.pactId)
          const started = performance.now()
          const mux = Protomux.from(connection.stream)
          for (let i = 0; i < 20_000; i++)
            mux
              .createChannel({
                protocol: "flood",
                id: randomBytes(32),
                messages: [],
                onopen: () => {},
                onclose: () => {}
              })
              ?.open()
          yield* connection.closed
          return performance.now() - started
        })
      )
      // Long before a peer that says nothing is given up.
      expect(took).toBeLessThan(5000)
      yield* serves(ada, boot)
    })
  )

  const hello = ({ memberKey, publicKey }: Identity, version = 1) =>
    Buffer.concat([Uint8Array.of(version), fromHex(memberKey), publicKey, randomBytes(32)])

  const cases: ReadonlyArray<
    readonly [name: string, messages: (identity: Identity, own: Identity) => ReadonlyArray<Uint8Array>]
  > = [
    ["nothing at all", () => [new Uint8Array(0)]],
    ["a hello cut short", (me) => [hello(me).subarray(0, 96)]],
    ["a hello with more", (me) => [Buffer.concat([hello(me), Uint8Array.of(0)])]],
    ["another version", (me) => [hello(me, 2)]],
    ["the machine's own key", (_, ada) => [hello(ada)]],
    ["the proof before the hello", () => [randomBytes(64)]],
    ["a proof by nobody", (me) => [hello(me), randomBytes(64)]],
    ["a hello in the place of the proof", (me) => [hello(me), hello(me)]],
    [
      "a key that signs for somebody else",
      (me, ada) => [hello({ ...me, memberKey: ada.memberKey.replace(/^./, "f") }), randomBytes(64)]
    ],
    ["more than it may hold", (me) => [Buffer.concat([hello(me), randomBytes(4096)])]],
    ["a megabyte", () => [randomBytes(1 << 20)]],
    ["a hundred at once", (me) => Array.from({ length: 100 }, () => hello(me))]
  ]
  live("close the connection, are counted, and harm nobody", () =>
    Effect.gen(function* () {
      const boot = yield* testnet
      const ada = yield* target(boot)
      const { identity: own, pactId } = ada.pact.ledger
      const identity = yield* strangerIdentity(ada, boot)
      for (const [name, messages] of cases) {
        const before = yield* strikeCount
        yield* attack(boot, ada.pact.ledger, name, (connection) =>
          Effect.gen(function* () {
            const channel = yield* opened(connection, pactId)
            for (const message of messages(identity, own)) yield* channel.send(message)
            yield* connection.closed
          })
        )
        expect([name, (yield* strikeCount) - before]).toEqual([name, 1])
      }
      expect(ada.presence.online().size).toBe(0)
      yield* serves(ada, boot)
    })
  )

  live("end a connection after the proof too", () =>
    Effect.gen(function* () {
      const boot = yield* testnet
      const ada = yield* target(boot)
      const { pactId } = ada.pact.ledger
      const identity = yield* strangerIdentity(ada, boot)
      const before = yield* strikeCount
      yield* attack(boot, ada.pact.ledger, "the talker is let go", (connection) =>
        Effect.gen(function* () {
          const talk = yield* proveAs(connection, pactId, identity)
          yield* talk.send(randomBytes(10))
          yield* connection.closed
        })
      )
      expect(yield* strikeCount).toBe(before + 1)
    })
  )
})
