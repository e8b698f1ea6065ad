import { createHmac, timingSafeEqual } from "node:crypto"
import { encodeText, fromHex } from "../engine/bytes.ts"
import type { Connection } from "../hyper/swarm.ts"
import { invitesProtocol, type Word } from "./invite-messages.ts"

type Stream = Pick<Connection, "handshakeHash">
type Refused = Extract<Word, { readonly kind: "refused" }>

/**
 * Shows that a refusal comes from who holds the public half of the invite, 64 hex. That stands in the encrypted ledger,
 * and the newcomer has it from its link. On another stream or for another code it is worth nothing.
 *
 * @param invite null: the ledger doesn't have it, so there is nothing to show.
 */
export const refusalTag = (invite: string | null, { handshakeHash }: Stream, code: string): string =>
  invite === null
    ? "00".repeat(32)
    : createHmac("sha256", fromHex(invite))
        .update(encodeText(`${invitesProtocol}\nrefused\n`))
        .update(handshakeHash)
        .update(encodeText(code))
        .digest("hex")

/**
 * True for a refusal that ends a join: the creator's, which its proven key tells, since it alone knows which invites
 * there are, or one by who holds the invite. Any other is hearsay.
 *
 * @param invite what the newcomer came with. Null: none.
 */
export const isBelieved = (
  { code, tag }: Refused,
  invite: string | null,
  stream: Stream,
  peer: { readonly pactId: string; readonly memberKey: string }
): boolean =>
  peer.memberKey === peer.pactId ||
  (invite !== null && timingSafeEqual(fromHex(tag), fromHex(refusalTag(invite, stream, code))))
