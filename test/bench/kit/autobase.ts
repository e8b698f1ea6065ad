import { mkdtempSync, rmSync } from "node:fs"
import { createRequire } from "node:module"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { agentIdOf } from "../../../src/domain/ids.ts"
import { limits } from "../../../src/domain/limits.ts"
import { encodeEntry } from "../../../src/engine/entry.ts"
import { encodeFrame } from "../../../src/engine/frame.ts"
import { answer } from "./child.ts"
import { bodies } from "./entries.ts"

/** Clients in this process that each write their next entry when the last is in. */
export interface Callers {
  readonly clients: number
  readonly ms: number
}
export interface Called {
  readonly entries: number
  readonly seconds: number
}

// As their own documentation has them, and so without the types that src/hyper gives them.
const require = createRequire(import.meta.url)
const Autobase = require("autobase")
const Corestore = require("corestore")

interface View {
  append(value: Uint8Array): Promise<unknown>
}

/**
 * Bare Autobase: one log view, nothing checked, nothing decided, nothing synced, no server, all in this process. Its
 * clients' entries are packed into the same frames as a daemon's: all that wait go into the next.
 */
const dir = mkdtempSync(join(tmpdir(), "openpact-bench-"))
process.on("exit", () => rmSync(dir, { recursive: true, force: true }))
const base = new Autobase(new Corestore(dir), null, {
  valueEncoding: "binary",
  encrypt: true,
  open: (store: { get(name: string, options: object): View }) => store.get("log", { valueEncoding: "binary" }),
  apply: async (nodes: ReadonlyArray<{ readonly value: Buffer }>, log: View) => {
    for (const { value } of nodes) await log.append(value)
  }
})
await base.ready()
const agent_id = agentIdOf(Buffer.from(base.local.key).toString("hex"))
const payloads = bodies(4096, 3)

let waiting: Array<{ readonly entry: Uint8Array; readonly done: () => void }> = []
let committing = false
const commit = async () => {
  committing = true
  while (waiting.length > 0) {
    const group = waiting.splice(0, limits.frameEntries)
    await base.append(Buffer.from(encodeFrame(group.map(({ entry }) => entry))))
    for (const { done } of group) done()
    // Lets the clients of this group in before the next is closed, as one commit in flight does in the daemon.
    await Promise.resolve()
  }
  committing = false
}
const write = (payload: (typeof payloads)[number]): Promise<void> =>
  new Promise((done) => {
    const entry = encodeEntry({
      type: "knowledge",
      timestamp: Date.now(),
      agent_id,
      display_name: null,
      payload,
      refs: []
    })
    waiting.push({ entry, done })
    if (!committing) queueMicrotask(() => committing || commit())
  })

answer<Callers, Called>(async ({ clients, ms }) => {
  let entries = 0
  const start = performance.now()
  const client = async () => {
    while (performance.now() - start < ms) await write(payloads[entries++ % payloads.length]!)
  }
  await Promise.all(Array.from({ length: clients }, client))
  return { entries, seconds: (performance.now() - start) / 1000 }
})
