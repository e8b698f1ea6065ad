import { assert, describe } from "@effect/vitest"
import { Effect } from "effect"
import { bearOldProofs } from "../../../src/hyper/old-proofs.ts"
import { linkCores, logAndCopy } from "../../kit/copies.ts"
import { live } from "../../kit/live.ts"

describe("a peer that answers with nonsense", () => {
  live("is asked no more, though it says that its log goes another way", () =>
    Effect.gen(function* () {
      bearOldProofs()
      const { copy, full } = yield* logAndCopy(20)
      yield* Effect.promise(async () => {
        const unlink = linkCores(full, copy)
        await copy.update({ wait: true })
        const [peer] = copy.core.replicator.peers
        const [liar] = full.core.replicator.peers
        const nothing = { block: null, hash: null, seek: null, upgrade: null, manifest: null }
        const hash = Buffer.alloc(32)
        liar.onrequest = async ({ block: asked, fork, id: request }: Asked) => {
          const nodes = [{ index: 6, size: 1, hash }]
          const upgrade = { start: 0, length: 20, nodes, additionalNodes: [], signature: Buffer.alloc(64) }
          const lie = asked === null ? { upgrade } : { block: { index: asked.index, value: hash, nodes: [] } }
          if (request > 0) liar.wireData.send({ ...nothing, request, fork, ...lie })
        }
        const refused = () => new Promise<void>((resolve) => copy.once("verification-error", () => resolve()))
        let refusal = refused()
        copy.download({ start: 10, end: 11 })
        await refusal
        assert.isTrue(peer.paused)

        refusal = refused()
        const word = { canUpgrade: true, uploading: true, downloading: true, hasManifest: true, allowPush: false }
        liar.wireSync.send({ ...word, fork: 1, length: 20, remoteLength: 20 })
        await refusal
        assert.isTrue(peer.paused)
        await unlink()
      })
    })
  )
})

interface Asked {
  readonly id: number
  readonly fork: number
  readonly block: { readonly index: number } | null
}
