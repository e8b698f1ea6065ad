import { Clock, Effect } from "effect"
import { tasks } from "../contract/tasks.ts"
import type { EntryOf } from "../domain/entry.ts"
import * as E from "../domain/errors.ts"
import { decideTask } from "../engine/decide-tasks.ts"
import { factsOf } from "../engine/facts-view.ts"
import type { TaskFact } from "../engine/facts.ts"
import { keys } from "../engine/keys.ts"
import { jsonText } from "../http/answer.ts"
import { handle } from "../http/handlers.ts"
import type { Draft } from "../pacts/drafts.ts"
import type { Pact, WriteError, WriteOptions, Written } from "../pacts/Pact.ts"
import { Pacts } from "../pacts/Pacts.ts"
import { refusalError } from "../pacts/refusals.ts"
import { entryJson, isUnexpected, pageJson, pageQuery, query as run, type Unexpected, writeOnce } from "./serve.ts"

export const taskHandlers = Effect.gen(function* () {
  const pacts = yield* Pacts
  return handle(tasks, {
    list: Effect.fnUntraced(function* ({ params, query }) {
      const { read } = yield* pacts.find(params.pactId)
      const now = yield* Clock.currentTimeMillis
      return jsonText(pageJson(yield* pageQuery(() => read.tasks(query, now, query))))
    }),
    create: Effect.fnUntraced(function* ({ params, payload: { refs, ttl, ...payload }, query }) {
      const pact = yield* pacts.find(params.pactId)
      const draft: Draft = { type: "task", payload: { ...payload, status: "open" }, refs, ttl }
      const written = yield* writeOnce(pact, draft, query)
      return yield* stateAfter(pact, written.id, written)
    }),
    task: Effect.fnUntraced(function* ({ params: { id, pactId } }) {
      const pact = yield* pacts.find(pactId)
      const now = yield* Clock.currentTimeMillis
      const { cut, history, ...task } = (yield* run(() => pact.read.task(id, now))) ?? (yield* noTask(id))
      return jsonText(
        entryJson(task, `,"history":[${history.map((entry) => entryJson(entry)).join(",")}],"history_cut":${cut}`)
      )
    }),
    claim: Effect.fnUntraced(function* ({ headers, params: { id, pactId }, payload, query }) {
      const pact = yield* pacts.find(pactId)
      const { fact } = yield* findTask(pact, id)
      const change = { status: "claimed", ...workerOf(payload, headers) }
      return yield* step(pact, fact, { payload: change, refs: [id], ttl: payload.ttl }, query, isClaimError)
    }),
    renew: Effect.fnUntraced(function* ({ headers, params: { id, pactId }, payload, query }) {
      const pact = yield* pacts.find(pactId)
      const { fact } = yield* findTask(pact, id)
      const change = { status: "claimed", renew: true, ...workerOf(payload, headers) }
      const refs = refsOf(pact, fact, payload.claim, change.worker)
      return yield* step(pact, fact, { payload: change, refs, ttl: payload.ttl }, query, isFencedError)
    }),
    release: Effect.fnUntraced(function* ({ headers, params: { id, pactId }, payload, query }) {
      const pact = yield* pacts.find(pactId)
      const { fact } = yield* findTask(pact, id)
      const change = { status: "open", ...workerOf(payload, headers) }
      const refs = refsOf(pact, fact, payload.claim, change.worker)
      return yield* step(pact, fact, { payload: change, refs }, query, isFencedError)
    }),
    complete: Effect.fnUntraced(function* ({ headers, params: { id, pactId }, payload, query }) {
      const pact = yield* pacts.find(pactId)
      const { fact } = yield* findTask(pact, id)
      const result = payload.result === undefined ? {} : { result: payload.result }
      const change = { status: "complete", ...result, ...workerOf(payload, headers) }
      const refs = refsOf(pact, fact, payload.claim, change.worker)
      return yield* step(pact, fact, { payload: change, refs }, query, isCompleteError)
    })
  })
})

const noTask = (id: string) => new E.NotFound({ message: `This pact holds no task ${id}.` })

const findTask = Effect.fnUntraced(function* (pact: Pact, id: string) {
  const now = yield* Clock.currentTimeMillis
  return (yield* run(() => pact.read.taskState(id, now))) ?? (yield* noTask(id))
})

/** The body speaks before the header. All that write without a label are one worker. */
const workerOf = (
  body: { readonly worker?: string },
  headers: { readonly "openpact-agent"?: string }
): { readonly worker?: string } => {
  const worker = body.worker ?? headers["openpact-agent"]
  return worker === undefined ? {} : { worker }
}

/**
 * The refs of a step under a claim. Where the caller names none, it is the one that this very worker took last, also when
 * its lease is over: then the step is refused, and not taken for one that needs no claim.
 */
const refsOf = (pact: Pact, { claim, holder_key, id, worker }: TaskFact, named?: string, self?: string) => {
  if (named !== undefined) return [id, named]
  return claim !== null && holder_key === pact.memberKey && worker === (self ?? null) ? [id, claim] : [id]
}

type Change = Omit<Draft, "type"> & { readonly refs: ReadonlyArray<string> }

/**
 * Writes a step and answers the task after it. What the rules refuse as things stand is not even written, so that
 * workers that race, and retry, leave no trace in everybody's log. What gets in between is refused by `apply`.
 *
 * @param isRefusal tells the refusals that this step can meet. Any other is a bug.
 */
const step = <E extends Unexpected>(
  pact: Pact,
  fact: TaskFact,
  change: Change,
  options: WriteOptions,
  isRefusal: (error: WriteError) => error is E
) =>
  Effect.gen(function* () {
    const time = yield* Clock.currentTimeMillis
    const entry = { type: "task", timestamp: time, agent_id: pact.agentId, display_name: null, ...change }
    const place = { pactId: pact.pactId, writer: pact.memberKey, id: fact.id, time }
    const verdict = decideTask(entry as EntryOf<"task">, place, factsOf(new Map([[keys.task(fact.id), fact]])))
    if (!verdict.accepted) return yield* refusalError(verdict.code)
    return yield* pact.write({ type: "task", ...change }, options)
  }).pipe(
    Effect.catchIf(
      (error): error is Exclude<Unexpected, E> => isUnexpected(error) && !isRefusal(error),
      (error) => Effect.die(error)
    ),
    Effect.flatMap((written) => stateAfter(pact, fact.id, written))
  )

type FencedError = E.NotFound | E.TaskAlreadyComplete | E.NotClaimer | E.NotClaimed | E.StaleClaim
type ClaimError = E.NotFound | E.TaskAlreadyComplete | E.TaskAlreadyClaimed | E.NotAssignee

const isClaimError = (error: WriteError): error is ClaimError =>
  ["NOT_FOUND", "TASK_ALREADY_COMPLETE", "TASK_ALREADY_CLAIMED", "NOT_ASSIGNEE"].includes(error._tag)
const isFencedError = (error: WriteError): error is FencedError =>
  ["NOT_FOUND", "TASK_ALREADY_COMPLETE", "NOT_CLAIMER", "NOT_CLAIMED", "STALE_CLAIM"].includes(error._tag)
const isCompleteError = (error: WriteError): error is FencedError | E.NotAssignee =>
  isFencedError(error) || error._tag === "NOT_ASSIGNEE"

/** The task as it is now. `confirmed` and `entry_id` are those of what was just written. */
const stateAfter = Effect.fnUntraced(function* (pact: Pact, id: string, { confirmed, id: entry }: Written) {
  const now = yield* Clock.currentTimeMillis
  const task = yield* run(() => pact.read.taskState(id, now))
  // Only where the disk had no room for the read model.
  if (task === null) return yield* new E.ViewTimeout({ message: `Entry ${entry} is written, and can't be shown yet.` })
  return jsonText(entryJson({ body: task.body, confirmed }, `,"entry_id":"${entry}"`))
})
