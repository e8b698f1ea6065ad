import { Effect } from "effect"
import { createSocket } from "node:dgram"
import { runBootstrap } from "../../src/hyper/bootstrap.ts"
import type { Address } from "../../src/hyper/swarm.ts"

/** The nodes that a private network starts from. */
export type Bootstrap = ReadonlyArray<Address>

/** A DHT of its own on 127.0.0.1, as `runBootstrap` makes it. Answers the node to start from. */
export const testnet = Effect.gen(function* () {
  const at = { host: "127.0.0.1", port: yield* Effect.promise(freePort) }
  yield* runBootstrap(at)
  return [at] as Bootstrap
})

/** A UDP port that nobody has. A bootstrap node wants to be told one. */
export const freePort = (): Promise<number> =>
  new Promise((resolve, reject) => {
    const socket = createSocket("udp4")
    socket.once("error", reject)
    socket.bind(0, "127.0.0.1", () => {
      const { port } = socket.address()
      socket.close(() => resolve(port))
    })
  })
