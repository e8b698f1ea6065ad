import { Effect } from "effect"
import { knowledge } from "../contract/knowledge.ts"
import { limits } from "../domain/limits.ts"
import { handle } from "../http/handlers.ts"
import { Pacts } from "../pacts/Pacts.ts"
import { listOf, query as run, writeOnce, writtenJson } from "./serve.ts"

export const knowledgeHandlers = Effect.gen(function* () {
  const pacts = yield* Pacts
  return handle(knowledge, {
    list: Effect.fnUntraced(function* ({ params, query }) {
      const { read } = yield* pacts.find(params.pactId)
      return yield* listOf("knowledge", read, query, () => read.knowledge(query, query))
    }),
    record: Effect.fnUntraced(function* ({ params, payload: { refs, ...payload }, query }) {
      const pact = yield* pacts.find(params.pactId)
      return writtenJson(yield* writeOnce(pact, { type: "knowledge", payload, refs }, query))
    }),
    topics: Effect.fnUntraced(function* ({ params, query: { after, limit = limits.pageMax } }) {
      const { read } = yield* pacts.find(params.pactId)
      return yield* run(() => read.topics({ after, limit }))
    })
  })
})
