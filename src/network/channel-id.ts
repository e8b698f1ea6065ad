import { createHmac } from "node:crypto"
import { encodeText, fromHex } from "../engine/bytes.ts"
import type { Connection } from "../hyper/swarm.ts"

/**
 * The id of a protocol's channel for one pact on one stream. Only who knows the pact id can make it, and nobody can use
 * it on another stream: so a peer learns of no pact that it doesn't know already.
 */
export const channelId = (protocol: string, pactId: string, { handshakeHash }: Connection): Uint8Array =>
  createHmac("sha256", fromHex(pactId))
    .update(encodeText(`${protocol}\n`))
    .update(handshakeHash)
    .digest()

/** The greatest message of our protocols, in bytes. */
export const maxBytes = 4096
export const maxWaiting = 8
