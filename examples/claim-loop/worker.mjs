#!/usr/bin/env node
/**
 * A worker of a pact over plain HTTP: takes open tasks one by one, does them, and waits for more.
 *
 *   node examples/claim-loop/worker.mjs <label> [--drain]
 *
 * Start as many as you like, on as many machines as you like: each task is done by one of them. A claim is confirmed
 * before the work begins, so nobody else can hold it, and it is named when the work is completed, so an answer that
 * comes too late counts for nothing. With --drain the worker ends when no task is open. No dependencies.
 */
import { randomBytes } from "node:crypto"
import { readFileSync } from "node:fs"
import { homedir } from "node:os"
import { join } from "node:path"

const [label = "worker", ...flags] = process.argv.slice(2)
const drain = flags.includes("--drain")
// A label of its own for each process: two of the same name would be taken for one worker.
const worker = `${label}-${randomBytes(3).toString("hex")}`
const home = process.env.OPENPACT_HOME ?? join(homedir(), ".openpact")
const pact = process.env.OPENPACT_PACT ?? "default"
const ttl = 60_000

/** One request. What the rules refuse is an answer, and a daemon that is away is waited for. */
const ask = async (method, path, body) => {
  while (true) {
    try {
      // Read anew each time: a daemon that was restarted may have another port.
      const { apiToken, port } = JSON.parse(readFileSync(join(home, "daemon.json"), "utf8"))
      const response = await fetch(`http://127.0.0.1:${port}/v1/pacts/${pact}${path}`, {
        method,
        headers: {
          authorization: `Bearer ${apiToken}`,
          "openpact-agent": worker,
          ...(body === undefined ? {} : { "content-type": "application/json" })
        },
        ...(body === undefined ? {} : { body: JSON.stringify(body) })
      })
      const answer = await response.json()
      if (answer.error !== "PACT_NOT_READY" && answer.error !== "RATE_LIMITED") return answer
    } catch {
      // It is away. What was asked may have been done all the same.
    }
    await new Promise((resolve) => setTimeout(resolve, 250))
  }
}

/** The work itself: the length of the title. Put yours here. */
const work = async (task) => ({ length: task.title.length, by: worker })

/** Takes one task and does it. False where somebody else was faster. */
const take = async ({ id }) => {
  const claimed = await ask("PUT", `/tasks/${id}/claim?wait=confirmed`, { ttl })
  if (claimed.error !== undefined) {
    // It may be ours: the answer can be lost, or the claim can't be confirmed in time. Then it is given back.
    await ask("PUT", `/tasks/${id}/release`, {})
    return false
  }
  const claim = claimed.entry_id
  const renewing = setInterval(() => void ask("PUT", `/tasks/${id}/renew`, { claim }), ttl / 3)
  try {
    const result = await work(claimed)
    const done = await ask("PUT", `/tasks/${id}/complete`, { claim, result })
    console.log(JSON.stringify({ id, worker, done: done.error ?? true }))
  } catch (error) {
    console.error(`${id}: ${error.message}`)
    await ask("PUT", `/tasks/${id}/release`, { claim })
  } finally {
    clearInterval(renewing)
  }
  return true
}

let { cursor } = await ask("GET", "/changes?from=head&type=task")
while (true) {
  const { entries } = await ask("GET", "/tasks?status=open&order=asc&limit=50")
  if (entries.length === 0 && drain) break
  let taken = false
  // Each begins somewhere else, so that they seldom want the same one.
  const from = Math.floor(Math.random() * entries.length)
  for (const task of [...entries.slice(from), ...entries.slice(0, from)]) taken = (await take(task)) || taken
  if (taken) continue
  // Nothing could be taken: wait for news, and look again after a while for claims that ran out.
  const changes = await ask("GET", `/changes?since=${encodeURIComponent(cursor)}&type=task&wait=${drain ? 1 : 20}`)
  cursor = changes.cursor ?? (await ask("GET", "/changes?from=head&type=task")).cursor
}
