import { createServer } from "node:http"
import type { AddressInfo } from "node:net"
import { answer } from "./child.ts"
import type { Serving } from "./same-bytes.ts"

/** A plain node:http server that reads a body and sends it back: no more than HTTP itself takes for a write. */
const server = createServer((request, response) => {
  const chunks: Array<Buffer> = []
  request.on("data", (chunk: Buffer) => chunks.push(chunk))
  request.on("end", () => {
    const body = Buffer.concat(chunks)
    response.writeHead(200, { "content-type": "application/json", "content-length": body.length })
    response.end(body)
  })
})

answer<object, Serving>(async () => {
  if (!server.listening) await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve))
  return { port: (server.address() as AddressInfo).port }
})
