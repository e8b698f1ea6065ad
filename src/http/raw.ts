import type { ServerResponse } from "node:http"
import type { Duplex } from "node:stream"
import { BadRequest, HeadersTooLarge, RequestTimeout } from "../domain/errors.ts"
import { envelopeOf, type WireError } from "./envelope.ts"

/**
 * Answers what node's parser refused before there was a request, in the same envelope, and closes the connection.
 * Nothing is written where a response is under way on it: the client would take ours for that one.
 */
export const answerRaw = (error: NodeJS.ErrnoException, socket: Duplex): void => {
  if (!socket.writable || (socket as Busy)._httpMessage?.headersSent) return void socket.destroy()
  writeRaw(socket, wireErrorOf(error))
}

/** Answers on a bare connection and closes it. */
export const writeRaw = (socket: Duplex, error: WireError): void => {
  const body = envelopeOf(error)
  const head =
    `HTTP/1.1 ${error.status} ${STATUS_CODES[error.status]}\r\nconnection: close\r\n` +
    `content-type: application/json\r\ncontent-length: ${Buffer.byteLength(body)}\r\n\r\n`
  // After a CONNECT node listens no longer, and an error that nobody hears ends the process.
  socket.on("error", () => socket.destroy())
  socket.end(head + body, () => socket.destroy())
}

const { STATUS_CODES } = process.getBuiltinModule("node:http")

/** node's own default handler looks at this field too, to see whether a response was begun. */
type Busy = { readonly _httpMessage?: ServerResponse | null }

const wireErrorOf = ({ code }: NodeJS.ErrnoException): WireError => {
  switch (code) {
    case "HPE_HEADER_OVERFLOW":
      return new HeadersTooLarge({ message: "The headers are larger than 16 KiB. Send fewer or shorter ones." })
    case "ERR_HTTP_REQUEST_TIMEOUT":
      return new RequestTimeout({ message: "The request took too long to arrive. Send it in one go." })
    default:
      return new BadRequest({ message: "This is no valid HTTP/1.1 request." })
  }
}
