import { NodeFileSystem } from "@effect/platform-node"
import { Effect, Exit, Scope } from "effect"
import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import Autobase from "autobase"
import Corestore from "corestore"
import { openLedger } from "../src/hyper/Ledger.ts"
import { applyFrame } from "../src/engine/apply.ts"
import { encodeFrame } from "../src/engine/frame.ts"
import { encodeEntry } from "../src/engine/entry.ts"
import { agentIdOf } from "../src/domain/ids.ts"

const now = () => performance.now()
const entry = (key: string, i: number) =>
  encodeEntry({ type: "knowledge", timestamp: 1763600000000 + i, agent_id: agentIdOf(key), display_name: null, payload: { topic: "topic-" + (i % 50), content: ("entry " + i + " lorem ipsum dolor sit amet ").padEnd(200, "x") }, refs: [] } as never)
const frameOf = (key: string, i: number, n: number) => encodeFrame(Array.from({ length: n }, (_, j) => entry(key, i * n + j)))
const groups = (process.env.G ?? "1,16,64,256").split(",").map(Number)
const N = Number(process.env.N ?? 150), R = Number(process.env.R ?? 3)
type W = { key: string; append: (f: Uint8Array) => Promise<unknown>; close: () => Promise<unknown>; extra?: () => string }
const bare = async (): Promise<W> => {
  const dir = mkdtempSync(join(tmpdir(), "b-"))
  const base = new (Autobase as any)(new (Corestore as any)(dir), null, { valueEncoding: "binary", encrypt: process.env.ENC !== "0", ackInterval: 150, open: (s: any) => s.get("log", { valueEncoding: "binary" }), apply: async (nodes: any, log: any) => { for (const n of nodes) await log.append(n.value) } })
  await base.ready()
  return { key: base.local.key.toString("hex"), append: (f) => base.append(Buffer.from(f.buffer, f.byteOffset, f.byteLength)), close: async () => { await base.close(); rmSync(dir, { recursive: true }) } }
}
const ours = (durability: "strict" | "ack" | "os") => async (): Promise<W> => {
  const dir = mkdtempSync(join(tmpdir(), "b-"))
  const scope = Effect.runSync(Scope.make())
  const ledger = await Effect.runPromise(openLedger({ dir: join(dir, "data"), durability, apply: applyFrame }).pipe(Scope.provide(scope), Effect.provide(NodeFileSystem.layer)))
  return { key: ledger.memberKey, append: (f) => Effect.runPromise(ledger.append(f)), close: async () => { await Effect.runPromise(Scope.close(scope, Exit.void)); rmSync(dir, { recursive: true }) } }
}
const kinds: Record<string, () => Promise<W>> = { bare, os: ours("os"), ack: ours("ack"), strict: ours("strict") }
const only = (process.env.K ?? "bare,os,ack,strict").split(",")
const res: Record<string, number[]> = {}
const cpus: Record<string, number[]> = {}
for (let r = 0; r < R; r++) for (const g of groups) {
  const ws = await Promise.all(only.map(async (k) => [k, await kinds[k]!()] as const))
  const lat: Record<string, number[]> = {}
  for (const [k, w] of ws) { lat[k] = []; for (let i = 0; i < 10; i++) await w.append(frameOf(w.key, 100000 + i, g)) }
  for (let i = 0; i < N; i++) for (const [k, w] of ws) { const f = frameOf(w.key, i, g); const t = now(); const c0 = process.cpuUsage(); await w.append(f); lat[k]!.push(now() - t); const c = process.cpuUsage(c0); (cpus[`${g} ${k}`] ??= []).push((c.user + c.system) / 1000) }
  for (const [k, w] of ws) { await w.close(); (res[`${g} ${k}`] ??= []).push(...lat[k]!) }
}
for (const g of groups) console.log(`group ${g}`.padEnd(12), only.map((k) => { const x = res[`${g} ${k}`]!.sort((a, b) => a - b); const y = cpus[`${g} ${k}`]!.sort((a, b) => a - b); return `${k} ${x[x.length >> 1]!.toFixed(2)}ms (cpu ${y[y.length >> 1]!.toFixed(2)}, ${(res[`${g} bare`]?.[res[`${g} bare`]!.length >> 1]! / x[x.length >> 1]!).toFixed(2)}x)` }).join("  "))
