import { Cause, Deferred, Effect, Option, Queue, type Scope } from "effect"
import Protomux from "protomux"
import type { Duplex } from "node:stream"

/** Messages with a peer, beside everything else that runs over the same stream. */
export interface Channel {
  /** True once the other side has opened the same channel, false when the stream ended before. */
  readonly opened: Effect.Effect<boolean>
  readonly send: (message: Uint8Array) => Effect.Effect<void>
  /** The next message. None: the channel is closed. */
  readonly take: Effect.Effect<Option.Option<Uint8Array>>
  readonly close: Effect.Effect<void>
}

export interface ChannelOptions {
  readonly protocol: string
  /** Only a peer that opens the same protocol with the same id meets us. */
  readonly id: Uint8Array
  /** A longer message closes the channel. */
  readonly maxBytes: number
  /** More messages than this that nobody has taken close the channel. */
  readonly maxWaiting: number
  /** Called when the peer broke one of these limits. */
  readonly onAbuse: (what: string) => void
}

/** Opens a channel for as long as the scope lasts. Nothing that a peer sends makes it throw. */
export const openChannel = Effect.fnUntraced(function* (
  stream: Duplex,
  { id, maxBytes, maxWaiting, onAbuse, protocol }: ChannelOptions
): Effect.fn.Return<Channel, never, Scope.Scope> {
  const inbox = yield* Queue.dropping<Uint8Array, Cause.Done>(maxWaiting)
  const opened = Deferred.makeUnsafe<boolean>()
  const ended = () => {
    Deferred.doneUnsafe(opened, Effect.succeed(false))
    Queue.endUnsafe(inbox)
  }
  const channel = yield* Effect.acquireRelease(
    Effect.sync(() => {
      const made = Protomux.from(stream).createChannel({
        protocol,
        id,
        messages: [
          {
            onmessage: (bytes) => {
              if (bytes.byteLength > maxBytes) abuse(`a message of ${bytes.byteLength} bytes`)
              // The buffer is the stream's and is used again.
              else if (!Queue.offerUnsafe(inbox, Uint8Array.from(bytes))) abuse("too many messages")
            }
          }
        ],
        onopen: () => void Deferred.doneUnsafe(opened, Effect.succeed(true)),
        onclose: ended
      })
      const abuse = (what: string) => {
        onAbuse(what)
        made?.close()
      }
      if (made === null) ended()
      else made.open()
      return made
    }),
    (made) => Effect.sync(() => made?.close())
  )
  return {
    opened: Deferred.await(opened),
    send: (message) => Effect.sync(() => void channel?.messages[0]!.send(message)),
    take: Effect.option(Queue.take(inbox)),
    close: Effect.sync(() => channel?.close())
  }
})
