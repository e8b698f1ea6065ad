import { Effect, Option, type Scope } from "effect"
import { makeSignal } from "../../src/pacts/signal.ts"
import type { Answered, Gone } from "./api.ts"
import { type Daemon, startDaemon } from "./daemon.ts"
import type { Operation } from "./linearizable.ts"
import { Count } from "./load.ts"
import type { Random } from "./random.ts"

/** A machine whose daemon comes and goes. */
export interface Slot {
  readonly name: string
  /** Its daemon, as soon as it has one. */
  readonly daemon: Effect.Effect<Daemon>
  readonly start: (bootstrap: string) => Effect.Effect<void, never, Scope.Scope>
  /** Ends its daemon, and waits until it is gone. */
  readonly end: (how: "kill" | "stop") => Effect.Effect<void>
  readonly signal: (name: "SIGSTOP" | "SIGCONT") => Effect.Effect<void>
  /** What can be told of the daemon that it has, for the message of a failure. */
  readonly dump: () => string
}

export const slotAt = (name: string, home: string): Slot => {
  const changed = makeSignal<never>()
  let current: Daemon | null = null
  const daemon = changed.until(() => current)
  return {
    name,
    daemon,
    start: (bootstrap) =>
      Effect.map(startDaemon(home, { env: { OPENPACT_BOOTSTRAP: bootstrap } }), (started) => {
        current = started
        changed.fire()
      }),
    end: (how) =>
      Effect.suspend(() => {
        const ending = current
        current = null
        return ending === null ? Effect.void : Effect.asVoid(ending[how])
      }),
    signal: (name) => Effect.map(daemon, (there) => there.signal(name)),
    dump: () => `${name}: ${current?.dump() ?? "no daemon"}`
  }
}

/** A claim that a client was given, and may have lost since. */
interface Held {
  readonly task: string
  readonly claim: string
  readonly fence: number
}

interface TaskJson {
  readonly status: string
  readonly claimed_by: string | null
  readonly worker: string | null
  readonly claim: string | null
  readonly fence: number
  readonly entry_id: string
  readonly confirmed: boolean
}

/** What all clients of a run did, and the tasks that they know to be done. */
export class Story {
  readonly history: Array<Operation> = []
  readonly done = new Set<string>()
  /** Writes that were answered with success. */
  readonly successes = new Count()
  readonly tasks: ReadonlyArray<string>
  constructor(tasks: ReadonlyArray<string>) {
    this.tasks = tasks
  }
  get left(): ReadonlyArray<string> {
    return this.tasks.filter((task) => !this.done.has(task))
  }
}

/** The times when a daemon is asked again, and what it may take to answer, ms. */
const patience = 4000
const ttls = [1000, 2000, 3000]

/**
 * A client at one machine: it claims, renews, completes, releases, or just goes away, and comes back with claims that may
 * be over. Every write waits for its confirmation, and goes down in the story. Ends when all tasks are done.
 */
export const claimer = Effect.fnUntraced(function* (
  slot: Slot,
  label: string,
  agentId: string,
  story: Story,
  random: Random
) {
  const { chance, pick } = random
  const owner = `${agentId}/${label}`
  const old: Array<Held> = []

  const ask = Effect.fnUntraced(function* (
    op: Operation["op"],
    task: string,
    body: object | undefined,
    more: Pick<Operation, "fence"> & { readonly ttl?: number }
  ) {
    const { call } = yield* slot.daemon
    const asked = Date.now()
    const path = `/v1/pacts/accord/tasks/${task}`
    const query = `?wait=confirmed&timeout_ms=${patience}`
    const sent: Effect.Effect<Answered, Gone> =
      op === "read" ? call("GET", path) : call("PUT", `${path}/${op}${query}`, { ...body, worker: label })
    const answer = Option.getOrNull(Option.flatten(yield* Effect.timeoutOption(Effect.option(sent), 2 * patience)))
    const answered = Date.now()
    const json = answer?.status === 200 ? (JSON.parse(answer.text) as TaskJson) : null
    const code = answer === null || json !== null ? null : (JSON.parse(answer.text) as { readonly error: string }).error
    const line = { client: label, op, task, call: asked, owner, ...more }
    if (op === "read") {
      // What is not confirmed may still move.
      if (json?.confirmed !== true) return null
      const holder = json.claimed_by === null ? null : `${json.claimed_by}/${json.worker}`
      const { fence, status } = json
      story.history.push({ ...line, return: answered, ok: true, status, owner: holder, fence })
      if (status === "complete") story.done.add(task)
      return json
    }
    // A claim that was lost before its answer was made does not say which fence it had.
    const known = json !== null && (op !== "claim" || json.claim === json.entry_id)
    const refused = answer !== null && answer.status < 500 && json === null && code !== "PACT_NOT_READY"
    story.history.push({
      ...line,
      return: known || refused ? answered : null,
      ok: known ? true : refused ? false : null,
      status: json?.status ?? code ?? "unknown",
      fence: op === "claim" ? (known ? json.fence : null) : line.fence
    })
    if (code === "TASK_ALREADY_COMPLETE" || (known && op === "complete")) story.done.add(task)
    if (known) story.successes.add()
    return known ? json : null
  })

  const under = ({ claim, fence, task }: Held, op: "renew" | "release" | "complete") => {
    const ttl = op === "renew" ? { ttl: pick(ttls) } : {}
    return ask(op, task, { claim, ...ttl, ...(op === "complete" ? { result: label } : {}) }, { fence, ...ttl })
  }

  while (story.left.length > 0) {
    const task = pick(story.left.slice(0, 8))
    if (chance(0.3)) yield* ask("read", task, undefined, { fence: null })
    if (old.length > 0 && chance(0.2)) yield* under(pick(old.slice(-5)), chance(0.8) ? "complete" : "release")
    const ttl = pick(ttls)
    const claimed = yield* ask("claim", task, { ttl }, { fence: null, ttl })
    if (claimed === null) {
      // Somebody has it, or nobody answered. It is chance when to come again.
      yield* Effect.sleep(random.below(100))
      continue
    }
    const held: Held = { task, claim: claimed.entry_id, fence: claimed.fence }
    old.push(held)
    if (chance(0.4)) yield* under(held, "renew")
    if (chance(0.3)) yield* ask("read", task, undefined, { fence: null })
    const next = random.below(10)
    if (next < 6) yield* under(held, "complete")
    else if (next < 8) yield* under(held, "release")
  }
})
