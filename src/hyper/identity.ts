import { createHash } from "node:crypto"
import Hypercore from "hypercore"
import { fromHex, toHex } from "../engine/bytes.ts"
import { signWith, verifyWith } from "../engine/crypto.ts"

/** Who this machine is in one pact: control of its member key, without the key itself. */
export interface Identity {
  /** 64 hex. */
  readonly memberKey: string
  /** The key that signs for it, 32 bytes. */
  readonly publicKey: Uint8Array
  /** An Ed25519 signature, 64 bytes. */
  readonly sign: (message: Uint8Array) => Uint8Array
  /** The seed of this machine's Noise key in this pact. It gives away neither the member nor other pacts. */
  readonly noiseSeed: Uint8Array
}

/** @param core the member's own log. */
export const identityOf = ({ key, keyPair }: Pick<Hypercore, "key" | "keyPair">): Identity => {
  // A secret key as libsodium keeps it: the seed, then the public key.
  const seed = keyPair.secretKey.subarray(0, 32)
  return {
    memberKey: toHex(key),
    publicKey: keyPair.publicKey,
    sign: (message) => signWith(seed, message),
    noiseSeed: createHash("sha256").update("openpact-noise:v1\n").update(seed).digest()
  }
}

/** True when the signature shows control of the member key: its one signer is that public key, which signed the message. */
export const provesMember = (
  memberKey: string,
  publicKey: Uint8Array,
  message: Uint8Array,
  signature: Uint8Array
): boolean =>
  Buffer.compare(Hypercore.key({ version: 1, signers: [{ publicKey }] }), fromHex(memberKey)) === 0 &&
  verifyWith(publicKey, message, signature)
