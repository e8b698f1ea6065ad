import { Effect } from "effect"
import { search } from "../contract/search.ts"
import { limits } from "../domain/limits.ts"
import { handle } from "../http/handlers.ts"
import { Pacts } from "../pacts/Pacts.ts"
import { entryJson, query as run } from "./serve.ts"
import { jsonText } from "../http/answer.ts"

export const searchHandlers = Effect.gen(function* () {
  const pacts = yield* Pacts
  return handle(search, {
    pact: Effect.fnUntraced(function* ({ params, query }) {
      const { read } = yield* pacts.find(params.pactId)
      const { hasMore, hits } = yield* run(() => read.search(query))
      return hitsJson(
        hits.map((hit) => entryJson(hit, `,"snippet":${JSON.stringify(hit.snippet)}`)),
        hasMore
      )
    }),
    host: Effect.fnUntraced(function* ({ query }) {
      const { limit = limits.searchDefault } = query
      const found = yield* Effect.forEach(yield* pacts.list, ({ alias, pact, pactId }) =>
        pact === null
          ? Effect.succeed({ hits: [], hasMore: false })
          : Effect.map(
              run(() => pact.read.search(query)).pipe(
                // The read model of one pact is being made anew: the others are searched all the same.
                Effect.catchTag("INTERNAL", () => Effect.succeed({ hits: [], hasMore: true }))
              ),
              ({ hasMore, hits }) => ({
                hasMore,
                hits: hits.map((hit) => ({
                  score: hit.score,
                  json: entryJson(
                    hit,
                    `,"snippet":${JSON.stringify(hit.snippet)},"pact_id":"${pactId}","alias":"${alias}"`
                  )
                }))
              })
            )
      )
      const hits = found.flatMap((pact) => pact.hits).sort((a, b) => b.score - a.score)
      return hitsJson(
        hits.slice(0, limit).map(({ json }) => json),
        hits.length > limit || found.some(({ hasMore }) => hasMore)
      )
    })
  })
})

const hitsJson = (hits: ReadonlyArray<string>, hasMore: boolean) =>
  jsonText(`{"entries":[${hits.join(",")}],"has_more":${hasMore}}`)
