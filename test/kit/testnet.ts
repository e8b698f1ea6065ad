import { Effect } from "effect"
import HyperDHT from "hyperdht"
import { createSocket } from "node:dgram"
import type { Address } from "../../src/hyper/swarm.ts"

/** The nodes that a private network starts from. */
export type Bootstrap = ReadonlyArray<Address>

/** A DHT of its own on 127.0.0.1. Answers the nodes to start from. */
export const testnet = Effect.acquireRelease(
  Effect.promise(async () => {
    const port = await freePort()
    const node = HyperDHT.bootstrapper(port, "127.0.0.1", { host: "127.0.0.1" })
    await node.fullyBootstrapped()
    return { node, port }
  }),
  ({ node }) => Effect.promise(() => node.destroy({ force: true }))
).pipe(Effect.map(({ port }): Bootstrap => [{ host: "127.0.0.1", port }]))

/** A UDP port that nobody has. A bootstrap node wants to be told one. */
const freePort = (): Promise<number> =>
  new Promise((resolve, reject) => {
    const socket = createSocket("udp4")
    socket.once("error", reject)
    socket.bind(0, "127.0.0.1", () => {
      const { port } = socket.address()
      socket.close(() => resolve(port))
    })
  })
