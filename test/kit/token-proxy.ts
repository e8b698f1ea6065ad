import { Effect } from "effect"
import { createServer, request } from "node:http"
import type { AddressInfo } from "node:net"

/**
 * A door to a daemon for programs that can't send a token: it adds one, and changes nothing else, neither `Host` nor
 * `Origin`. It closes with the Scope. Answers its port.
 */
export const tokenProxy = (port: number, token: string) =>
  Effect.acquireRelease(
    Effect.promise(
      () =>
        new Promise<ReturnType<typeof createServer>>((resolve, reject) => {
          const server = createServer((asked, answer) => {
            const { headers, method = "GET", url: path = "/" } = asked
            const onward = request(
              { host: "127.0.0.1", port, method, path, headers: { ...headers, authorization: `Bearer ${token}` } },
              (answered) => {
                answer.writeHead(answered.statusCode ?? 502, answered.headers)
                answered.pipe(answer)
              }
            )
            onward.on("error", () => answer.destroy())
            answer.once("close", () => onward.destroy())
            asked.pipe(onward)
          })
          server.once("error", reject).listen(0, "127.0.0.1", () => resolve(server))
        })
    ),
    (server) =>
      Effect.sync(() => {
        server.close()
        server.closeAllConnections()
      })
  ).pipe(Effect.map((server) => (server.address() as AddressInfo).port))
