import { Effect, Metric, Option, type Scope } from "effect"
import { randomBytes } from "node:crypto"
import { encodeText, fromHex, Reader, toHex, Writer } from "../engine/bytes.ts"
import type { Channel } from "../hyper/channel.ts"
import { type Identity, provesMember } from "../hyper/identity.ts"
import type { Connection } from "../hyper/swarm.ts"
import { channelId, maxBytes, maxWaiting } from "./channel-id.ts"

/** The protocol by which both ends of a stream prove who they are in a pact, before any block of it is sent. */
export const membersProtocol = "openpact/members/v1"

/** How long a peer may take to open the channel, and for each message. One that is really there takes milliseconds. */
const openTime = "4 seconds"
const messageTime = "10 seconds"
/** How long a peer that is turned away may take to hear why. */
const hearTime = "2 seconds"

export const strikes = Metric.counter("openpact_peer_strikes_total", {
  description: "Messages of peers that broke a protocol",
  incremental: true
})
export const strike = (what: string) =>
  Effect.andThen(Metric.update(strikes, 1), Effect.logDebug(`A peer broke a protocol: ${what}`))

/** A peer that showed who it is. */
export interface Proven {
  readonly memberKey: string
  /**
   * Ends when the peer closes the channel or says more than the protocol knows: it is to be let go. True: it closes since
   * this machine was removed, as it says.
   */
  readonly over: Effect.Effect<boolean>
  /** Tells the peer that it was removed, and ends when it has heard, or had a moment to. */
  readonly turnAway: Effect.Effect<void>
}

/**
 * Proves this member on a stream, and has the peer prove itself. Both sides send `version, member key, public key,
 * challenge`, then a signature over the whole exchange: protocol, pact, stream, both static keys, who opened the stream,
 * and both hellos with their challenges. A proof can't be used on another stream, in another pact, or sent back.
 *
 * @returns None: it doesn't know the pact, proved nothing, or broke the protocol.
 */
export const proveMembers = Effect.fn("proveMembers")(function* (
  connection: Connection,
  pactId: string,
  { memberKey, publicKey, sign }: Identity
): Effect.fn.Return<Option.Option<Proven>, never, Scope.Scope> {
  const context = yield* Effect.context<never>()
  let struck = false
  /** Counts a channel once, however much comes of it. */
  const strikeOnce = (what: string) =>
    Effect.suspend(() => {
      if (struck) return Effect.void
      struck = true
      return strike(`${membersProtocol}: ${what}`)
    })
  const channel = yield* connection.channel({
    protocol: membersProtocol,
    id: channelId(membersProtocol, pactId, connection),
    maxBytes,
    maxWaiting,
    onAbuse: (what) => Effect.runForkWith(context)(strikeOnce(what))
  })
  /** Closes the channel. Silence is no strike: the stream may just have ended. */
  const refuse = (got: Option.Option<Uint8Array>, what: string) =>
    (Option.isSome(got) ? strikeOnce(what) : Effect.void).pipe(
      Effect.andThen(channel.close),
      Effect.as(Option.none<Proven>())
    )
  if (!(yield* within(channel.opened, openTime, false))) return Option.none()

  const own = encodeHello({ memberKey, publicKey, challenge: randomBytes(32) })
  yield* channel.send(own)
  const theirs = yield* takeWithin(channel)
  const hello = Option.flatMap(theirs, decodeHello)
  if (Option.isNone(theirs) || Option.isNone(hello)) return yield* refuse(theirs, "a hello that is none")
  // What was sent to us and comes back is no proof of anybody else.
  if (hello.value.memberKey === memberKey) return yield* refuse(theirs, "our own member key")

  const { initiator } = connection
  yield* channel.send(sign(transcript(connection, pactId, { from: own, to: theirs.value, byInitiator: initiator })))
  const proof = yield* takeWithin(channel)
  const signed = transcript(connection, pactId, { from: theirs.value, to: own, byInitiator: !initiator })
  const holds =
    Option.isSome(proof) &&
    proof.value.byteLength === 64 &&
    provesMember(hello.value.memberKey, hello.value.publicKey, signed, proof.value)
  if (!holds) return yield* refuse(proof, "a proof that doesn't hold")
  const over = Effect.flatMap(channel.take, (more) =>
    Option.exists(more, isRemoval) ? Effect.as(channel.close, true) : Effect.as(refuse(more, "a third message"), false)
  )
  const turnAway = Effect.andThen(channel.send(removal), within(Effect.asVoid(channel.take), hearTime, undefined))
  return Option.some({ memberKey: hello.value.memberKey, over, turnAway })
})

const within = <A>(
  effect: Effect.Effect<A>,
  time: typeof openTime | typeof messageTime | typeof hearTime,
  otherwise: A
) => Effect.timeoutOrElse(effect, { duration: time, orElse: () => Effect.succeed(otherwise) })
/** The next message. None: the channel is closed, or nothing came in time. */
export const takeWithin = ({ take }: Channel) => within(take, messageTime, Option.none())

interface Hello {
  readonly memberKey: string
  readonly publicKey: Uint8Array
  readonly challenge: Uint8Array
}
const version = 1
/** `version u8, reason u8`: after the proof, why a member closes. There is one reason. */
const removal = Uint8Array.of(version, 1)
const isRemoval = (message: Uint8Array): boolean => toHex(message) === toHex(removal)

const helloBytes = 1 + 32 + 32 + 32

const encodeHello = ({ challenge, memberKey, publicKey }: Hello): Uint8Array =>
  new Writer(helloBytes).u8(version).put(fromHex(memberKey)).put(publicKey).put(challenge).bytes

const decodeHello = (bytes: Uint8Array): Option.Option<Hello> => {
  if (bytes.byteLength !== helloBytes) return Option.none()
  const reader = new Reader(bytes)
  if (reader.u8() !== version) return Option.none()
  return Option.some({ memberKey: toHex(reader.take(32)), publicKey: reader.take(32), challenge: reader.take(32) })
}

/** What the sender of `from` signs. */
const transcript = (
  { handshakeHash, staticKeys }: Connection,
  pactId: string,
  { byInitiator, from, to }: { readonly from: Uint8Array; readonly to: Uint8Array; readonly byInitiator: boolean }
): Uint8Array =>
  Buffer.concat([
    encodeText(`${membersProtocol}\n`),
    fromHex(pactId),
    handshakeHash,
    ...staticKeys,
    Uint8Array.of(byInitiator ? 1 : 0),
    from,
    to
  ])
