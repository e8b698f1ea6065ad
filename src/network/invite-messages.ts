import { Option } from "effect"
import { decodeText, encodeText, fromHex, Reader, toHex, Writer } from "../engine/bytes.ts"

/** The protocol by which a newcomer asks to be let in, on a stream on which it has proven its member key. */
export const invitesProtocol = "openpact/invites/v1"

const version = 1
const withInvite = 1
const byKey = 2

/**
 * What admits a newcomer. Null: it is admitted by hand, and asks for the key of the pact.
 *
 * An invite is named by its `hint`, and not told: who has the rest of it has it from the ledger. See `refusalTag`.
 */
export type Request = { readonly hint: string; readonly proof: string } | null

const hintBytes = 16
/** What names an invite to who holds it, 32 hex: the first half of its public key. */
export const hintOf = (invite: string): string => invite.slice(0, 2 * hintBytes)

/** `version u8, kind u8`, with an invite also its hint and the redemption's proof. */
export const encodeRequest = (request: Request): Uint8Array =>
  request === null
    ? Uint8Array.of(version, byKey)
    : new Writer(requestBytes).u8(version).u8(withInvite).put(fromHex(request.hint)).put(fromHex(request.proof)).bytes
const requestBytes = 2 + hintBytes + 64

/** None for whatever is none. Total. */
export const decodeRequest = (bytes: Uint8Array): Option.Option<Request> => {
  if (bytes[0] !== version) return Option.none()
  if (bytes[1] === byKey) return bytes.byteLength === 2 ? Option.some(null) : Option.none()
  if (bytes[1] !== withInvite || bytes.byteLength !== requestBytes) return Option.none()
  const reader = new Reader(bytes.subarray(2))
  return Option.some({ hint: toHex(reader.take(hintBytes)), proof: toHex(reader.take(64)) })
}

/**
 * What a member answers, and answers anew whenever it changes.
 * - `key`: the newcomer is admitted, and this opens the pact
 * - `confirming`: the newcomer is admitted, and no majority of indexers has confirmed it yet
 * - `wait`: this member can't let it in as things stand; another one may
 * - `refused`: the ledger's verdict. It is final where the `tag`, 64 hex, shows that it comes from who holds the invite
 */
export type Word =
  | { readonly kind: "key"; readonly encryptionKey: string }
  | { readonly kind: "confirming" }
  | { readonly kind: "wait"; readonly code: string }
  | { readonly kind: "refused"; readonly code: string; readonly tag: string }

// No number of a request, so that two newcomers who meet understand nothing of each other.
const firstKind = 17
const kinds = ["key", "confirming", "wait", "refused"] as const

/** `version u8, kind u8`, then the key, or the code in ASCII, with the tag before it where it is a refusal. */
export const encodeWord = (word: Word): Uint8Array => {
  const rest = restOf(word)
  return new Writer(2 + rest.byteLength)
    .u8(version)
    .u8(firstKind + kinds.indexOf(word.kind))
    .put(rest).bytes
}

const restOf = (word: Word): Uint8Array => {
  switch (word.kind) {
    case "key":
      return fromHex(word.encryptionKey)
    case "confirming":
      return new Uint8Array(0)
    case "wait":
      return encodeText(word.code)
    case "refused":
      return Buffer.concat([fromHex(word.tag), encodeText(word.code)])
  }
}

/** None for whatever is none. Total. */
export const decodeWord = (bytes: Uint8Array): Option.Option<Word> => {
  const kind = kinds[(bytes[1] ?? 0) - firstKind]
  if (bytes[0] !== version || kind === undefined) return Option.none()
  const rest = bytes.subarray(2)
  switch (kind) {
    case "key":
      return rest.byteLength === 32 ? Option.some({ kind, encryptionKey: toHex(rest) }) : Option.none()
    case "confirming":
      return rest.byteLength === 0 ? Option.some({ kind }) : Option.none()
    case "wait":
      return Option.map(codeIn(rest), (code) => ({ kind, code }))
    case "refused":
      return Option.map(codeIn(rest.subarray(tagBytes)), (code) => ({
        kind,
        code,
        tag: toHex(rest.subarray(0, tagBytes))
      }))
  }
}
const tagBytes = 32

const codeIn = (bytes: Uint8Array): Option.Option<string> => {
  const code = decodeText(bytes)
  return code !== null && /^[A-Z][A-Z_]{0,63}$/.test(code) ? Option.some(code) : Option.none()
}
