import { connect, type Socket } from "node:net"

/** What is read of an answer: no more than a client that wants to be fast needs. */
export interface Reply {
  readonly status: number
  readonly bytes: number
}

const headEnd = Buffer.from("\r\n\r\n")

/** One keep-alive connection that sends ready-made bytes and has one request under way at most. */
export class Connection {
  readonly #socket: Socket
  #parts: Array<Buffer> = []
  #status = 0
  /** Bytes of the body that are still to come, and -1 while the head is. */
  #missing = -1
  #bytes = 0
  #done: ((reply: Reply) => void) | null = null
  #failed: ((error: Error) => void) | null = null

  private constructor(socket: Socket) {
    this.#socket = socket
    socket.setNoDelay(true)
    socket.on("data", (chunk) => this.#read(chunk as Buffer))
    socket.on("error", (error) => this.#failed?.(error))
    socket.on("close", () => this.#failed?.(new Error("the server closed the connection")))
  }

  static open(port: number): Promise<Connection> {
    return new Promise((resolve, reject) => {
      const socket = connect(port, "127.0.0.1")
      socket.once("error", reject)
      socket.once("connect", () => {
        socket.off("error", reject)
        resolve(new Connection(socket))
      })
    })
  }

  /** Sends one request. `done` is called in the turn in which the last byte of the answer arrives. */
  send(request: Buffer, done: (reply: Reply) => void, failed: (error: Error) => void): void {
    this.#done = done
    this.#failed = failed
    this.#socket.write(request)
  }

  close(): void {
    this.#failed = null
    this.#socket.destroy()
  }

  #read(chunk: Buffer): void {
    let body = chunk
    if (this.#missing < 0) {
      const all = this.#parts.length === 0 ? chunk : Buffer.concat([...this.#parts, chunk])
      const end = all.indexOf(headEnd)
      if (end < 0) return void this.#parts.push(chunk)
      this.#parts = []
      const head = all.toString("latin1", 0, end)
      const at = head.search(/content-length: /i)
      this.#status = Number(head.slice(9, 12))
      this.#missing = at < 0 ? 0 : Number.parseInt(head.slice(at + 16), 10)
      this.#bytes = this.#missing
      body = all.subarray(end + 4)
    }
    this.#missing -= body.length
    if (this.#missing > 0) return
    this.#missing = -1
    const done = this.#done
    this.#failed = null
    done?.({ status: this.#status, bytes: this.#bytes })
  }
}
