import { Schema } from "effect"
import { HttpApi, HttpApiEndpoint, HttpApiGroup, OpenApi } from "effect/http-api"
import { Refs } from "../domain/entry.ts"
import { AgentId } from "../domain/ids.ts"
import { limits } from "../domain/limits.ts"
import { nonEmpty, text, Timestamp } from "../domain/payloads.ts"
import { inList, inPact, inWrite, keyed } from "./errors.ts"
import { keepUnknown, pact, page, pageOf, since, whole, write } from "./parameters.ts"
import { Bearer } from "./security.ts"
import { KnowledgeView } from "./views.ts"

/** `refs` are the entries it builds on. Fields that are not named here are kept in the payload. */
export const NewKnowledge = Schema.Struct({
  topic: text(limits.topic),
  content: nonEmpty,
  source: Schema.optionalKey(Schema.String),
  refs: Schema.optionalKey(Refs)
}).annotate({ identifier: "NewKnowledge" })

/** `last_at` is the time of the newest entry of the topic, in the linear order. */
export const Topic = Schema.Struct({ topic: text(limits.topic), entries: Schema.Int, last_at: Timestamp }).annotate({
  identifier: "Topic"
})

export const knowledge = HttpApiGroup.make("knowledge")
  .add(
    HttpApiEndpoint.get("list", "/v1/pacts/:pactId/knowledge", {
      params: pact,
      query: {
        ...page,
        topic: Schema.optionalKey(text(limits.topic)),
        agent_id: Schema.optionalKey(AgentId),
        since: Schema.optionalKey(since)
      },
      success: pageOf(KnowledgeView),
      error: inList
    }).annotateMerge(OpenApi.annotations({ summary: "Knowledge, by topic, author and time." })),
    HttpApiEndpoint.post("record", "/v1/pacts/:pactId/knowledge", {
      params: pact,
      query: write,
      payload: NewKnowledge,
      success: KnowledgeView,
      error: [...inWrite, ...keyed]
    })
      .annotate(HttpApi.PayloadParseOptions, keepUnknown)
      .annotateMerge(OpenApi.annotations({ summary: "Records one piece of knowledge." })),
    HttpApiEndpoint.get("topics", "/v1/pacts/:pactId/topics", {
      params: pact,
      query: {
        after: Schema.optionalKey(Schema.String.check(Schema.isMaxLength(limits.topic))),
        limit: Schema.optionalKey(whole(1, limits.pageMax))
      },
      success: Schema.Array(Topic),
      error: inPact
    }).annotateMerge(
      OpenApi.annotations({
        summary: "The topics by name, with the number of their entries.",
        description: "At most `limit` (1000) of them. Those behind the last come with `after` set to its name."
      })
    )
  )
  .middleware(Bearer)
  .annotateMerge(OpenApi.annotations({ title: "Knowledge" }))
