#!/usr/bin/env node
/**
 * Two daemons, five workers each, 500 tasks, and one of the daemons is killed in between: is every task done exactly once?
 *
 *   npm run build && npx node examples/two-machines/run.mjs [tasks]
 *
 * It makes two homes in a temporary folder and a private network on 127.0.0.1. One home makes a pact, the other joins it
 * with an invite, as two machines would. The workers are those of ../claim-loop. It ends with 0 where each task was done
 * by one worker and both machines say the same of it.
 */
import { execFile, spawn } from "node:child_process"
import { createSocket } from "node:dgram"
import { once } from "node:events"
import { mkdtempSync, readFileSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { createInterface } from "node:readline"
import { promisify } from "node:util"

const count = Number(process.argv[2] ?? 500)
const openpact = process.env.OPENPACT ?? join(import.meta.dirname, "../../dist/openpact.mjs")
const worker = join(import.meta.dirname, "../claim-loop/worker.mjs")
const folder = mkdtempSync(join(tmpdir(), "openpact-two-machines-"))
const children = []
const say = (text) => console.error(text)

const freePort = async () => {
  const socket = createSocket("udp4").bind(0, "127.0.0.1")
  await once(socket, "listening")
  const { port } = socket.address()
  socket.close()
  return port
}
const network = `127.0.0.1:${await freePort()}`

/** One machine: a home, its command and its API. */
const machine = (name) => {
  const home = join(folder, name)
  const env = { ...process.env, OPENPACT_HOME: home, OPENPACT_PORT: "0", OPENPACT_NO_DASHBOARD: "true", OPENPACT_BOOTSTRAP: network }
  const daemon = () => JSON.parse(readFileSync(join(home, "daemon.json"), "utf8"))
  return {
    name,
    run: async (...args) => (await promisify(execFile)(process.execPath, [openpact, ...args], { env })).stdout.trim(),
    kill: () => process.kill(daemon().pid, "SIGKILL"),
    ask: async (path, body) => {
      const { apiToken, port } = daemon()
      const response = await fetch(`http://127.0.0.1:${port}/v1/pacts/default${path}`, {
        method: body === undefined ? "GET" : "POST",
        headers: { authorization: `Bearer ${apiToken}`, "content-type": "application/json" },
        ...(body === undefined ? {} : { body: JSON.stringify(body) })
      })
      if (!response.ok) throw new Error(await response.text())
      return response.json()
    },
    /** Runs a worker until it is stopped. */
    work: (label, onDone) => {
      const child = spawn(process.execPath, [worker, label], { env, stdio: ["ignore", "pipe", "inherit"] })
      children.push(child)
      createInterface(child.stdout).on("line", (line) => onDone(JSON.parse(line)))
    }
  }
}
const ada = machine("ada")
const bob = machine("bob")

/** All tasks that are complete, as one machine sees them, with who did them. */
const completeAt = async ({ ask }) => {
  const done = new Map()
  let cursor = ""
  do {
    const page = await ask(`/tasks?status=complete&order=asc&limit=200${cursor && `&cursor=${encodeURIComponent(cursor)}`}`)
    for (const { id, result } of page.entries) done.set(id, result.by)
    cursor = page.has_more ? page.cursor : ""
  } while (cursor !== "")
  return done
}

/** The same, once all are: what one machine has, the other has soon. */
const allCompleteAt = async (machine) => {
  let { cursor } = await machine.ask("/changes?from=head&type=task")
  for (;;) {
    const done = await completeAt(machine)
    if (done.size === count) return done
    const news = await machine.ask(`/changes?type=task&wait=20&since=${encodeURIComponent(cursor)}`)
    cursor = news.cursor
  }
}

const main = async () => {
  const [host, port] = network.split(":")
  const nodes = spawn(process.execPath, [openpact, "bootstrap", "--host", host, "--port", port], {
    stdio: ["ignore", "pipe", "ignore"]
  })
  children.push(nodes)
  await once(nodes.stdout, "data")

  await ada.run("init", "--name", "Work", "--no-interactive")
  await bob.run("join", await ada.run("invite"), "--no-interactive")
  say(`Two machines share a pact. ${count} tasks ...`)
  const waiting = Array.from({ length: count }, (_, n) => n + 1)
  const add = async () => {
    for (let n = waiting.shift(); n !== undefined; n = waiting.shift()) await ada.ask("/tasks", { title: `Task ${n}` })
  }
  await Promise.all(Array.from({ length: 20 }, add))

  const said = new Map()
  let killing = null
  let end, fail
  const ended = new Promise((resolve, reject) => ([end, fail] = [resolve, reject]))
  const restart = async () => {
    say(`${said.size} are done. The daemon of bob is killed ...`)
    bob.kill()
    await bob.run("start")
    say("... and runs again.")
  }
  const onDone = ({ id, worker: by }) => {
    said.set(id, [...(said.get(id) ?? []), by])
    if (said.size >= count / 3) killing ??= restart().catch(fail)
    if (said.size === count) end()
  }
  for (const { name, work } of [ada, bob]) for (const n of [1, 2, 3, 4, 5]) work(`${name}-${n}`, onDone)
  await ended
  await killing

  const views = await Promise.all([ada, bob].map(allCompleteAt))
  const [left, right] = views
  const twice = [...said].filter(([, by]) => by.length > 1)
  const otherwise = [...left].filter(([id, by]) => right.get(id) !== by || said.get(id)?.[0] !== by)
  const by = (name) => [...left.values()].filter((who) => who.startsWith(name)).length
  say(`${left.size} of ${count} tasks are complete: ${by("ada")} by workers of ada, ${by("bob")} by workers of bob.`)
  say(`Done twice: ${twice.length}. Told otherwise by a worker or a machine: ${otherwise.length}.`)
  if (left.size !== count || twice.length + otherwise.length > 0) throw new Error("not every task was done exactly once")
  console.log(JSON.stringify({ tasks: count, complete: left.size, ada: by("ada"), bob: by("bob"), twice: 0 }))
}

try {
  await main()
} catch (error) {
  say(`Failed: ${error.message}`)
  process.exitCode = 1
} finally {
  for (const child of children) child.kill()
  await Promise.allSettled([ada.run("stop"), bob.run("stop")])
  rmSync(folder, { recursive: true, force: true })
}
