import { Option } from "effect"
import { encodeText, decodeText, fromHex, Reader, toHex, Writer } from "../engine/bytes.ts"
import { type Identity, provesMember } from "../hyper/identity.ts"
import type { Connection } from "../hyper/swarm.ts"

/** The protocol by which somebody who knows the pact id asks to be let in. */
export const invitesProtocol = "openpact/invites/v1"

const version = 1
const withInvite = 1
const byKey = 2

/** What a newcomer asks for: to be admitted by an invite, or, being admitted by hand, for the key of the pact. */
export interface Request {
  readonly memberKey: string
  readonly redemption: { readonly invite: string; readonly proof: string } | null
}

/**
 * `version u8, kind u8, member key, public key`, with an invite also `invite, proof`, and at the end the control: a
 * signature by the member key over all this and this very stream.
 */
export const encodeRequest = (
  connection: Connection,
  pactId: string,
  { memberKey, publicKey, sign }: Identity,
  redemption: Request["redemption"]
): Uint8Array => {
  const head = [
    Uint8Array.of(version, redemption === null ? byKey : withInvite),
    fromHex(memberKey),
    publicKey,
    ...(redemption === null ? [] : [fromHex(redemption.invite), fromHex(redemption.proof)])
  ]
  const body = Buffer.concat(head)
  return Buffer.concat([body, sign(controlled(connection, pactId, connection.initiator, body))])
}

/** None for whatever is no request by the holder of its member key, on this very stream. Total. */
export const decodeRequest = (connection: Connection, pactId: string, bytes: Uint8Array): Option.Option<Request> => {
  const kind = bytes[1]
  const size = kind === withInvite ? bodyBytes + 32 + 64 : bodyBytes
  if (bytes[0] !== version || (kind !== withInvite && kind !== byKey)) return Option.none()
  if (bytes.byteLength !== size + controlBytes) return Option.none()
  const reader = new Reader(bytes)
  reader.take(2)
  const memberKey = toHex(reader.take(32))
  const publicKey = reader.take(32)
  const redemption =
    kind === withInvite ? { invite: toHex(reader.take(32)), proof: toHex(reader.take(64)) } : null
  const signed = controlled(connection, pactId, !connection.initiator, bytes.subarray(0, size))
  return provesMember(memberKey, publicKey, signed, reader.take(controlBytes))
    ? Option.some({ memberKey, redemption })
    : Option.none()
}

const bodyBytes = 2 + 32 + 32
const controlBytes = 64

/** What the member key signs: it is of no use on another stream, in another pact or in the other direction. */
const controlled = (
  { handshakeHash, staticKeys }: Connection,
  pactId: string,
  byInitiator: boolean,
  body: Uint8Array
): Uint8Array =>
  Buffer.concat([
    encodeText(`${invitesProtocol}\ncontrol\n`),
    fromHex(pactId),
    handshakeHash,
    ...staticKeys,
    Uint8Array.of(byInitiator ? 1 : 0),
    body
  ])

/**
 * What a member answers, and answers anew whenever it changes.
 * - `key`: the newcomer is admitted, and this opens the pact
 * - `confirming`: the invite is redeemed and not confirmed yet
 * - `wait`: this member can't let it in as things stand; another one may
 * - `refused`: the ledger's verdict. It is final
 */
export type Word =
  | { readonly kind: "key"; readonly encryptionKey: string }
  | { readonly kind: "confirming" }
  | { readonly kind: "wait" | "refused"; readonly code: string }

const kinds = ["key", "confirming", "wait", "refused"] as const

/** `version u8, kind u8`, then the key or the code. */
export const encodeWord = (word: Word): Uint8Array => {
  const rest =
    word.kind === "key"
      ? fromHex(word.encryptionKey)
      : word.kind === "confirming"
        ? new Uint8Array(0)
        : encodeText(word.code)
  return new Writer(2 + rest.byteLength).u8(version).u8(kinds.indexOf(word.kind) + 1).put(rest).bytes
}

/** None for whatever is none. Total. */
export const decodeWord = (bytes: Uint8Array): Option.Option<Word> => {
  const kind = kinds[(bytes[1] ?? 0) - 1]
  if (bytes[0] !== version || kind === undefined) return Option.none()
  const rest = bytes.subarray(2)
  if (kind === "key") {
    return rest.byteLength === 32 ? Option.some({ kind, encryptionKey: toHex(rest) }) : Option.none()
  }
  if (kind === "confirming") return rest.byteLength === 0 ? Option.some({ kind }) : Option.none()
  const code = decodeText(rest)
  return code !== null && /^[A-Z][A-Z_]{0,63}$/.test(code) ? Option.some({ kind, code }) : Option.none()
}
