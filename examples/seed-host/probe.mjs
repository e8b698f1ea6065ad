#!/usr/bin/env node
/**
 * Asks a probe of the daemon on this home, and ends with 0 where it is well.
 *
 *   node probe.mjs healthz              the daemon answers
 *   node probe.mjs readyz               it has an open pact
 *   node probe.mjs healthz --wait 60    the same, within so many seconds
 *
 * The daemon listens on 127.0.0.1 alone, so a probe has to run where it runs. No dependencies.
 */
import { readFileSync } from "node:fs"
import { homedir } from "node:os"
import { join } from "node:path"

const [probe, flag, seconds] = process.argv.slice(2)
if (!["healthz", "readyz"].includes(probe) || (flag !== undefined && !(flag === "--wait" && Number(seconds) >= 0))) {
  console.error("Use: node probe.mjs healthz|readyz [--wait SECONDS]")
  process.exit(2)
}
const home = process.env.OPENPACT_HOME || join(homedir(), ".openpact")
const until = Date.now() + Number(seconds ?? 0) * 1000

/** Why it is not well, or null. */
const fault = async () => {
  try {
    // Read anew each time: it is written when the daemon listens.
    const { port } = JSON.parse(readFileSync(join(home, "daemon.json"), "utf8"))
    if (!port) return "No daemon runs."
    const response = await fetch(`http://127.0.0.1:${port}/v1/${probe}`, { signal: AbortSignal.timeout(5000) })
    return response.ok ? null : (await response.json()).message
  } catch (error) {
    return error.cause?.message ?? error.message
  }
}

let why = await fault()
while (why !== null && Date.now() < until) {
  await new Promise((resolve) => setTimeout(resolve, 250))
  why = await fault()
}
if (why !== null) console.error(why)
process.exitCode = why === null ? 0 : 1
