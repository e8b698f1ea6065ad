import { Data, Effect, Predicate, Schedule } from "effect"
import { HttpClient, HttpClientRequest, type HttpClientError, type HttpClientResponse } from "effect/http"
import { type Door, originOf } from "./door.ts"

interface Tagged {
  readonly _tag: string
}

/** The pauses between tries: 0.1, 0.2, 0.4 s and so on, 12.7 s together. A daemon takes a second or two to be there again. */
const pauses = { schedule: Schedule.exponential("100 millis"), times: 7 }

/** The daemon is back, and the pact of this request is on its way. */
class Opening extends Data.TaggedError("Opening")<{ readonly answer: HttpClientResponse.HttpClientResponse }> {}

/**
 * Gives each POST a key of its own, and sends it again with that key when the connection broke: the daemon does it once,
 * see docs/decisions/idempotency.md. Only who finds no daemon, no connection or a pact that isn't open yet goes on trying.
 * Any other answer is the answer.
 *
 * @param find how the daemon is found anew: it may be at another port.
 */
export const resending = <E extends Tagged>(
  client: HttpClient.HttpClient.With<E | HttpClientError.HttpClientError>,
  door: Door,
  find: Effect.Effect<Door, Tagged>
) =>
  HttpClient.transform(client, (once, request) => {
    if (request.method !== "POST") return once
    const keyed = HttpClientRequest.setHeader(request, "idempotency-key", newKey())
    // An answer that breaks off is no answer. It is kept, and read from memory later.
    const send = (to: Door) => Effect.tap(client.execute(at(to, door, keyed)), (answer) => answer.arrayBuffer)
    return Effect.catchIf(send(door), isBroken, (broken) =>
      Effect.flatMap(find, send).pipe(
        Effect.tap((answer) =>
          Effect.flatMap(isOpening(answer), (yes) => (yes ? new Opening({ answer }) : Effect.void))
        ),
        Effect.retry({
          ...pauses,
          while: (error) => isBroken(error) || error._tag === "NoDaemon" || error._tag === "Opening"
        }),
        Effect.catchIf(
          (error) => error instanceof Opening,
          ({ answer }) => Effect.succeed(answer)
        ),
        // Why there is no daemon is another matter. What was asked for broke.
        Effect.mapError(() => broken)
      )
    )
  })

const isBroken = (error: Tagged): error is HttpClientError.HttpClientError => error._tag === "HttpClientError"

/** The same request to where the daemon is now. */
const at = ({ port, token }: Door, before: Door, request: HttpClientRequest.HttpClientRequest) =>
  request.pipe(
    HttpClientRequest.setUrl(originOf(port) + request.url.slice(originOf(before.port).length)),
    HttpClientRequest.bearerToken(token)
  )

const isOpening = (answer: HttpClientResponse.HttpClientResponse): Effect.Effect<boolean> =>
  answer.status !== 409
    ? Effect.succeed(false)
    : answer.json.pipe(
        Effect.map((body) => Predicate.isObject(body) && "error" in body && body.error === "PACT_NOT_READY"),
        Effect.orElseSucceed(() => false)
      )

const newKey = (): string => Buffer.from(crypto.getRandomValues(new Uint8Array(16))).toString("hex")
