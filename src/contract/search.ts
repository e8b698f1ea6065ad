import { Schema } from "effect"
import { HttpApiEndpoint, HttpApiGroup, OpenApi } from "effect/http-api"
import { EntryType } from "../domain/entry.ts"
import { Alias, PactId } from "../domain/ids.ts"
import { limits } from "../domain/limits.ts"
import { text } from "../domain/payloads.ts"
import { guarded, inPact } from "./errors.ts"
import { pact, whole } from "./parameters.ts"
import { Bearer } from "./security.ts"
import { AdminView, KnowledgeView, MessageView, RedeemedView, SkillView, TaskEntryView } from "./views.ts"

/** `q` is words, whatever signs stand in it. */
const query = {
  q: text(500),
  type: Schema.optionalKey(EntryType),
  topic: Schema.optionalKey(text(limits.topic)),
  limit: Schema.optionalKey(whole(1, limits.searchMax))
}

const hitOf = <const F extends Schema.Struct.Fields>(more: F) =>
  Schema.Union([
    Schema.Struct({ ...KnowledgeView.fields, ...more }),
    Schema.Struct({ ...TaskEntryView.fields, ...more }),
    Schema.Struct({ ...SkillView.fields, ...more }),
    Schema.Struct({ ...MessageView.fields, ...more }),
    Schema.Struct({ ...AdminView.fields, ...more }),
    Schema.Struct({ ...RedeemedView.fields, ...more })
  ])

/** An entry with the part of its text that was found. */
export const Hit = hitOf({ snippet: Schema.String }).annotate({ identifier: "Hit" })
/** A hit and the pact it stands in. */
export const HostHit = hitOf({ snippet: Schema.String, pact_id: PactId, alias: Alias }).annotate({
  identifier: "HostHit"
})

/** Best first. */
export const Hits = Schema.Struct({ entries: Schema.Array(Hit), has_more: Schema.Boolean }).annotate({
  identifier: "Hits"
})
export const HostHits = Schema.Struct({ entries: Schema.Array(HostHit), has_more: Schema.Boolean }).annotate({
  identifier: "HostHits"
})

export const search = HttpApiGroup.make("search")
  .add(
    HttpApiEndpoint.get("pact", "/v1/pacts/:pactId/search", {
      params: pact,
      query,
      success: Hits,
      error: inPact
    }).annotateMerge(OpenApi.annotations({ summary: "Full-text search in one pact, ranked." })),
    HttpApiEndpoint.get("host", "/v1/search", { query, success: HostHits, error: guarded }).annotateMerge(
      OpenApi.annotations({ summary: "Full-text search in all pacts, ranked." })
    )
  )
  .middleware(Bearer)
  .annotateMerge(OpenApi.annotations({ title: "Search" }))
