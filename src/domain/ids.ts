import { Schema } from "effect"
import { words } from "./words.ts"

const hex = (length: number, name: string) =>
  Schema.String.check(
    Schema.isPattern(new RegExp(`^[0-9a-f]{${length}}$`, "u"), { expected: `${length} lower-case hex digits` })
  ).annotate({ identifier: name })

/** The Autobase key of a pact, 64 hex. */
export const PactId = hex(64, "PactId")
/** The key of a member's own log in one pact, 64 hex. Never copied to another machine. */
export const MemberKey = hex(64, "MemberKey")
/** The public half of an invite's nonce, 64 hex. */
export const InviteKey = hex(64, "InviteKey")
/** The secret half of an invite, 48 hex (24 random bytes). */
export const InviteNonce = hex(48, "InviteNonce")
/** An Ed25519 signature, 128 hex. */
export const Signature = hex(128, "Signature")

/** `anon-<word>-<8 hex>`, see {@link agentIdOf}. */
export const AgentId = Schema.String.check(
  Schema.isPattern(/^anon-[a-z]{2,12}-[0-9a-f]{8}$/u, { expected: "an agent id such as anon-maple-1a2b3c4d" })
).annotate({ identifier: "AgentId" })

/** `<8 hex>-<n>`, see {@link entryIdOf}. */
export const EntryId = Schema.String.check(
  Schema.isPattern(/^[0-9a-f]{8}-[1-9][0-9]{0,15}$/u, { expected: "an entry id such as 1a2b3c4d-512" })
).annotate({ identifier: "EntryId" })

/** The local name of a pact: a slug of 1..64. */
export const Alias = Schema.String.check(
  Schema.isPattern(/^(?![0-9a-f]{64}$)[a-z0-9](?:[a-z0-9-]{0,62}[a-z0-9])?$/u, {
    expected: "lower-case letters, digits and dashes, 1 to 64, and no pact id"
  })
).annotate({ identifier: "Alias" })

/** The handle of a member: a word from key bytes 0 and 1, and bytes 2 to 5 in hex. A label, never an authority. */
export const agentIdOf = (memberKey: string): string => {
  const word = words[(byteAt(memberKey, 0) ^ byteAt(memberKey, 1)) % words.length]
  return `anon-${word}-${memberKey.slice(4, 12)}`
}

/** The first part of every entry id of a member. */
export const entryPrefixOf = (memberKey: string): string => memberKey.slice(0, 8)

/**
 * The id of an entry: fixed by where it stands in its writer's log, so it is known at append and grows.
 * `length` is the length of that log with the frame, `place` the entry's place in the frame (0..255).
 */
export const entryIdOf = (memberKey: string, length: number, place: number): string =>
  `${entryPrefixOf(memberKey)}-${length * 256 + place}`

/** What the ids of all entries of one frame have in common, and no other frame's. */
export const frameIdOf = (entryId: string): string =>
  `${entryId.slice(0, 8)}-${Math.floor(Number(entryId.slice(9)) / 256)}`

/** A pact's name as an alias: `Obsidian Accord` gives `obsidian-accord`. Never empty. */
export const slugOf = (name: string): string =>
  name
    .normalize("NFKD")
    .replace(/[\u0300-\u036f]/g, "")
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, "-")
    .slice(0, 64)
    .replace(/^-+|-+$/g, "") || "pact"

const byteAt = (key: string, index: number): number => Number.parseInt(key.slice(index * 2, index * 2 + 2), 16)
