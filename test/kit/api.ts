import { Data, Effect } from "effect"
import { Agent, type IncomingHttpHeaders, request } from "node:http"
import { within } from "./deadline.ts"

/** Nobody answered, or the connection broke before the answer was whole. */
export class Gone extends Data.TaggedError("Gone")<{ readonly message: string }> {}

export interface Answered {
  readonly status: number
  readonly headers: IncomingHttpHeaders
  readonly text: string
}

/** A daemon's API. Every connection is kept for the next request. */
export interface Api {
  readonly port: number
  readonly token: string
  /** One request. Whatever is answered is a success. */
  readonly call: (method: string, path: string, body?: object, headers?: Headers) => Effect.Effect<Answered, Gone>
  /** The JSON of an answer that must be 200. */
  readonly get: <Json>(path: string) => Effect.Effect<Json>
  readonly send: <Json>(method: "POST" | "PUT" | "DELETE", path: string, body: object) => Effect.Effect<Json>
  readonly close: () => void
}

export type Headers = Readonly<Record<string, string | undefined>>

export const apiAt = (port: number, token: string, dump: () => string): Api => {
  const agent = new Agent({ keepAlive: true })
  const call: Api["call"] = (method, path, body, headers = {}) =>
    Effect.callback((resume) => {
      const json = body === undefined ? undefined : JSON.stringify(body)
      const given = {
        authorization: `Bearer ${token}`,
        ...(json === undefined
          ? {}
          : { "content-type": "application/json", "content-length": Buffer.byteLength(json) }),
        ...headers
      }
      const sent = request({ agent, port, host: "127.0.0.1", method, path, headers: definedOf(given) }, (response) => {
        const chunks: Array<Buffer> = []
        response.on("data", (chunk: Buffer) => chunks.push(chunk))
        response.once("error", gone)
        response.once("end", () => {
          const text = Buffer.concat(chunks).toString()
          resume(Effect.succeed({ status: response.statusCode ?? 0, headers: response.headers, text }))
        })
      })
      const gone = ({ message }: Error) => resume(Effect.fail(new Gone({ message })))
      sent.once("error", gone)
      sent.end(json)
      return Effect.sync(() => sent.destroy())
    })
  const asked = (method: string, path: string, body?: object) =>
    Effect.orDie(call(method, path, body)).pipe(within(`an answer to ${method} ${path}`, "60 seconds", dump))
  const demand = <Json>(method: string, path: string, body?: object): Effect.Effect<Json> =>
    Effect.flatMap(asked(method, path, body), ({ status, text }) =>
      status === 200
        ? Effect.succeed(JSON.parse(text) as Json)
        : Effect.die(new Error(`${method} ${path}: ${status} ${text}\n${dump()}`))
    )
  return {
    port,
    token,
    call,
    get: (path) => demand("GET", path),
    send: demand,
    close: () => agent.destroy()
  }
}

const definedOf = (headers: Readonly<Record<string, string | number | undefined>>): Record<string, string | number> => {
  const all: Record<string, string | number> = {}
  for (const [name, value] of Object.entries(headers)) if (value !== undefined) all[name] = value
  return all
}
