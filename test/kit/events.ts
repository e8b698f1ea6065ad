import { Effect, type Scope } from "effect"
import { type ClientRequest, type IncomingHttpHeaders, type IncomingMessage, request } from "node:http"
import type { Api } from "./api.ts"
import { within } from "./deadline.ts"

/** One frame of an event stream. Comments and `retry:` are counted apart. */
export interface Frame {
  readonly id: string | null
  readonly event: string
  readonly data: Readonly<Record<string, unknown>>
}

export interface EventsOptions {
  /** Such as `?pact=work&types=entry-applied`. */
  readonly query?: string
  readonly lastEventId?: string | undefined
}

/** An open event stream. It is cut when the Scope closes. */
export interface Events {
  readonly status: number
  readonly headers: IncomingHttpHeaders
  readonly frames: ReadonlyArray<Frame>
  /** The bytes as they came. */
  readonly text: () => string
  readonly lastId: () => string | undefined
  /** Looks at the frames now and whenever one comes, until the answer is not null. Fails when the stream ends first. */
  readonly until: <A>(what: string, probe: (frames: ReadonlyArray<Frame>) => A | null) => Effect.Effect<A>
  /** How it ended, once it has: `clean` with the last chunk in good order, else why not. */
  readonly ended: Effect.Effect<string>
  readonly close: () => void
}

/** Opens `GET /v1/events` and waits for its head. */
export const openEvents = (
  api: Api & { readonly dump: () => string },
  { lastEventId, query = "" }: EventsOptions = {}
): Effect.Effect<Events, never, Scope.Scope> =>
  Effect.acquireRelease(
    Effect.callback<Events>((resume) => {
      const headers = {
        authorization: `Bearer ${api.token}`,
        ...(lastEventId === undefined ? {} : { "last-event-id": lastEventId })
      }
      const path = `/v1/events${query}`
      const sent = request({ agent: false, port: api.port, host: "127.0.0.1", path, headers }, (response) => {
        sent.off("error", refused)
        resume(Effect.succeed(read(sent, response, api.dump)))
      })
      const refused = (error: Error) => resume(Effect.die(error))
      sent.once("error", refused)
      sent.end()
    }).pipe(within("the head of an event stream", "10 seconds", api.dump)),
    ({ close }) => Effect.sync(close)
  )

const read = (sent: ClientRequest, response: IncomingMessage, dump: () => string): Events => {
  const frames: Array<Frame> = []
  const watching = new Set<() => void>()
  let text = ""
  let rest = ""
  let lastId: string | undefined
  let end: string | null = null
  const wake = () => watching.forEach((look) => look())
  const stop = (how: string) => {
    end ??= how
    wake()
  }
  response.setEncoding("utf8")
  response.on("data", (chunk: string) => {
    text += chunk
    rest += chunk
    for (let at = rest.indexOf("\n\n"); at >= 0; at = rest.indexOf("\n\n")) {
      const frame = frameOf(rest.slice(0, at))
      rest = rest.slice(at + 2)
      if (frame === null) continue
      lastId = frame.id ?? lastId
      frames.push(frame)
    }
    wake()
  })
  response.once("end", () => stop(response.complete && rest === "" ? "clean" : "in the middle"))
  response.once("close", () => stop("in the middle"))
  for (const source of [sent, response]) source.on("error", ({ message }: Error) => stop(message))

  const watchFor = <A>(probe: () => A | null): Effect.Effect<A> =>
    Effect.callback<A>((resume) => {
      const look = () => {
        const found = probe()
        if (found === null) return
        watching.delete(look)
        resume(Effect.succeed(found))
      }
      watching.add(look)
      look()
      return Effect.sync(() => watching.delete(look))
    })
  const state = () => `${frames.length} frames, the last ${JSON.stringify(frames.at(-1))}, end: ${end}\n${dump()}`
  return {
    status: response.statusCode ?? 0,
    headers: response.headers,
    frames,
    text: () => text,
    lastId: () => lastId,
    until: <A>(what: string, probe: (frames: ReadonlyArray<Frame>) => A | null) =>
      watchFor<Effect.Effect<A>>(() => {
        const found = probe(frames)
        if (found !== null) return Effect.succeed(found)
        return end === null ? null : Effect.die(new Error(`${what}: ${state()}`))
      }).pipe(Effect.flatten, within(what, "30 seconds", state)),
    ended: watchFor(() => end).pipe(within("the end of an event stream", "30 seconds", state)),
    close: () => sent.destroy()
  }
}

const frameOf = (block: string): Frame | null => {
  let id: string | null = null
  let event = "message"
  let data: string | null = null
  for (const line of block.split("\n")) {
    const colon = line.indexOf(":")
    if (colon <= 0) continue
    const value = line.slice(colon + 1).replace(/^ /, "")
    if (line.startsWith("id:")) id = value
    else if (line.startsWith("event:")) event = value
    else if (line.startsWith("data:")) data = data === null ? value : `${data}\n${value}`
  }
  return data === null ? null : { id, event, data: JSON.parse(data) }
}
