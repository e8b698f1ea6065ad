import { Schema } from "effect"
import { HttpApiEndpoint, HttpApiGroup, OpenApi } from "effect/http-api"
import { NotFound } from "../domain/errors.ts"
import { EntryId } from "../domain/ids.ts"
import { inList, inPact } from "./errors.ts"
import { Cursor, flag, page, pageOf, pact, since, whole } from "./parameters.ts"
import { Bearer } from "./security.ts"
import {
  AdminView,
  EntryView,
  KnowledgeView,
  MessageView,
  RedeemedView,
  SkillView,
  TaskEntryView,
  typeFilter
} from "./views.ts"

const accepted = { verdict: Schema.Struct({ accepted: Schema.Literal(true) }) }

/** An accepted entry as it stands in lists, and its verdict. */
export const AcceptedEntry = Schema.Union([
  Schema.Struct({ ...KnowledgeView.fields, ...accepted }),
  Schema.Struct({ ...TaskEntryView.fields, ...accepted }),
  Schema.Struct({ ...SkillView.fields, ...accepted }),
  Schema.Struct({ ...MessageView.fields, ...accepted }),
  Schema.Struct({ ...AdminView.fields, ...accepted }),
  Schema.Struct({ ...RedeemedView.fields, ...accepted })
]).annotate({ identifier: "AcceptedEntry" })

/** An entry that was refused leaves nothing but the code that says why. */
export const RefusedEntry = Schema.Struct({
  id: EntryId,
  verdict: Schema.Struct({ accepted: Schema.Literal(false), code: Schema.String })
}).annotate({ identifier: "RefusedEntry" })

/** `reset` is true when the order before the cursor changed: reading goes on from the last confirmed place before it. */
export const Changes = Schema.Struct({
  entries: Schema.Array(EntryView),
  cursor: Cursor,
  has_more: Schema.Boolean,
  reset: Schema.Boolean
}).annotate({ identifier: "Changes" })

const entryId = { ...pact, id: EntryId }

export const entries = HttpApiGroup.make("entries")
  .add(
    HttpApiEndpoint.get("entry", "/v1/pacts/:pactId/entries/:id", {
      params: entryId,
      success: Schema.Union([AcceptedEntry, RefusedEntry]),
      error: inPact
    }).annotateMerge(OpenApi.annotations({ summary: "One entry of any type, with its verdict." })),
    HttpApiEndpoint.get("referencedBy", "/v1/pacts/:pactId/entries/:id/referenced-by", {
      params: entryId,
      query: page,
      success: pageOf(EntryView),
      error: [...inList, NotFound]
    }).annotateMerge(OpenApi.annotations({ summary: "The entries that refer to this one." })),
    HttpApiEndpoint.get("log", "/v1/pacts/:pactId/log", {
      params: pact,
      query: { ...page, ...typeFilter, since: Schema.optionalKey(since) },
      success: pageOf(EntryView),
      error: inList
    }).annotateMerge(OpenApi.annotations({ summary: "All entries in the linear order, by type and time." })),
    HttpApiEndpoint.get("changes", "/v1/pacts/:pactId/changes", {
      params: pact,
      query: {
        since: Schema.optionalKey(Cursor),
        wait: Schema.optionalKey(whole(0, 30)),
        limit: page.limit,
        from: Schema.optionalKey(Schema.Literal("head")),
        confirmed: Schema.optionalKey(flag),
        ...typeFilter
      },
      success: Changes,
      error: inList
    }).annotateMerge(
      OpenApi.annotations({
        summary: "What came since a cursor, oldest first. Waits up to `wait` seconds when there is nothing new.",
        description:
          "Without `since` it begins at the first entry, or with `from=head` behind the last one. `reset: true` says that the " +
          "order before the cursor changed: reading goes on from what was confirmed then, so some entries come again. Their " +
          "ids tell."
      })
    )
  )
  .middleware(Bearer)
  .annotateMerge(OpenApi.annotations({ title: "Entries" }))
