import { createParser, type EventSourceMessage } from "eventsource-parser"
import { eventNames } from "../../domain/events.ts"
import type { EventData } from "./generated/types.ts"
import { backoff, isAway, pause } from "./retry.ts"

/** One event, by its name. `id` is a place in the stream, for `lastEventId`. */
export type PactEvent = {
  readonly [Name in keyof EventData]: {
    readonly event: Name
    readonly id: string | undefined
    readonly data: EventData[Name]
  }
}[keyof EventData]

type Reader = ReadableStreamDefaultReader<Uint8Array>

/** The daemon says something every 15 s. One that says nothing for so long, ms, is gone. */
const silence = 45_000

/**
 * The events of a daemon, for as long as they are read. A connection that breaks is made anew, also to a daemon that was
 * started anew: it goes on behind the last event. Each connection tells `hello`, and `resync` where events may be
 * missing: then read anew what you keep. Names that this version doesn't know are left out.
 */
export class EventStream implements AsyncIterable<PactEvent> {
  readonly #open: (lastEventId: string | undefined, signal: AbortSignal) => Promise<Reader>
  readonly #signal: AbortSignal | undefined
  #last: string | undefined

  constructor(
    open: (lastEventId: string | undefined, signal: AbortSignal) => Promise<Reader>,
    lastEventId: string | undefined,
    signal: AbortSignal | undefined
  ) {
    this.#open = open
    this.#last = lastEventId
    this.#signal = signal
  }

  /** The id of the last event that was read, for a stream that goes on behind it. */
  get lastEventId(): string | undefined {
    return this.#last
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<PactEvent, void, undefined> {
    let met = false
    for (let tried = 0; ; tried++) {
      const leave = new AbortController()
      const follow = () => leave.abort(this.#signal?.reason)
      this.#signal?.addEventListener("abort", follow, { once: true })
      if (this.#signal?.aborted === true) follow()
      try {
        const reader = await this.#open(this.#last, leave.signal)
        met = true
        tried = 0
        for await (const message of messagesOf(reader)) {
          if (message.id !== undefined) this.#last = message.id
          const event = eventOf(message)
          if (event !== null) yield event
        }
      } catch (error) {
        if (this.#signal?.aborted === true) throw this.#signal.reason
        // Whoever asks for the first time learns at once that nobody is there.
        if (!met || !(isAway(error) || error instanceof Broken)) throw error
      } finally {
        this.#signal?.removeEventListener("abort", follow)
        leave.abort()
      }
      await pause(backoff(tried), this.#signal)
    }
  }
}

/** The stream broke off, or fell silent. */
class Broken extends Error {}

async function* messagesOf(reader: Reader): AsyncGenerator<EventSourceMessage, void, undefined> {
  let messages: Array<EventSourceMessage> = []
  const parser = createParser({
    onEvent: (message) => messages.push(message),
    // A sign of life: it names the newest event, which may be one that was not asked for.
    onComment: (comment) => messages.push({ id: /^heartbeat (\S+)$/.exec(comment)?.[1], event: undefined, data: "" })
  })
  const decoder = new TextDecoder()
  while (true) {
    const { done, value } = await heard(reader)
    if (done) return
    parser.feed(decoder.decode(value, { stream: true }))
    const came = messages
    messages = []
    yield* came
  }
}

const heard = async (reader: Reader) => {
  let timer: ReturnType<typeof setTimeout> | undefined
  const silent = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Broken("the stream fell silent")), silence)
  })
  try {
    return await Promise.race([reader.read(), silent])
  } catch {
    throw new Broken("the stream broke off")
  } finally {
    clearTimeout(timer)
  }
}

const isKnown = (name: string | undefined): name is keyof EventData =>
  (eventNames as ReadonlyArray<string | undefined>).includes(name)

const eventOf = ({ data, event, id }: EventSourceMessage): PactEvent | null =>
  isKnown(event) ? ({ event, id, data: JSON.parse(data) as unknown } as PactEvent) : null
