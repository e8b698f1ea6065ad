#!/usr/bin/env node
/**
 * Watches a pact and prints what happens, one JSON a line, until it is told to stop. It misses nothing: it keeps the
 * place it came to in a file, and goes on behind it when it is started again.
 *
 *   node watch.mjs <file for the place>
 */
import { readFile, rename, writeFile } from "node:fs/promises"
import { connect } from "openpact/sdk"

const file = process.argv[2] ?? "watch-place.json"
const stop = new AbortController()
process.once("SIGTERM", () => stop.abort())
process.once("SIGINT", () => stop.abort())

const kept = await readFile(file, "utf8").then(JSON.parse, () => ({}))
const pact = (await connect()).pact()
try {
  for await (const batch of pact.entries.changes({ ...kept, signal: stop.signal })) {
    for (const { display_name, agent_id, confirmed, id, payload, type } of batch.entries) {
      console.log(JSON.stringify({ id, type, by: display_name ?? agent_id, confirmed, payload }))
    }
    // In one step, so that a crash leaves the old place or the new one.
    await writeFile(`${file}.new`, JSON.stringify({ since: batch.cursor }))
    await rename(`${file}.new`, file)
  }
} catch (error) {
  if (!stop.signal.aborted) throw error
}
