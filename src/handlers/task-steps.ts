import { Clock, Duration, Effect } from "effect"
import type { EntryOf } from "../domain/entry.ts"
import * as E from "../domain/errors.ts"
import { decideTask } from "../engine/decide-tasks.ts"
import { factsOf } from "../engine/facts-view.ts"
import type { TaskFact } from "../engine/facts.ts"
import { keys } from "../engine/keys.ts"
import { jsonText } from "../http/answer.ts"
import type { Draft } from "../pacts/drafts.ts"
import { confirmTime, type Pact, type WriteError, type WriteOptions, type Written } from "../pacts/Pact.ts"
import { refusalError } from "../pacts/refusals.ts"
import { endOf } from "../projection/tasks.ts"
import { entryJson, isUnexpected, query as run, type Unexpected } from "./serve.ts"

export const noTask = (id: string) => new E.NotFound({ message: `This pact holds no task ${id}.` })

type Change = Omit<Draft, "type"> & { readonly refs: ReadonlyArray<string> }
/** A step, as the state of its task has it. */
type ChangeOf = (fact: TaskFact) => Change

/**
 * A step under a claim. Where the caller names none, it is the one that this very worker took last, also when its lease is
 * over: then the step is refused, and not taken for one that needs no claim.
 */
export const under =
  (pact: Pact, payload: Change["payload"] & { readonly worker?: string }, named?: string, ttl?: number): ChangeOf =>
  ({ claim, holder_key, id, worker }) => {
    const own = holder_key === pact.memberKey && worker === (payload.worker ?? null) ? claim : null
    const ref = named ?? own
    return { payload, refs: ref === null ? [id] : [id, ref], ...(ttl === undefined ? {} : { ttl }) }
  }

/**
 * What the rules say of a step as things stand, whether all that its task went through is confirmed, and after how many ms
 * the lease of its claim runs out.
 */
const judged = Effect.fnUntraced(function* (pact: Pact, id: string, changeOf: ChangeOf) {
  const time = yield* Clock.currentTimeMillis
  const { confirmed, fact } = (yield* run(() => pact.read.taskState(id, time))) ?? (yield* noTask(id))
  const change = changeOf(fact)
  const entry = { type: "task", timestamp: time, agent_id: pact.agentId, display_name: null, ...change }
  const place = { pactId: pact.pactId, writer: pact.memberKey, id, time }
  const verdict = decideTask(entry as EntryOf<"task">, place, factsOf(new Map([[keys.task(id), fact]])))
  const end = endOf(fact, time)
  const lapses = end !== null && end > time ? end - time : null
  return { change, confirmed, verdict, lapses }
})

/** Ends after so many ms. Null: never. Timers hold 24 days at most. */
const lapse = (ms: number | null) => (ms === null ? Effect.never : Effect.sleep(Math.min(ms, day)))
const day = 24 * 60 * 60 * 1000

/** The same once nothing can change it but what is yet to come, for a step that is refused until then. */
const judgedForGood = Effect.fnUntraced(function* (pact: Pact, id: string, changeOf: ChangeOf) {
  for (;;) {
    // Looked at first, so that what is confirmed while it is judged is not missed.
    const seen = pact.read.confirmed
    const found = yield* judged(pact, id, changeOf)
    if (found.verdict.accepted || found.confirmed) return found
    // The lease that is in its way may also run out, whoever is there to confirm it.
    yield* Effect.raceFirst(
      pact.until(() => (pact.read.confirmed === seen ? null : true)),
      lapse(found.lapses)
    )
  }
})

/**
 * Writes a step and answers the task after it. What the rules refuse as things stand is not even written, so that
 * workers that race, and retry, leave no trace in everybody's log. What gets in between is refused by `apply`. Who waits
 * for confirmation is not refused for something that may yet be undone.
 *
 * @param isRefusal tells the refusals that this step can meet. Any other is a bug.
 */
export const step = <E extends Unexpected>(
  pact: Pact,
  id: string,
  changeOf: ChangeOf,
  options: WriteOptions,
  isRefusal: (error: WriteError) => error is E
) =>
  Effect.gen(function* () {
    const patience = options.timeout_ms ?? confirmTime
    const began = yield* Clock.currentTimeMillis
    const { change, verdict } = yield* options.wait === "confirmed"
      ? judgedForGood(pact, id, changeOf).pipe(
          Effect.timeoutOrElse({ duration: Duration.millis(patience), orElse: () => unsettled(id, patience) })
        )
      : judged(pact, id, changeOf)
    const left = patience - ((yield* Clock.currentTimeMillis) - began)
    const written = verdict.accepted
      ? pact.write({ type: "task", ...change }, { ...options, timeout_ms: Math.max(1, left) })
      : Effect.fail<WriteError>(refusalError(verdict.code))
    return yield* Effect.catchIf(
      written,
      (error): error is Exclude<Unexpected, E> => isUnexpected(error) && !isRefusal(error),
      (error) => Effect.die(error)
    )
  }).pipe(Effect.flatMap((written) => stateAfter(pact, id, written)))

const unsettled = (id: string, patience: number) =>
  new E.ViewTimeout({
    message: `What others did to task ${id} rules this out, but no majority of indexers confirmed it within ${patience} ms. Nothing was written. Try again.`
  })

type FencedError = E.NotFound | E.TaskAlreadyComplete | E.NotClaimer | E.NotClaimed | E.StaleClaim
type ClaimError = E.NotFound | E.TaskAlreadyComplete | E.TaskAlreadyClaimed | E.NotAssignee

export const isClaimError = (error: WriteError): error is ClaimError =>
  ["NOT_FOUND", "TASK_ALREADY_COMPLETE", "TASK_ALREADY_CLAIMED", "NOT_ASSIGNEE"].includes(error._tag)
export const isFencedError = (error: WriteError): error is FencedError =>
  ["NOT_FOUND", "TASK_ALREADY_COMPLETE", "NOT_CLAIMER", "NOT_CLAIMED", "STALE_CLAIM"].includes(error._tag)
export const isCompleteError = (error: WriteError): error is FencedError | E.NotAssignee =>
  isFencedError(error) || error._tag === "NOT_ASSIGNEE"

/** The task as it is now. `confirmed` and `entry_id` are those of what was just written. */
export const stateAfter = Effect.fnUntraced(function* (pact: Pact, id: string, { confirmed, id: entry }: Written) {
  const now = yield* Clock.currentTimeMillis
  const task = yield* run(() => pact.read.taskState(id, now))
  // Only where the disk had no room for the read model.
  if (task === null) return yield* new E.ViewTimeout({ message: `Entry ${entry} is written, and can't be shown yet.` })
  return jsonText(entryJson({ body: task.body, confirmed }, `,"entry_id":"${entry}"`))
})
