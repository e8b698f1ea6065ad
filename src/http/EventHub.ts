import { Context, Effect, Layer, Metric, type Scope } from "effect"
import { randomBytes } from "node:crypto"
import type { Sink } from "./answer.ts"
import { History } from "./history.ts"

/** One event for all who listen. `topic` is what they can filter by besides its name, `data` is JSON. */
export interface HubEvent {
  readonly event: string
  readonly topic: string
  readonly data: string
}

export interface Subscription {
  /** Null takes events of all topics. */
  readonly topic: string | null
  /** Null takes events of all names. */
  readonly names: ReadonlySet<string> | null
  /** The id of the last event that was seen, from an earlier stream. */
  readonly after: string | null
  /** Put into the `hello` frame. */
  readonly version: string
}

/**
 * Sends events to any number of readers. All share one bounded memory of what happened lately, which a reader that comes
 * back gets replayed from. An event is encoded once. No event is lost or doubled between replay and live: going over
 * from one to the other happens in one synchronous step.
 */
export class EventHub extends Context.Service<
  EventHub,
  {
    /** Tells all readers. Never waits and never fails. */
    readonly publish: (event: HubEvent) => void
    /** False until the first reader comes: before that nobody can come back and ask for what happened. */
    readonly heard: () => boolean
    /** Serves one reader until it leaves, falls behind, or the scope closes. */
    readonly serve: (subscription: Subscription) => (sink: Sink) => Effect.Effect<void, never, Scope.Scope>
  }
>()("openpact/http/EventHub") {
  static readonly layer = Layer.effect(EventHub, Effect.map(Effect.context<never>(), makeHub))
}

/** What is kept for readers that come back, bytes on the wire. */
const keptBytes = 4 * 1024 * 1024
/** What may wait for a reader that doesn't take it. */
const behindBytes = 1024 * 1024
/** How much a replay hands over before it waits for the reader. */
const paceBytes = 64 * 1024
const heartbeat = "15 seconds"

/** An event as it is kept: what readers filter by, and its bytes on the wire. */
interface Told extends Pick<HubEvent, "event" | "topic"> {
  readonly bytes: Uint8Array
}

interface Reader {
  readonly wants: (event: Told) => boolean
  readonly take: (event: Told) => void
}

const readersNow = Metric.gauge("openpact_sse_subscribers", { description: "Open event streams" })
const closedBehind = Metric.counter("openpact_sse_backpressure_closes_total", {
  description: "Event streams that were closed because their reader fell behind",
  incremental: true
})

function makeHub(context: Context.Context<never>): EventHub["Service"] {
  // Another daemon, or this one after a restart, counts anew: its ids must not be taken for ours.
  const epoch = randomBytes(6).toString("hex")
  const history = new History<Told>(keptBytes)
  const readers = new Set<Reader>()
  const count = () => readersNow.updateUnsafe(readers.size, context)
  count()
  closedBehind.updateUnsafe(0, context)

  const idOf = (seq: number) => `${epoch}-${seq}`

  let heard = false
  const publish = ({ data, event, topic }: HubEvent): void => {
    if (!heard) return
    // As bytes from the start: the text was put together from many pieces, and would keep all of them.
    const bytes = encode(`id: ${idOf(history.newest + 1)}\nevent: ${event}\ndata: ${data}\n\n`)
    const told: Told = { event, topic, bytes }
    history.add(told, bytes.byteLength)
    for (const reader of readers) if (reader.wants(told)) reader.take(told)
  }

  /** The number of the last event that this reader saw, or why that can't be told. */
  const lastSeen = (after: string | null): number | string => {
    if (after === null) return history.newest
    const [, run, digits] = /^([0-9a-f]{12})-([0-9]{1,15})$/.exec(after) ?? []
    const seq = Number(digits)
    if (run !== epoch || seq > history.newest) return "The daemon was restarted since."
    return seq + 1 < history.oldest ? "Too much has happened since." : seq
  }

  const serve: EventHub["Service"]["serve"] = ({ after, names, topic, version }) =>
    Effect.fnUntraced(function* (sink) {
      heard = true
      const from = lastSeen(after)
      let at = typeof from === "number" ? from : history.newest
      const hello = JSON.stringify({ version, cursor: idOf(at) })
      sink.write(Buffer.from(`retry: 1000\n\nid: ${idOf(at)}\nevent: hello\ndata: ${hello}\n\n`))
      if (typeof from === "string")
        sink.write(Buffer.from(`event: resync\ndata: ${JSON.stringify({ reason: from })}\n\n`))

      const cutOff = () => {
        leave()
        closedBehind.updateUnsafe(1, context)
        sink.drop()
      }
      const leave = () => {
        readers.delete(reader)
        count()
      }
      const reader: Reader = {
        wants: (event) => (topic === null || event.topic === topic) && (names === null || names.has(event.event)),
        take: ({ bytes }) => {
          if (sink.write(bytes) > behindBytes) cutOff()
        }
      }
      // The last look and the change to live are one step: nothing can be published in between.
      const catchUp: Effect.Effect<void> = Effect.suspend(() => {
        while (at < history.newest) {
          const kept = history.at(at + 1)
          if (kept === undefined) return Effect.sync(cutOff)
          at++
          if (reader.wants(kept.event) && sink.write(kept.event.bytes) > paceBytes) {
            return Effect.andThen(sink.drained, catchUp)
          }
        }
        readers.add(reader)
        count()
        return Effect.void
      })
      yield* Effect.addFinalizer(() => Effect.sync(leave))
      yield* catchUp
      return yield* Effect.forever(
        Effect.andThen(
          Effect.sleep(heartbeat),
          // With it goes the id of the newest event, which a reader that wants few of them would not get otherwise. When it
          // comes back, what it did not want is no reason to read all anew. Browsers take it from the field, and parsers
          // that show no field of what is no event from the comment.
          Effect.sync(() => {
            const id = idOf(history.newest)
            sink.write(Buffer.from(`: heartbeat ${id}\nid: ${id}\n\n`))
          })
        )
      )
    })

  return { publish, heard: () => heard, serve }
}

/** Bytes with memory of their own. What `Buffer.from` makes of a short text holds 64 KiB that many share. */
const encode = (text: string): Uint8Array => {
  const bytes = Buffer.allocUnsafeSlow(Buffer.byteLength(text))
  bytes.write(text)
  return bytes
}
