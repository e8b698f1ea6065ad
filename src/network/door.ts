import { Effect, type Scope } from "effect"
import type { Channel } from "../hyper/channel.ts"
import type { Connection } from "../hyper/swarm.ts"
import { channelId, maxBytes, maxWaiting } from "./channel-id.ts"
import { strike } from "./members.ts"

/** The channel of a protocol on one connection. */
export interface Door extends Channel {
  /** Ends the connection, and counts that once, however much comes of it. */
  readonly broke: (what: string) => Effect.Effect<void>
}

/** Opens the channel of a protocol for one pact. It has to be there before the other side opens it. */
export const openDoor = Effect.fnUntraced(function* (
  connection: Connection,
  pactId: string,
  protocol: string
): Effect.fn.Return<Door, never, Scope.Scope> {
  const context = yield* Effect.context<never>()
  let struck = false
  const broke = (what: string) =>
    Effect.suspend(() => {
      if (struck) return connection.destroy
      struck = true
      return Effect.andThen(strike(`${protocol}: ${what}`), connection.destroy)
    })
  const channel = yield* connection.channel({
    protocol,
    id: channelId(protocol, pactId, connection),
    maxBytes,
    maxWaiting,
    onAbuse: (what) => Effect.runForkWith(context)(broke(what))
  })
  return { ...channel, broke }
})
