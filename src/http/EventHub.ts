import { Context, Effect, Layer, Metric, type Scope } from "effect"
import { randomBytes } from "node:crypto"
import type { Sink } from "./answer.ts"

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
    readonly publish: (event: HubEvent) => void
    /** Serves one reader until it leaves, falls behind, or the scope closes. */
    readonly serve: (subscription: Subscription) => (sink: Sink) => Effect.Effect<void, never, Scope.Scope>
  }
>()("openpact/http/EventHub") {
  static readonly layer = Layer.effect(EventHub, Effect.map(Effect.context<never>(), makeHub))
}

/** What is kept for readers that come back. */
const keptBytes = 4 * 1024 * 1024
/** What may wait for a reader that doesn't take it. */
const behindBytes = 1024 * 1024
/** How much a replay hands over before it waits for the reader. */
const paceBytes = 64 * 1024
const heartbeat = "15 seconds"

interface Kept extends HubEvent {
  readonly seq: number
  bytes: Uint8Array | null
}

interface Reader {
  readonly wants: (event: HubEvent) => boolean
  readonly take: (event: Kept) => void
}

const sseReaders = Metric.gauge("openpact_sse_subscribers", { description: "Open event streams" })
const sseClosed = Metric.counter("openpact_sse_backpressure_closes_total", {
  description: "Event streams that were closed because their reader fell behind",
  incremental: true
})

function makeHub(context: Context.Context<never>): EventHub["Service"] {
  // Another daemon, or this one after a restart, counts anew: its ids must not be taken for ours.
  const epoch = randomBytes(6).toString("hex")
  const kept: Array<Kept> = []
  const readers = new Set<Reader>()
  let size = 0
  let seq = 0

  const idOf = (at: number) => `${epoch}-${at}`
  const bytesOf = (event: Kept): Uint8Array =>
    (event.bytes ??= Buffer.from(`id: ${idOf(event.seq)}\nevent: ${event.event}\ndata: ${event.data}\n\n`))

  const publish = (event: HubEvent): void => {
    const next: Kept = { ...event, seq: ++seq, bytes: null }
    kept.push(next)
    size += event.data.length
    while (size > keptBytes && kept.length > 1) size -= kept.shift()!.data.length
    for (const reader of readers) if (reader.wants(event)) reader.take(next)
  }

  /** The number of the last event that this reader saw, or why that can't be told. */
  const lastSeen = (after: string | null): number | string => {
    if (after === null) return seq
    const [run, text] = after.split("-")
    const at = Number(text)
    if (run !== epoch || !/^\d{1,15}$/.test(text ?? "") || at > seq) return "The daemon was restarted since."
    return at + 1 < (kept[0]?.seq ?? seq + 1) ? "Too much has happened since." : at
  }

  const serve: EventHub["Service"]["serve"] = ({ after, names, topic, version }) =>
    Effect.fnUntraced(function* (sink) {
      const wants = (event: HubEvent) =>
        (topic === null || event.topic === topic) && (names === null || names.has(event.event))
      const from = lastSeen(after)
      let at = typeof from === "number" ? from : seq
      const hello = JSON.stringify({ version, cursor: idOf(at) })
      sink.write(Buffer.from(`retry: 1000\n\nid: ${idOf(at)}\nevent: hello\ndata: ${hello}\n\n`))
      if (typeof from === "string")
        sink.write(Buffer.from(`event: resync\ndata: ${JSON.stringify({ reason: from })}\n\n`))

      const drop = () => {
        readers.delete(reader)
        sseClosed.updateUnsafe(1, context)
        sink.drop()
      }
      const reader: Reader = {
        wants,
        take: (event) => {
          if (sink.write(bytesOf(event)) > behindBytes) drop()
        }
      }
      // The last look and the change to live are one step: nothing can be published in between.
      const catchUp: Effect.Effect<void> = Effect.suspend(() => {
        while (at < seq) {
          const oldest = kept[0]!.seq
          if (at + 1 < oldest) return Effect.sync(drop)
          const event = kept[++at - oldest]!
          if (wants(event) && sink.write(bytesOf(event)) > paceBytes) return Effect.andThen(sink.drained, catchUp)
        }
        readers.add(reader)
        return count
      })
      yield* Effect.addFinalizer(() =>
        Effect.andThen(
          Effect.sync(() => readers.delete(reader)),
          count
        )
      )
      yield* catchUp
      return yield* Effect.forever(
        Effect.andThen(
          Effect.sleep(heartbeat),
          Effect.sync(() => void sink.write(Buffer.from(": heartbeat\n\n")))
        )
      )
    })
  const count = Effect.suspend(() => Metric.update(sseReaders, readers.size))

  return { publish, serve }
}
