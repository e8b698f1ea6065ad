import { createHash, createPrivateKey, createPublicKey, type KeyObject, sign, verify } from "node:crypto"
import { encodeText, fromHex, toHex } from "./bytes.ts"

/** `sha256:<hex>` over a skill's content, with a prefix that keeps it apart from every other hash. */
export const skillChecksumOf = (content: string): string =>
  `sha256:${createHash("sha256").update("openpact-skill-content:v1\n").update(content).digest("hex")}`

/** An Ed25519 signature, 64 bytes. `seed` is the private key, 32 bytes. */
export const signWith = (seed: Uint8Array, message: Uint8Array): Uint8Array => sign(null, message, privateKeyOf(seed))

/** True for a signature by {@link signWith}. Total: any bytes give an answer. */
export const verifyWith = (publicKey: Uint8Array, message: Uint8Array, signature: Uint8Array): boolean => {
  try {
    return verify(null, message, publicKeyOf(publicKey), signature)
  } catch {
    return false
  }
}

/** The public half of an invite's nonce: what the ledger holds. */
export const inviteKeyOf = (nonce: string): string =>
  toHex(
    createPublicKey(privateKeyOf(seedOf(nonce)))
      .export({ format: "der", type: "spki" })
      .subarray(-32)
  )

/** Proves that its maker holds the nonce and means this member of this pact. 128 hex. */
export const signRedemption = (nonce: string, pactId: string, memberKey: string): string =>
  toHex(signWith(seedOf(nonce), redemptionOf(pactId, memberKey)))

/** True for a proof by {@link signRedemption}. Total: any hex gives an answer. */
export const verifyRedemption = (invite: string, pactId: string, memberKey: string, proof: string): boolean =>
  verifyWith(fromHex(invite), redemptionOf(pactId, memberKey), fromHex(proof))

const redemptionOf = (pactId: string, memberKey: string) => encodeText(`openpact/invites/v1\n${pactId}\n${memberKey}`)

const seedOf = (nonce: string): Uint8Array =>
  createHash("sha256").update("openpact-invite-nonce:v1\n").update(fromHex(nonce)).digest()

// Ed25519 keys as node:crypto takes them: a fixed DER head and the 32 raw bytes.
const pkcs8 = fromHex("302e020100300506032b657004220420")
const spki = fromHex("302a300506032b6570032100")

const privateKeyOf = (seed: Uint8Array): KeyObject =>
  createPrivateKey({ key: Buffer.concat([pkcs8, seed]), format: "der", type: "pkcs8" })

const publicKeyOf = (key: Uint8Array): KeyObject =>
  createPublicKey({ key: Buffer.concat([spki, key]), format: "der", type: "spki" })
