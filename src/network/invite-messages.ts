import { Option } from "effect"
import { decodeText, encodeText, fromHex, Reader, toHex, Writer } from "../engine/bytes.ts"

/** The protocol by which a newcomer asks to be let in, on a stream on which it has proven its member key. */
export const invitesProtocol = "openpact/invites/v1"

const version = 1
const withInvite = 1
const byKey = 2

/** What admits a newcomer. Null: it is admitted by hand, and asks for the key of the pact. */
export type Request = { readonly invite: string; readonly proof: string } | null

/** `version u8, kind u8`, with an invite also its public half and the redemption's proof. */
export const encodeRequest = (request: Request): Uint8Array =>
  request === null
    ? Uint8Array.of(version, byKey)
    : new Writer(2 + 32 + 64).u8(version).u8(withInvite).put(fromHex(request.invite)).put(fromHex(request.proof)).bytes

/** None for whatever is none. Total. */
export const decodeRequest = (bytes: Uint8Array): Option.Option<Request> => {
  if (bytes[0] !== version) return Option.none()
  if (bytes[1] === byKey) return bytes.byteLength === 2 ? Option.some(null) : Option.none()
  if (bytes[1] !== withInvite || bytes.byteLength !== 2 + 32 + 64) return Option.none()
  const reader = new Reader(bytes.subarray(2))
  return Option.some({ invite: toHex(reader.take(32)), proof: toHex(reader.take(64)) })
}

/**
 * What a member answers, and answers anew whenever it changes.
 * - `key`: the newcomer is admitted, and this opens the pact
 * - `confirming`: the newcomer is admitted, and no majority of indexers has confirmed it yet
 * - `wait`: this member can't let it in as things stand; another one may
 * - `refused`: the ledger's verdict. It is final
 */
export type Word =
  | { readonly kind: "key"; readonly encryptionKey: string }
  | { readonly kind: "confirming" }
  | { readonly kind: "wait" | "refused"; readonly code: string }

// No number of a request, so that two newcomers who meet understand nothing of each other.
const firstKind = 17
const kinds = ["key", "confirming", "wait", "refused"] as const

/** `version u8, kind u8`, then the key, or the code in ASCII. */
export const encodeWord = (word: Word): Uint8Array => {
  const rest = "code" in word ? encodeText(word.code) : word.kind === "key" ? fromHex(word.encryptionKey) : none
  return new Writer(2 + rest.byteLength)
    .u8(version)
    .u8(firstKind + kinds.indexOf(word.kind))
    .put(rest).bytes
}
const none = new Uint8Array(0)

/** None for whatever is none. Total. */
export const decodeWord = (bytes: Uint8Array): Option.Option<Word> => {
  const kind = kinds[(bytes[1] ?? 0) - firstKind]
  if (bytes[0] !== version || kind === undefined) return Option.none()
  const rest = bytes.subarray(2)
  if (kind === "key") {
    return rest.byteLength === 32 ? Option.some({ kind, encryptionKey: toHex(rest) }) : Option.none()
  }
  if (kind === "confirming") return rest.byteLength === 0 ? Option.some({ kind }) : Option.none()
  const code = decodeText(rest)
  return code !== null && /^[A-Z][A-Z_]{0,63}$/.test(code) ? Option.some({ kind, code }) : Option.none()
}
