import fs from "node:fs"
import { type IncomingMessage, Server, ServerResponse } from "node:http"
import { createRequire, syncBuiltinESMExports } from "node:module"
import { dirname, join } from "node:path"
import { DatabaseSync, StatementSync } from "node:sqlite"

// Loaded into a daemon with `--import`. From SIGUSR2 on it counts every step that leaves a trace outside of the process, and
// kills the process right before step number OPENPACT_TEST_DIE_AT, or before the first of this name while a POST is under way.
const wanted = process.env["OPENPACT_TEST_DIE_AT"] ?? ""
const last = Number(wanted)
let left = Infinity
process.on("SIGUSR2", () => {
  left = Number.isNaN(last) ? Infinity : last
  armed = true
  fs.writeSync(1, "armed\n")
})
let armed = false
let posted = false

const step = (what: string): void => {
  if (--left > 0 && !(posted && what === wanted)) return
  fs.writeSync(1, `dies before ${what}\n`)
  process.kill(process.pid, "SIGKILL")
  // The signal takes effect before the next turn of the loop at the latest. Nothing may be done until then.
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0)
}

type Method = (this: unknown, ...args: Array<unknown>) => unknown
const before = (holder: object, name: string, what: (args: ReadonlyArray<unknown>) => string | null): void => {
  const methods = holder as Record<string, Method>
  const original = methods[name]!
  methods[name] = function (...args) {
    const said = what(args)
    if (said !== null) step(said)
    return original.apply(this, args)
  }
}

const require = createRequire(import.meta.url)
before(fs, "fdatasync", () => "a sync")
before(fs, "mkdir", () => "a new folder")
before(fs, "rename", () => "a file in its place")
syncBuiltinESMExports()
// What happens within a transaction leaves no trace before its commit.
let within = false
before(DatabaseSync.prototype, "exec", ([sql]) => {
  within = sql === "begin immediate" || (within && sql !== "commit" && sql !== "rollback")
  return sql === "commit" ? "a commit of SQLite" : null
})
before(StatementSync.prototype, "run", () => (within ? null : "a change in SQLite"))
const rocks = dirname(require.resolve("rocksdb-native/package"))
before(require(join(rocks, "lib/batch.js")).WriteBatch.prototype, "_flush", () => "a batch of RocksDB")
before(Server.prototype, "emit", ([event, request]) => {
  posted ||= armed && event === "request" && (request as IncomingMessage).method === "POST"
  return null
})
before(ServerResponse.prototype, "end", () => "an answer")
