import HyperDHT from "hyperdht"
import Hypercore from "hypercore"
import { createHash, randomBytes } from "node:crypto"
import { expect, it } from "vitest"
import { encodeText, toHex } from "../../../src/engine/bytes.ts"
import { identityOf, provesMember } from "../../../src/hyper/identity.ts"
import { channelId } from "../../../src/network/channel-id.ts"

const identity = () => {
  const keyPair = HyperDHT.keyPair(randomBytes(32))
  return identityOf({ key: Hypercore.key({ version: 1, signers: [keyPair] }), keyPair })
}

it("a signature shows control of the one member key that it belongs to", () => {
  const [ada, bob] = [identity(), identity()]
  const message = encodeText("a transcript")
  const signature = ada.sign(message)
  expect(provesMember(ada.memberKey, ada.publicKey, message, signature)).toBe(true)
  const wrong: ReadonlyArray<readonly [string, boolean]> = [
    ["another member", provesMember(bob.memberKey, ada.publicKey, message, signature)],
    ["another signer", provesMember(ada.memberKey, bob.publicKey, message, bob.sign(message))],
    ["another message", provesMember(ada.memberKey, ada.publicKey, encodeText("a transcript."), signature)],
    ["no signature", provesMember(ada.memberKey, ada.publicKey, message, new Uint8Array(64))],
    ["a short one", provesMember(ada.memberKey, ada.publicKey, message, signature.subarray(1))],
    ["no public key", provesMember(ada.memberKey, new Uint8Array(32), message, signature)]
  ]
  expect(wrong.filter(([, holds]) => holds)).toEqual([])
})

it("the Noise key of a pact gives away neither the member nor its key", () => {
  const seed = randomBytes(32)
  const keyPair = HyperDHT.keyPair(seed)
  const { memberKey, noiseSeed } = identityOf({ key: Hypercore.key({ version: 1, signers: [keyPair] }), keyPair })
  const noiseKey = toHex(HyperDHT.keyPair(noiseSeed).publicKey)
  expect([toHex(seed), memberKey, toHex(keyPair.publicKey)]).not.toContain(noiseKey)
  // As docs/protocol.md has it, or a machine would be somebody else after an upgrade.
  expect(toHex(noiseSeed)).toBe(createHash("sha256").update("openpact-noise:v1\n").update(seed).digest("hex"))
})

it("a channel's id is that of one protocol, one pact and one stream", () => {
  const stream = (handshakeHash: Uint8Array) => ({ handshakeHash }) as Parameters<typeof channelId>[2]
  const [pact, other] = [toHex(randomBytes(32)), toHex(randomBytes(32))]
  const [here, there] = [stream(randomBytes(64)), stream(randomBytes(64))]
  const ids = [
    channelId("openpact/members/v1", pact, here),
    channelId("openpact/members/v1", other, here),
    channelId("openpact/members/v1", pact, there),
    channelId("openpact/invites/v1", pact, here)
  ].map(toHex)
  expect(new Set(ids).size).toBe(ids.length)
  expect(toHex(channelId("openpact/members/v1", pact, here))).toBe(ids[0])
  expect(ids).not.toContain(pact)
})
