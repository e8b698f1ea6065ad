import { note, quoteEntry, quoteTask, type Quoted } from "../mcp/quote.ts"
import { makeClient, type Pact } from "../sdk/promise/client.ts"
import { wayHome } from "../sdk/promise/discover.ts"
import { type HookEvent, hookEvents } from "./config/names.ts"
import { plainFetch } from "./plain-fetch.ts"

// It runs at every turn. An import of these would load all that hangs on them.
const { createHash, randomUUID } = process.getBuiltinModule("node:crypto")
const { closeSync, mkdirSync, openSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } =
  process.getBuiltinModule("node:fs")
const { homedir } = process.getBuiltinModule("node:os")
const { dirname, join, resolve } = process.getBuiltinModule("node:path")
const { parseArgs } = process.getBuiltinModule("node:util")

/** What one of them may add to a conversation, in characters. */
const budget = 4000
const longestQuote = 600
/** A session doesn't wait longer for a daemon, ms. */
const patience = 1000
/** How many entries are remembered as shown. The feed may tell some again. */
const remembered = 200

interface Place {
  readonly cursor: string
  readonly shown: ReadonlyArray<string>
}

/**
 * Runs one hook: says on stdout what the session should know. Loaded without the rest of the command, since it runs at
 * every turn. Whatever fails, it is silent and does no harm: a session must go on without a daemon.
 */
export const hook = async (args: ReadonlyArray<string>): Promise<void> => {
  try {
    const { positionals, values } = parseArgs({
      args: [...args],
      allowPositionals: true,
      strict: false,
      options: { home: { type: "string" }, pact: { type: "string" } }
    })
    const event = hookEvents.find((one) => one === positionals[0])
    if (event === undefined) return
    const told = await hear(event, {
      home: resolve(untilde(String(values["home"] ?? process.env["OPENPACT_HOME"] ?? "~/.openpact"))),
      ref: String(values["pact"] ?? process.env["OPENPACT_PACT"] ?? "default"),
      project: process.env["CLAUDE_PROJECT_DIR"] ?? projectIn(await stdinText())
    })
    if (told === null) return
    const answer = { hookSpecificOutput: { hookEventName: event, additionalContext: told } }
    process.stdout.write(`${JSON.stringify(answer)}\n`)
  } catch {
    // Silent, see above.
  }
}

interface Scene {
  readonly home: string
  readonly ref: string
  readonly project: string
}

const hear = async (event: HookEvent, { home, project, ref }: Scene): Promise<string | null> => {
  const client = makeClient(wayHome(home), { retries: 0, timeout: patience, fetch: plainFetch })
  const { pacts } = await client.pacts.list()
  const row = pacts.find(({ alias, is_current, pact_id }) =>
    ref === "default" ? is_current : alias === ref || pact_id === ref
  )
  if (row === undefined) return null
  const file = join(home, "hooks", `${hashOf(`${row.pact_id}\n${project}`)}.json`)
  return alone(file, () => news(event, client.pact(row.pact_id), row.pact_name ?? row.alias, file))
}

const news = async (event: HookEvent, pact: Pact, name: string, file: string): Promise<string | null> => {
  const place = event === "SessionStart" ? null : placeIn(file)
  if (place === null) {
    const { cursor } = await pact.entries.changes({ from: "head" })
    const told = event === "SessionStart" ? await orientation(pact) : null
    keep(file, { cursor, shown: [] })
    return told
  }
  const { cursor, entries, has_more } = await pact.entries.changes({ since: place.cursor, limit: 100 })
  if (entries.length === 0 && cursor === place.cursor) return null
  const told = entries.filter(({ id, type }) => worthTelling.has(type) && !place.shown.includes(id))
  keep(file, { cursor, shown: [...place.shown, ...told.map(({ id }) => id)].slice(-remembered) })
  if (told.length === 0) return null
  return within(`New in the pact ${JSON.stringify(name)} since your last turn. ${note}`, told.map(quoteEntry), has_more)
}
const worthTelling = new Set(["knowledge", "message", "task", "skill"])

/** What somebody who sits down to work needs to know. */
const orientation = async (pact: Pact): Promise<string> => {
  const [status, agents, tasks, messages] = await Promise.all([
    pact.status(),
    pact.agents({ online: true, limit: 10 }),
    pact.tasks.list({ status: "open", limit: 10 }),
    pact.messages.list({ limit: 10 })
  ])
  const others = agents.filter(({ is_self }) => !is_self)
  const head = [
    `This project shares a memory and a task board with other agents over OpenPact. ${note}`,
    `Pact: ${JSON.stringify(status.pact_name ?? status.pact_id)}`,
    `Purpose: ${JSON.stringify(status.pact_purpose ?? "")}`,
    `You: ${status.peer_handle}, ${status.role ?? "no member"}`,
    `Online: ${others.map((agent) => `${JSON.stringify(agent.display_name ?? "")} (${agent.id})`).join(", ") || "nobody else"}`,
    "Recall before you research, record what you find out, claim a task before you work on it.",
    `Open tasks: ${tasks.entries.length}${tasks.has_more ? "+" : ""}, recent messages: ${messages.entries.length}`
  ]
  const items = [
    ...tasks.entries.map((task) => ({ type: "task", ...quoteTask(task) })),
    ...messages.entries.map(quoteEntry)
  ]
  return within(head.join("\n"), items, tasks.has_more || messages.has_more)
}

/** One line for each, as JSON, so that no text can pass for another line. What is over the budget is only counted. */
const within = (head: string, items: ReadonlyArray<Quoted>, more: boolean): string => {
  const lines = [head]
  let left = budget - head.length
  for (const [i, item] of items.entries()) {
    const line = JSON.stringify(item, (_key, value: unknown) =>
      typeof value === "string" && value.length > longestQuote ? `${value.slice(0, longestQuote)} ... (cut)` : value
    )
    left -= line.length + 1
    if (left < 0) {
      lines.push(
        `And ${items.length - i}${more ? " or more" : ""} others: openpact log, or the tools recall, read_messages and list_tasks.`
      )
      return lines.join("\n")
    }
    lines.push(line)
  }
  return lines.join("\n")
}

const stdinText = async (): Promise<string> => {
  const { text } = await import("node:stream/consumers")
  return text(process.stdin)
}

const projectIn = (input: string): string => {
  const { cwd } = JSON.parse(input || "{}") as { readonly cwd?: unknown }
  return typeof cwd === "string" ? cwd : process.cwd()
}

const placeIn = (file: string): Place | null => {
  try {
    const { cursor, shown } = JSON.parse(readFileSync(file, "utf8")) as Place
    return typeof cursor === "string" && Array.isArray(shown) ? { cursor, shown } : null
  } catch {
    return null
  }
}

/** Tools that run at once have hooks that run at once. One of them tells what is new, the others are silent. */
const alone = async (file: string, tell: () => Promise<string | null>): Promise<string | null> => {
  const lock = `${file}.lock`
  mkdirSync(dirname(file), { recursive: true, mode: 0o700 })
  try {
    // Whoever held it so long is gone.
    if (Date.now() - statSync(lock).mtimeMs > 10 * patience) rmSync(lock, { force: true })
  } catch {
    // There is none.
  }
  // Fails where there is one, and a hook that fails is silent.
  closeSync(openSync(lock, "wx", 0o600))
  try {
    return await tell()
  } finally {
    rmSync(lock, { force: true })
  }
}

/** In one step: a crash leaves the old place or the new one. */
const keep = (file: string, place: Place): void => {
  const fresh = `${file}.${randomUUID()}.tmp`
  writeFileSync(fresh, JSON.stringify(place), { mode: 0o600 })
  renameSync(fresh, file)
}

const hashOf = (text: string): string => createHash("sha256").update(text).digest("hex").slice(0, 32)
const untilde = (path: string): string => path.replace(/^~(?=$|[/\\])/, () => homedir())
