import { mkdtempSync, rmSync } from "node:fs"
import { createRequire } from "node:module"
import type { EventEmitter } from "node:events"
import type { Duplex } from "node:stream"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { agentIdOf } from "../../../src/domain/ids.ts"
import { limits } from "../../../src/domain/limits.ts"
import { encodeEntry } from "../../../src/engine/entry.ts"
import { encodeFrame } from "../../../src/engine/frame.ts"
import { answer } from "./child.ts"
import { bodies } from "./entries.ts"

/** Bare Autobase in a process of its own, with one log view, which meets its peers as a daemon does: what it is asked. Its answer is null where none is named. */
export type BareRequest =
  /** Opens a base of its own, or another's, and meets its peers, or says again how it stands. */
  | { readonly kind: "open"; readonly host: string; readonly port: number; readonly keys: BareKeys | null }
  /** Appends so many entries, packed as a daemon under load packs them. */
  | { readonly kind: "fill"; readonly entries: number }
  /** Appends one entry and doesn't wait for anybody. */
  | { readonly kind: "append" }
  /** Answers when the view has so many frames, each of them here. */
  | { readonly kind: "until"; readonly frames: number }
export interface BareKeys {
  readonly key: string
  readonly encryptionKey: string
  readonly frames: number
}

// As their own documentation has them, and so without the types that src/hyper gives them.
const require = createRequire(import.meta.url)
const Autobase = require("autobase")
const Corestore = require("corestore")
const Hyperswarm = require("hyperswarm")
const HyperDHT = require("hyperdht")

interface View {
  readonly length: number
  readonly contiguousLength: number
  append(value: Uint8Array): Promise<unknown>
  download(range: { readonly start: number; readonly end: number }): void
}
interface Base extends EventEmitter {
  readonly key: Buffer
  readonly discoveryKey: Buffer
  readonly encryptionKey: Buffer
  readonly local: { readonly key: Buffer }
  readonly view: View & EventEmitter
  ready(): Promise<void>
  update(): Promise<void>
  append(value: Buffer): Promise<unknown>
  replicate(stream: Duplex): Duplex
}

const dir = mkdtempSync(join(tmpdir(), "openpact-bench-"))
process.on("exit", () => rmSync(dir, { recursive: true, force: true }))
let base: Base | undefined

const open = async ({ host, keys, port }: BareRequest & { readonly kind: "open" }): Promise<BareKeys> => {
  if (base !== undefined) return standing(base)
  const made: Base = (base = new Autobase(new Corestore(dir), keys === null ? null : Buffer.from(keys.key, "hex"), {
    valueEncoding: "binary",
    encrypt: true,
    encryptionKey: keys === null ? null : Buffer.from(keys.encryptionKey, "hex"),
    open: (store: { get(name: string, options: object): View }) => store.get("log", { valueEncoding: "binary" }),
    apply: async (nodes: ReadonlyArray<{ readonly value: Buffer }>, log: View) => {
      for (const { value } of nodes) await log.append(value)
    }
  }))
  await made.ready()
  const keepLocal = () => made.view.download({ start: 0, end: -1 })
  made.on("fast-forward", keepLocal)
  made.on("reboot", keepLocal)
  keepLocal()
  const swarm = new Hyperswarm({ dht: new HyperDHT({ bootstrap: [{ host, port }], host }) })
  swarm.on("connection", (stream: Duplex) => void made.replicate(stream.on("error", () => {})))
  const session = swarm.join(made.discoveryKey, { client: true, server: true })
  await session.flushed()
  return standing(made)
}

const standing = ({ encryptionKey, key, view }: Base): BareKeys => ({
  key: key.toString("hex"),
  encryptionKey: encryptionKey.toString("hex"),
  frames: view.length
})

const payloads = bodies(4096, 3)
let written = 0
const frameOf = (base: Base, entries: number): Buffer => {
  const agent_id = agentIdOf(base.local.key.toString("hex"))
  const encoded = Array.from({ length: entries }, () =>
    encodeEntry({
      type: "knowledge",
      timestamp: Date.now(),
      agent_id,
      display_name: null,
      payload: payloads[written++ % payloads.length]!,
      refs: []
    })
  )
  return Buffer.from(encodeFrame(encoded))
}

const until = (base: Base, frames: number): Promise<void> =>
  new Promise((done) => {
    const look = () => {
      if (base.view.length < frames || base.view.contiguousLength < base.view.length) return
      base.off("update", look)
      for (const event of ["append", "download"]) base.view.off(event, look)
      done()
    }
    base.on("update", look)
    for (const event of ["append", "download"]) base.view.on(event, look)
    look()
  })

answer<BareRequest, BareKeys | null>(async (request) => {
  if (request.kind === "open") return await open(request)
  if (base === undefined) throw new Error("it is not open")
  if (request.kind === "until") await until(base, request.frames)
  else if (request.kind === "append") await base.append(frameOf(base, 1))
  else
    for (let left = request.entries; left > 0; left -= limits.frameEntries)
      await base.append(frameOf(base, Math.min(left, limits.frameEntries)))
  return null
})
