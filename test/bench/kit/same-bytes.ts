import { createServer } from "node:http"
import type { AddressInfo } from "node:net"
import { answer } from "./child.ts"

/** The body that the server sends from now on. */
export interface Serve {
  readonly body: string
}
export interface Serving {
  readonly port: number
}

let body = Buffer.alloc(0)
/** A plain node:http server: no guards, no route, no query, the bytes ready-made. */
const server = createServer((_request, response) => {
  response.writeHead(200, { "content-type": "application/json", "content-length": body.length })
  response.end(body)
})

answer<Serve, Serving>(async (serve) => {
  body = Buffer.from(serve.body)
  if (!server.listening) await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve))
  return { port: (server.address() as AddressInfo).port }
})
