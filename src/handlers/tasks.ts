import { Clock, Effect } from "effect"
import { tasks } from "../contract/tasks.ts"
import { jsonText } from "../http/answer.ts"
import { handle } from "../http/handlers.ts"
import type { Draft } from "../pacts/drafts.ts"
import { Pacts } from "../pacts/Pacts.ts"
import { entryJson, pageJson, pageQuery, query as run, writeOnce } from "./serve.ts"
import { isClaimError, isCompleteError, isFencedError, noTask, stateAfter, step, under } from "./task-steps.ts"

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
      const change = { status: "claimed", ...workerOf(payload, headers) }
      const draft = () => ({ payload: change, refs: [id], ttl: payload.ttl })
      return yield* step(pact, id, draft, query, isClaimError)
    }),
    renew: Effect.fnUntraced(function* ({ headers, params: { id, pactId }, payload, query }) {
      const pact = yield* pacts.find(pactId)
      const change = { status: "claimed", renew: true, ...workerOf(payload, headers) }
      const draft = under(pact, change, payload.claim, payload.ttl)
      return yield* step(pact, id, draft, query, isFencedError)
    }),
    release: Effect.fnUntraced(function* ({ headers, params: { id, pactId }, payload, query }) {
      const pact = yield* pacts.find(pactId)
      const change = { status: "open", ...workerOf(payload, headers) }
      return yield* step(pact, id, under(pact, change, payload.claim), query, isFencedError)
    }),
    complete: Effect.fnUntraced(function* ({ headers, params: { id, pactId }, payload, query }) {
      const pact = yield* pacts.find(pactId)
      const result = payload.result === undefined ? {} : { result: payload.result }
      const change = { status: "complete", ...result, ...workerOf(payload, headers) }
      return yield* step(pact, id, under(pact, change, payload.claim), query, isCompleteError)
    })
  })
})

/** The body speaks before the header. All that write without a label are one worker. */
const workerOf = (
  body: { readonly worker?: string },
  headers: { readonly "openpact-agent"?: string }
): { readonly worker?: string } => {
  const worker = body.worker ?? headers["openpact-agent"]
  return worker === undefined ? {} : { worker }
}
