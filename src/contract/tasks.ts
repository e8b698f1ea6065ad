import { Schema } from "effect"
import { HttpApi, HttpApiEndpoint, HttpApiGroup, OpenApi } from "effect/http-api"
import { Refs } from "../domain/entry.ts"
import {
  NotAssignee,
  NotClaimed,
  NotClaimer,
  NotFound,
  StaleClaim,
  TaskAlreadyClaimed,
  TaskAlreadyComplete
} from "../domain/errors.ts"
import { AgentId, EntryId } from "../domain/ids.ts"
import { limits } from "../domain/limits.ts"
import { DisplayName, text, Timestamp, Ttl, Worker } from "../domain/payloads.ts"
import { inList, inPact, inWrite, keyed } from "./errors.ts"
import { agent, BodyOptional, keepUnknown, pact, page, pageOf, write } from "./parameters.ts"
import { Bearer } from "./security.ts"
import { TaskEntryView } from "./views.ts"

export const TaskStatus = Schema.Literals(["open", "claimed", "complete"])

/**
 * What a task is now. `claim` is the claim in force, `fence` counts the accepted claims, `claim_expires_at` is the end of
 * the lease. A claim that has run out shows as `open`, with `expired_at`. `confirmed` is about the last change.
 */
const state = {
  id: EntryId,
  title: text(limits.title),
  description: Schema.NullOr(Schema.String),
  status: TaskStatus,
  claimed_by: Schema.NullOr(AgentId),
  worker: Schema.NullOr(Worker),
  claim: Schema.NullOr(EntryId),
  fence: Schema.Int,
  claim_expires_at: Schema.NullOr(Schema.Int),
  assigned_to: Schema.NullOr(AgentId),
  result: Schema.Unknown,
  timestamp: Timestamp,
  updated_at: Timestamp,
  claimed_at: Schema.NullOr(Timestamp),
  expired_at: Schema.NullOr(Schema.Int),
  agent_id: AgentId,
  display_name: Schema.NullOr(DisplayName),
  refs: Refs,
  confirmed: Schema.Boolean
}
export const TaskView = Schema.Struct(state).annotate({ identifier: "Task" })
export type TaskView = typeof TaskView.Type

/**
 * `history` are the entry that made it and those that changed it, oldest first. Of more than 999 changes it holds the last,
 * and `history_cut` is true: `GET /v1/pacts/:pactId/entries/:id/referenced-by` has all of them, page by page.
 */
export const TaskWithHistory = Schema.Struct({
  ...state,
  history: Schema.Array(TaskEntryView),
  history_cut: Schema.Boolean
}).annotate({ identifier: "TaskWithHistory" })

/** `entry_id` is the entry that this write made: of a claim, what to name as `claim` from now on. */
export const TaskWritten = Schema.Struct({ ...state, entry_id: EntryId }).annotate({ identifier: "TaskWritten" })

/** `ttl` is how long a claim of it lasts, in ms, 24 h without. Fields that are not named here are kept in the payload. */
export const NewTask = Schema.Struct({
  title: text(limits.title),
  description: Schema.optionalKey(Schema.String),
  assigned_to: Schema.optionalKey(AgentId),
  ttl: Schema.optionalKey(Ttl),
  status: Schema.optionalKey(Schema.Literal("open")),
  refs: Schema.optionalKey(Refs)
}).annotate({ identifier: "NewTask" })

const worker = { worker: Schema.optionalKey(Worker) }
const under = { claim: Schema.optionalKey(EntryId), ...worker }

/** `ttl` is how long this claim lasts without a renewal, in ms. `worker` goes before the header `OpenPact-Agent`. */
export const ClaimTask = Schema.Struct({ ttl: Schema.optionalKey(Ttl), ...worker }).annotate({
  identifier: "ClaimTask"
})
/** Without `claim` the one that this worker holds is meant. The lease starts anew, with the claim's ttl or this one. */
export const RenewTask = Schema.Struct({ ...under, ttl: Schema.optionalKey(Ttl) }).annotate({
  identifier: "RenewTask"
})
export const ReleaseTask = Schema.Struct(under).annotate({ identifier: "ReleaseTask" })
/** `result` is any JSON. An open task may be completed without a claim. */
export const CompleteTask = Schema.Struct({ result: Schema.optionalKey(Schema.Unknown), ...under }).annotate({
  identifier: "CompleteTask"
})

const task = { ...pact, id: EntryId }
const refused = [...inWrite, NotFound, TaskAlreadyComplete] as const
const fenced = [...refused, NotClaimer, NotClaimed, StaleClaim] as const
const step = { params: task, query: write, headers: agent, success: TaskWritten }

export const tasks = HttpApiGroup.make("tasks")
  .add(
    HttpApiEndpoint.get("list", "/v1/pacts/:pactId/tasks", {
      params: pact,
      query: {
        ...page,
        status: Schema.optionalKey(TaskStatus),
        assigned_to: Schema.optionalKey(AgentId),
        claimed_by: Schema.optionalKey(AgentId)
      },
      success: pageOf(TaskView),
      error: inList
    }).annotateMerge(OpenApi.annotations({ summary: "Tasks, by status, assignee and claimer." })),
    HttpApiEndpoint.post("create", "/v1/pacts/:pactId/tasks", {
      params: pact,
      query: write,
      payload: NewTask,
      success: TaskWritten,
      error: [...inWrite, ...keyed]
    })
      .annotate(HttpApi.PayloadParseOptions, keepUnknown)
      .annotateMerge(OpenApi.annotations({ summary: "Makes a task that is open to be claimed." })),
    HttpApiEndpoint.get("task", "/v1/pacts/:pactId/tasks/:id", {
      params: task,
      success: TaskWithHistory,
      error: [...inPact, NotFound]
    }).annotateMerge(OpenApi.annotations({ summary: "One task, with what led to its state." })),
    HttpApiEndpoint.put("claim", "/v1/pacts/:pactId/tasks/:id/claim", {
      ...step,
      payload: ClaimTask,
      error: [...refused, TaskAlreadyClaimed, NotAssignee]
    })
      .annotate(BodyOptional, true)
      .annotateMerge(
        OpenApi.annotations({
          summary: "Takes a task for a time.",
          description:
            "`confirmed: false` means that the claim may still lose against one of another machine. Work that must not " +
            "be done twice starts with `wait=confirmed`."
        })
      ),
    HttpApiEndpoint.put("renew", "/v1/pacts/:pactId/tasks/:id/renew", {
      ...step,
      payload: RenewTask,
      error: fenced
    })
      .annotate(BodyOptional, true)
      .annotateMerge(OpenApi.annotations({ summary: "Makes a claim last longer." })),
    HttpApiEndpoint.put("release", "/v1/pacts/:pactId/tasks/:id/release", {
      ...step,
      payload: ReleaseTask,
      error: fenced
    })
      .annotate(BodyOptional, true)
      .annotateMerge(OpenApi.annotations({ summary: "Gives a claimed task back." })),
    HttpApiEndpoint.put("complete", "/v1/pacts/:pactId/tasks/:id/complete", {
      ...step,
      payload: CompleteTask,
      error: [...fenced, NotAssignee]
    })
      .annotate(BodyOptional, true)
      .annotateMerge(OpenApi.annotations({ summary: "Ends a task, with its result." }))
  )
  .middleware(Bearer)
  .annotateMerge(OpenApi.annotations({ title: "Tasks" }))
