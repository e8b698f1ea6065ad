import { parentPort, workerData } from "node:worker_threads"
import { type Block, decodeBlock } from "../engine/block.ts"
import { Database } from "./database.ts"
import { prepare } from "./open.ts"
import { Projector } from "./projector.ts"
import { schemaVersion } from "./schema.ts"
import type { Opening, Part } from "./thread.ts"

// The other end of thread.ts, in a thread of its own. What it throws ends it, and the follow goes on without it.

const { file, version } = workerData as Opening
// A new build may have come under a daemon that still runs.
if (version !== schemaVersion) throw new Error(`this build writes read models of version ${schemaVersion}`)
const port = parentPort!
const db = prepare(new Database(file))
const projector = new Projector(db)

port.on("message", (part: Part | null) => {
  if (part === null) {
    db.close()
    return port.close()
  }
  const { blocks, hash, length } = part
  projector.refresh()
  const step = { back: null, blocks: decoded(blocks), count: blocks.length, hash, signed: { length, hash } }
  port.postMessage(projector.step(step, true))
})

function* decoded(blocks: ReadonlyArray<Uint8Array>): Iterable<Block> {
  for (const block of blocks) yield decodeBlock(block)
}
