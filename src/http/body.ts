import type { IncomingMessage } from "node:http"
import { limits } from "../domain/limits.ts"

/**
 * Collects the body of a request: null once it grew too large, by what really arrives and not by what was announced.
 * A client that leaves is never answered, and one that dawdles meets the server's time limit.
 */
export const readBody = (request: IncomingMessage, done: (body: Buffer | null) => void): void => {
  let only: Buffer = empty
  let chunks: Array<Buffer> | undefined
  let size = 0
  const onData = (chunk: Buffer) => {
    size += chunk.length
    if (size > limits.bodyBytes) {
      request.off("data", onData)
      request.off("end", onEnd)
      done(null)
    } else if (only === empty) only = chunk
    else (chunks ??= [only]).push(chunk)
  }
  const onEnd = () => done(chunks === undefined ? only : Buffer.concat(chunks, size))
  request.on("data", onData)
  request.on("end", onEnd)
}

/**
 * Lets a refused client finish what it is sending, so that it gets to read the answer, up to `drainBytes`: then its
 * connection is closed.
 */
export const drain = (request: IncomingMessage): void => {
  let size = 0
  request.on("data", (chunk: Buffer) => {
    size += chunk.length
    if (size <= drainBytes) return
    request.pause()
    request.socket.end()
    request.socket.setTimeout(lingerMs, () => request.socket.destroy())
  })
}

const drainBytes = 1024 * 1024
const lingerMs = 500
const empty = Buffer.alloc(0)
