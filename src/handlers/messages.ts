import { Effect } from "effect"
import { messages } from "../contract/messages.ts"
import { handle } from "../http/handlers.ts"
import { Pacts } from "../pacts/Pacts.ts"
import { listOf, writeOnce, writtenJson } from "./serve.ts"

export const messageHandlers = Effect.gen(function* () {
  const pacts = yield* Pacts
  return handle(messages, {
    list: Effect.fnUntraced(function* ({ params, query }) {
      const { read } = yield* pacts.find(params.pactId)
      return yield* listOf("messages", read, query, () => read.messages(query, query))
    }),
    send: Effect.fnUntraced(function* ({ params, payload: { refs: more = [], reply_to, ...payload }, query }) {
      const pact = yield* pacts.find(params.pactId)
      const refs = reply_to === undefined ? more : [reply_to, ...more.filter((ref) => ref !== reply_to)]
      return writtenJson(yield* writeOnce(pact, { type: "message", payload, refs }, query))
    })
  })
})
