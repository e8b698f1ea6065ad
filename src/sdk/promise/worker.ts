import { OpenPactError } from "./errors.ts"
import type { HostMethods, PactMethods } from "./generated/methods.ts"
import type { Task } from "./generated/types.ts"
import { insist, isAway, pause } from "./retry.ts"

/** A task that this worker holds. `claim` is what renewals and the completion name. */
export type HeldTask = Task & { readonly claim: string }

export type WorkEvent =
  | { readonly type: "waiting" }
  | { readonly type: "claimed" | "complete"; readonly task: Task }
  | { readonly type: "failed" | "lost" | "unconfirmed"; readonly task: Task; readonly reason: string }

export interface WorkOptions {
  /**
   * Does one task. What it answers becomes the result: any JSON, undefined for none. A task whose work throws is given
   * back, and left to others. The signal is aborted when the claim is lost or the worker is to stop: the worker goes on
   * when this has ended.
   */
  readonly run: (task: HeldTask, context: { readonly signal: AbortSignal }) => unknown
  /** What others see of this worker, 1..64. Six hex digits are added, so that no two are the same. */
  readonly worker?: string | undefined
  /** How long a claim lasts without a renewal, ms: what a worker that is killed keeps others from its task. 60,000. */
  readonly ttl?: number | undefined
  /** Ends when no task is open for this worker. Otherwise it waits for the next one. */
  readonly drain?: boolean | undefined
  /** Ends after so many tasks, done or failed. */
  readonly max?: number | undefined
  /** Ends it: the task in hand is given back. */
  readonly signal?: AbortSignal | undefined
  /** Is told what happens. */
  readonly onEvent?: ((event: WorkEvent) => void) | undefined
}

/** How long is waited at most without looking, ms: a claim of somebody who was killed runs out without an event. */
const longestWait = 30_000
/**
 * The oldest task comes first. Where others are after it too, so many tasks are chosen by chance, each of the oldest as many as
 * there may be workers: else all would go for the same one again and again.
 */
const wary = 8
const crowd = 16

/** @param at the methods of a pact by its id: what it is called may change while the worker is at it. */
export const work = async (
  host: HostMethods,
  named: PactMethods,
  at: (pactId: string) => PactMethods,
  options: WorkOptions
): Promise<void> => {
  const { drain = false, max = Infinity, onEvent = () => {}, ttl = 60_000 } = options
  const stop = new AbortController()
  const end = () => stop.abort(options.signal?.reason)
  options.signal?.addEventListener("abort", end, { once: true })
  if (options.signal?.aborted === true) end()
  const { signal } = stop
  try {
    const { pact_id, peer_handle: self } = await named.status({ signal })
    const pact = at(pact_id)
    const worker = `${(options.worker ?? "worker").slice(0, 57)}-${randomHex(6)}`
    const held = { pact, signal, worker, ttl, onEvent, run: options.run }
    /** Tasks that failed here, with the fence of the claim: they are left to others until somebody else had them. */
    const failed = new Map<string, number>()
    /** How many tasks are still chosen by chance. */
    let rivals = 0
    const mayTake = (task: Task) =>
      (task.assigned_to === null || task.assigned_to === self) && failed.get(task.id) !== task.fence

    /** Takes and does the first open task that can be had. */
    const takeOne = async (): Promise<boolean> => {
      for await (const { entries } of openTasks(pact, signal)) {
        const left = entries.filter(mayTake)
        while (left.length > 0) {
          const [open] = left.splice(rivals > 0 ? oneOf(Math.min(left.length, crowd)) : 0, 1) as [Task]
          const claimed = await claim(held, open)
          rivals = claimed === null ? wary : Math.max(0, rivals - 1)
          if (claimed === null) continue
          if ((await perform(held, claimed)) === "failed") failed.set(open.id, claimed.task.fence)
          return true
        }
      }
      return false
    }

    const news = makeBell()
    const listening = listen(host, pact_id, news.ring, signal)
    try {
      for (let taken = 0; taken < max;) {
        if (await insist(takeOne, signal)) {
          taken++
          continue
        }
        if (drain) return
        onEvent({ type: "waiting" })
        await news.heard(await insist(() => soonest(pact, signal), signal), signal)
      }
    } finally {
      stop.abort()
      await listening
    }
  } catch (error) {
    if (options.signal?.aborted !== true) throw error
  } finally {
    options.signal?.removeEventListener("abort", end)
  }
}

interface Held {
  readonly pact: PactMethods
  readonly signal: AbortSignal
  readonly worker: string
  readonly ttl: number
  readonly onEvent: (event: WorkEvent) => void
  readonly run: WorkOptions["run"]
}

interface Claimed {
  readonly task: HeldTask
  /** When the lease ends, ms of `performance.now()`. */
  readonly until: number
}

const claim = async (held: Held, open: Task): Promise<Claimed | null> => {
  const { onEvent, pact, signal, ttl, worker } = held
  // The lease counts from before the request, so that it is never thought to last longer than it does.
  const until = performance.now() + ttl
  try {
    const task = await pact.tasks.claim(open.id, { ttl, worker }, { wait: "confirmed", signal, retries: 0 })
    return { task: { ...task, claim: task.entry_id }, until }
  } catch (error) {
    if (isTaken(error)) return null
    // It may have been taken, and nobody knows whether it will be confirmed: it is given back.
    await release(held, open)
    if (isCode(error, ["VIEW_TIMEOUT"])) onEvent({ type: "unconfirmed", task: open, reason: reasonOf(error) })
    if (signal.aborted || !isAway(error)) throw error
    return null
  }
}

/** Gives back what this worker holds, if it holds it. */
const release = async (
  { pact, worker }: Held,
  { claim, id }: { readonly id: string; readonly claim?: string | null }
) => {
  const signal = AbortSignal.timeout(5000)
  const body = { worker, ...(typeof claim === "string" ? { claim } : {}) }
  // What can't be given back in time runs out by itself.
  await insist(() => pact.tasks.release(id, body, { signal }), signal).catch(() => {})
}

/** Does a task that is held. What became of it is told, too. */
const perform = async (held: Held, { task, until }: Claimed): Promise<"complete" | "failed" | "lost"> => {
  const { onEvent, signal } = held
  onEvent({ type: "claimed", task })
  const over = new AbortController()
  const working = AbortSignal.any([signal, over.signal])
  const holding = hold(held, task, until, working).then((reason) => {
    if (reason !== null) over.abort(new Error(reason))
    return reason
  })
  const outcome = await attempt(() => held.run(task, { signal: working }))
  if (!over.signal.aborted) over.abort()
  const lost = await holding
  if (lost !== null) {
    onEvent({ type: "lost", task, reason: lost })
    return "lost"
  }
  const ended = outcome.ok ? await attempt(() => complete(held, task, outcome.value)) : outcome
  if (ended.ok) {
    onEvent({ type: "complete", task: ended.value as Task })
    return "complete"
  }
  const type = isOver(ended.error) ? "lost" : "failed"
  if (type === "failed") await release(held, task)
  signal.throwIfAborted()
  onEvent({ type, task, reason: reasonOf(ended.error) })
  return type
}

type Outcome<A> = { readonly ok: true; readonly value: A } | { readonly ok: false; readonly error: unknown }

const attempt = async <A>(run: () => A): Promise<Outcome<Awaited<A>>> => {
  try {
    return { ok: true, value: await run() }
  } catch (error) {
    return { ok: false, error }
  }
}

/** Renews until that can't be done any more, and says why. Null where the work was over before. */
const hold = async ({ pact, ttl, worker }: Held, task: HeldTask, first: number, working: AbortSignal) => {
  let until = first
  try {
    while (true) {
      await pause(ttl / 3, working)
      const next = performance.now() + ttl
      const late = AbortSignal.timeout(Math.max(0, Math.round(until - performance.now())))
      const signal = AbortSignal.any([working, late])
      const renewed = await attempt(() =>
        insist(() => pact.tasks.renew(task.id, { claim: task.claim, worker }, { signal }), signal)
      )
      if (working.aborted) return null
      if (!renewed.ok) return late.aborted ? outOfTime : reasonOf(renewed.error)
      until = next
    }
  } catch {
    return null
  }
}
const outOfTime = "The lease ran out, and the daemon could not be asked for more time."

/** The answer to a completion may be lost with the daemon. Then the task says whose it was. */
const complete = async (held: Held, task: HeldTask, result: unknown): Promise<Task> => {
  const { pact, worker } = held
  // Work that was done counts, also when it was told to stop meanwhile.
  const signal = held.signal.aborted ? AbortSignal.timeout(5000) : held.signal
  try {
    const body = { claim: task.claim, worker, ...(result === undefined ? {} : { result }) }
    return await insist(() => pact.tasks.complete(task.id, body, { signal }), signal)
  } catch (error) {
    if (!isCode(error, ["TASK_ALREADY_COMPLETE"])) throw error
    const now = await insist(() => pact.tasks.task(task.id, { signal }), signal)
    if (now.claim !== task.claim) throw error
    return now
  }
}

/** Pages of open tasks, the oldest first. */
const openTasks = (pact: PactMethods, signal: AbortSignal) =>
  pact.tasks.list({ status: "open", order: "asc", limit: 100, signal }).pages()

/** How long until the first of the claims of others may run out, ms. */
const soonest = async (pact: PactMethods, signal: AbortSignal): Promise<number> => {
  const { entries } = await pact.tasks.list({ status: "claimed", limit: 1000, signal })
  const now = Date.now()
  const ends = entries.flatMap(({ claim_expires_at: end }) => (end === null ? [] : [end - now]))
  return Math.max(10, Math.min(longestWait, ...ends))
}

/** Rings whenever a task is open, and whenever that may have been missed. */
const listen = async (host: HostMethods, pactId: string, ring: () => void, signal: AbortSignal): Promise<void> => {
  const hear = async () => {
    for await (const event of host.events.stream({ pact: pactId, types: "task-changed", signal })) {
      if (event.event !== "task-changed" || event.data.task.status === "open") ring()
    }
  }
  // Without events it is looked for now and then all the same.
  while (!signal.aborted) await insist(hear, signal).catch(() => pause(longestWait, signal).catch(() => {}))
}

/** Something that may have rung before anybody listened. */
const makeBell = () => {
  let rung = false
  let wake = () => {}
  return {
    ring: () => {
      rung = true
      wake()
    },
    /** Waits until it rings, or so long. */
    heard: async (ms: number, signal: AbortSignal) => {
      const up = new AbortController()
      wake = () => up.abort()
      if (rung) up.abort()
      await pause(ms, AbortSignal.any([signal, up.signal])).catch(() => {})
      rung = false
      signal.throwIfAborted()
    }
  }
}

const isCode = (error: unknown, codes: ReadonlyArray<string>): boolean =>
  error instanceof OpenPactError && codes.includes(error.code)
/** Somebody else was faster. */
const isTaken = (error: unknown) =>
  isCode(error, ["TASK_ALREADY_CLAIMED", "TASK_ALREADY_COMPLETE", "NOT_ASSIGNEE", "NOT_FOUND"])
/** The claim is over, whatever became of the task. */
const isOver = (error: unknown) =>
  isCode(error, ["STALE_CLAIM", "NOT_CLAIMER", "NOT_CLAIMED", "TASK_ALREADY_COMPLETE", "NOT_FOUND"])
const reasonOf = (error: unknown): string =>
  error instanceof OpenPactError
    ? `${error.code}: ${error.message}`
    : error instanceof Error
      ? error.message
      : String(error)

const oneOf = (many: number): number => Math.floor(Math.random() * many)

const randomHex = (digits: number): string =>
  [...crypto.getRandomValues(new Uint8Array(digits))].map((byte) => (byte & 15).toString(16)).join("")
