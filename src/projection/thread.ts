import { extname } from "node:path"
import { Worker } from "node:worker_threads"
import type { Stepped } from "./projector.ts"
import { schemaVersion } from "./schema.ts"

/** Blocks that can't move any more: one transaction. `length` is the log's with them, `hash` its tree hash there. */
export interface Part {
  readonly blocks: ReadonlyArray<Uint8Array>
  readonly length: number
  readonly hash: Uint8Array
}

/** What a thread is begun with. */
export interface Opening {
  readonly file: string
  readonly version: number
}

/** A thread that takes blocks into a read model, so that this one is free. It has its own connection to the file. */
export interface Thread {
  /** Takes parts one after the other, in the order they are given. Fails with {@link ThreadLost} once the thread has ended. */
  readonly take: (part: Part) => Promise<Stepped>
  /** Ends it, with its connection. */
  readonly close: () => Promise<void>
}

/** The thread has ended: it could not start, or failed. What it had not answered may be in the read model or not. */
export class ThreadLost extends Error {}

// As this file: from source, or built.
const worker = new URL(`./worker${extname(import.meta.url)}`, import.meta.url)

/** @param file an open read model. */
export const startThread = (file: string): Thread => {
  const workerData: Opening = { file, version: schemaVersion }
  const thread = new Worker(worker, { workerData, name: "read model", execArgv: [] })
  const waiting: Array<{ readonly resolve: (stepped: Stepped) => void; readonly reject: (cause: unknown) => void }> = []
  let cause: unknown = null
  let lost: ThreadLost | null = null
  thread.on("message", (stepped: Stepped) => waiting.shift()?.resolve(stepped))
  thread.on("error", (error) => (cause = error))
  const ended = new Promise<void>((resolve) =>
    thread.on("exit", () => {
      lost = new ThreadLost("the thread of the read model has ended", { cause })
      for (const { reject } of waiting.splice(0)) reject(lost)
      resolve()
    })
  )
  return {
    take: (part) =>
      new Promise((resolve, reject) => {
        if (lost !== null) return reject(lost)
        waiting.push({ resolve, reject })
        // A block may be a view of a large buffer, all of which would be copied.
        const blocks = part.blocks.map((block) => new Uint8Array(block))
        const message: Part = { ...part, blocks, hash: new Uint8Array(part.hash) }
        thread.postMessage(
          message,
          blocks.map(({ buffer }) => buffer)
        )
      }),
    close: () => {
      thread.postMessage(null)
      return ended
    }
  }
}
