import { Database } from "../../../src/projection/database.ts"
import { Projection } from "../../../src/projection/Projection.ts"
import { logOf } from "./log.ts"

// A process that follows a log and kills itself in the middle of a transaction: before the `writes`-th write to its file.
const [file = "", seed, step, writes] = process.argv.slice(2)
const { log, pactId } = await logOf(Number(seed), Number(step))
const projection = Projection.open(file, { pactId })
let left = Number(writes)
const { run } = Database.prototype
Database.prototype.run = function (sql, ...values) {
  if (--left < 0) process.kill(process.pid, "SIGKILL")
  run.call(this, sql, ...values)
}
await projection.follow(log.snapshot())
projection.close()
