import { Clock, Data, Effect, Option, Queue, Schedule, Schema, Stream } from "effect"
import type { TaskView } from "../contract/tasks.ts"
import { isAway } from "./away.ts"
import { eventsOf } from "./events.ts"
import { makeReach, type Reach } from "./reach.ts"

/** The work could not be done: the task is given back. */
export class TaskFailed extends Data.TaggedError("TaskFailed")<{ readonly message: string }> {}

/** A task that this worker holds. `claim` is what renewals and the completion name. */
export type HeldTask = TaskView & { readonly claim: string }

export type WorkEvent =
  | { readonly type: "waiting" }
  | { readonly type: "claimed" | "complete"; readonly task: TaskView }
  | { readonly type: "failed" | "lost"; readonly task: TaskView; readonly reason: string }

export interface WorkOptions<R> {
  readonly home: string
  /** An alias, an id or `default`. */
  readonly pactId: string
  /** What others see of this worker, 1..64. Six hex digits are added, so that no two are the same. */
  readonly worker: string
  /** How long a claim lasts without a renewal, ms: what a worker that is killed keeps others from its task. */
  readonly ttl: number
  /**
   * Does one task. What it answers becomes the result, undefined for none. It is interrupted when the claim is lost, and
   * has stopped all it began when that has ended.
   */
  readonly run: (task: HeldTask) => Effect.Effect<unknown, TaskFailed, R>
  readonly tell: (event: WorkEvent) => Effect.Effect<void>
  /** Ends when no task is open for this worker. Otherwise it waits for the next one, for ever. */
  readonly drain: boolean
  /** Ends after so many tasks, done or failed. */
  readonly max?: number | undefined
}

type Outcome =
  | { readonly type: "ok"; readonly result: unknown }
  | { readonly type: "failed"; readonly reason: string }
  | { readonly type: "lost"; readonly reason: string }

/** How long is waited at most without looking: a claim of somebody who was killed runs out without an event. */
const longestWait = 30_000

/**
 * Takes open tasks one by one and does them. A task is claimed and the claim confirmed before its work begins, renewed
 * while it goes on, completed under that very claim, and released when the work failed or this ends. A daemon that goes
 * away is waited for.
 */
export const workTasks = Effect.fnUntraced(function* <R>(options: WorkOptions<R>) {
  const { drain, max = Infinity, tell, ttl } = options
  const reach = yield* makeReach(options.home)
  const { peer_handle: self, pact_id: pactId } = yield* reach.ask((client) =>
    client.pact.status({ params: { pactId: options.pactId } })
  )
  const worker = yield* Effect.sync(() => `${options.worker.slice(0, 57)}-${randomHex(6)}`)
  const at = (task: TaskView) => ({ params: { pactId, id: task.id }, headers: {}, query: {} })

  /** Tasks that failed here, with the fence of the claim: they are left to others until somebody else had them. */
  const failed = new Map<string, number>()
  const mayTake = (task: TaskView) =>
    (task.assigned_to === null || task.assigned_to === self) && failed.get(task.id) !== task.fence

  const claim = (task: TaskView) =>
    Effect.gen(function* () {
      // The lease counts from before the request, so that it is never thought to last longer than it does.
      const until = (yield* Clock.currentTimeMillis) + ttl
      const claimed = yield* reach.ask((client) =>
        client.tasks.claim({ ...at(task), query: { wait: "confirmed" }, payload: { ttl, worker } })
      )
      return { task: { ...claimed, claim: claimed.entry_id }, until }
    }).pipe(
      Effect.catchIf(isTaken, () => Effect.succeed(null)),
      // It may have been taken, and nobody knows whether it will be confirmed: it is given back.
      Effect.catchIf(isUnsure, () => Effect.as(release(task), null))
    )

  /** Gives back what this worker holds, if it holds it. */
  const release = (task: TaskView, claim?: string) =>
    Effect.ignore(
      reach.insist((client) =>
        client.tasks.release({ ...at(task), payload: { worker, ...(claim === undefined ? {} : { claim }) } })
      )
    )

  /** Renews until that can't be done any more, and says why. */
  const hold = (task: HeldTask, first: number) => {
    let until = first
    const renew = Effect.gen(function* () {
      const next = (yield* Clock.currentTimeMillis) + ttl
      yield* reach.insist((client) => client.tasks.renew({ ...at(task), payload: { claim: task.claim, worker } }))
      until = next
    })
    const inTime = Effect.gen(function* () {
      const left = until - (yield* Clock.currentTimeMillis)
      return yield* Effect.timeoutOption(renew, Math.max(0, left))
    })
    return Effect.sleep(ttl / 3).pipe(
      Effect.andThen(inTime),
      Effect.repeat({ while: Option.isSome }),
      Effect.as("The lease ran out, and the daemon could not be asked for more time."),
      Effect.catch((error) => Effect.succeed(`${error._tag}: ${messageOf(error)}`)),
      Effect.map((reason): Outcome => ({ type: "lost", reason }))
    )
  }

  /** The answer to a completion may be lost with the daemon. Then the task says whose it was. */
  const complete = (task: HeldTask, result: unknown) =>
    reach
      .insist((client) =>
        client.tasks.complete({
          ...at(task),
          payload: { claim: task.claim, worker, ...(result === undefined ? {} : { result }) }
        })
      )
      .pipe(
        Effect.catchTag("TASK_ALREADY_COMPLETE", (error) =>
          Effect.flatMap(
            reach.insist((client) => client.tasks.task({ params: { pactId, id: task.id } })),
            (now) => (now.claim === task.claim ? Effect.succeed(now) : Effect.fail(error))
          )
        )
      )

  const perform = Effect.fnUntraced(function* (task: HeldTask, until: number) {
    yield* tell({ type: "claimed", task })
    const outcome = yield* options.run(task).pipe(
      Effect.map((result): Outcome => ({ type: "ok", result })),
      Effect.catchTag("TaskFailed", ({ message }) => Effect.succeed<Outcome>({ type: "failed", reason: message })),
      Effect.raceFirst(hold(task, until)),
      Effect.onInterrupt(() => Effect.asVoid(Effect.timeoutOption(release(task, task.claim), "5 seconds")))
    )
    if (outcome.type === "ok") {
      const ended = yield* Effect.result(complete(task, outcome.result))
      if (ended._tag === "Success") return yield* tell({ type: "complete", task: ended.success })
      const { failure } = ended
      if (!isOver(failure)) yield* release(task, task.claim)
      failed.set(task.id, task.fence)
      const type = isOver(failure) ? "lost" : "failed"
      return yield* tell({ type, task, reason: `${failure._tag}: ${messageOf(failure)}` })
    }
    if (outcome.type === "failed") {
      failed.set(task.id, task.fence)
      yield* release(task, task.claim)
    }
    yield* tell({ type: outcome.type, task, reason: outcome.reason })
  })

  /** Takes and does the first open task that can be had. */
  const takeOne = Effect.gen(function* () {
    let cursor: string | null = null
    do {
      const page: { readonly entries: ReadonlyArray<TaskView>; readonly cursor: string | null } = yield* openPage(
        reach,
        pactId,
        cursor
      )
      for (const open of turned(page.entries.filter(mayTake))) {
        const claimed = yield* claim(open)
        if (claimed === null) continue
        yield* perform(claimed.task, claimed.until)
        return true
      }
      cursor = page.cursor
    } while (cursor !== null)
    return false
  })

  const news = yield* Queue.sliding<void>(1)
  yield* Effect.forkScoped(listen(reach, pactId, news))
  for (let taken = 0; taken < max;) {
    if (yield* takeOne) {
      taken++
      continue
    }
    if (drain) return
    yield* tell({ type: "waiting" })
    const wait = yield* soonest(reach, pactId)
    yield* Effect.timeoutOption(Queue.take(news), wait)
  }
})

/** A page of open tasks. One that was cut off by a change of the list starts anew. */
const openPage = (reach: Reach, pactId: string, cursor: string | null) =>
  reach.insist((client) =>
    client.tasks.list({
      params: { pactId },
      query: { status: "open", order: "asc", limit: 100, ...(cursor === null ? {} : { cursor }) }
    })
  )

/** How long until the first of the claims of others may run out, ms. */
const soonest = Effect.fnUntraced(function* (reach: Reach, pactId: string) {
  const { entries } = yield* reach.insist((client) =>
    client.tasks.list({ params: { pactId }, query: { status: "claimed", limit: 1000 } })
  )
  const now = yield* Clock.currentTimeMillis
  const ends = entries.flatMap(({ claim_expires_at: end }) => (end === null ? [] : [end - now]))
  return Math.max(10, Math.min(longestWait, ...ends))
})

/** Says whenever a task is open, and whenever that may have been missed. */
const listen = (reach: Reach, pactId: string, news: Queue.Queue<void>) =>
  reach
    .ask((client) =>
      Stream.runForEach(eventsOf(client, { pact: pactId, types: "task-changed" }), ({ data, event }) =>
        event === "task-changed" && !isOpen(data) ? Effect.void : Queue.offer(news, undefined)
      )
    )
    .pipe(Effect.ignore, Effect.repeat(Schedule.spaced("250 millis")))

const TaskChanged = Schema.fromJsonString(Schema.Struct({ task: Schema.Struct({ status: Schema.String }) }))
const isOpen = (data: string): boolean =>
  Option.exists(Schema.decodeUnknownOption(TaskChanged)(data), ({ task }) => task.status === "open")

interface Failure {
  readonly _tag: string
}
const messageOf = (error: object): string => ("message" in error ? String(error.message) : "")

/** Somebody else was faster. */
const isTaken = ({ _tag }: Failure): boolean =>
  ["TASK_ALREADY_CLAIMED", "TASK_ALREADY_COMPLETE", "NOT_ASSIGNEE", "NOT_FOUND"].includes(_tag)
const isUnsure = (error: Failure): boolean => error._tag === "VIEW_TIMEOUT" || isAway(error)
/** The claim is over, whatever became of the task. */
const isOver = ({ _tag }: Failure): boolean =>
  ["STALE_CLAIM", "NOT_CLAIMER", "NOT_CLAIMED", "TASK_ALREADY_COMPLETE", "NOT_FOUND"].includes(_tag)

/** The same from a place of chance on, so that workers don't all go for the same one. */
const turned = <A>(list: ReadonlyArray<A>): ReadonlyArray<A> => {
  const first = Math.floor(Math.random() * Math.min(list.length, crowd))
  return [...list.slice(first), ...list.slice(0, first)]
}
/** The oldest tasks come first, give or take as many as there may be workers. */
const crowd = 16

const randomHex = (digits: number): string =>
  [...crypto.getRandomValues(new Uint8Array(digits))].map((byte) => (byte & 15).toString(16)).join("")
