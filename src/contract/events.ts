import { Schema } from "effect"
import { HttpApiEndpoint, HttpApiGroup, HttpApiSchema, OpenApi } from "effect/http-api"
import { UnknownPact } from "../domain/errors.ts"
import { eventNames, type EventName } from "../domain/events.ts"
import { guarded } from "./errors.ts"
import { Bearer } from "./security.ts"

/**
 * One event of the stream. `id` is a cursor for `Last-Event-ID`, `data` is JSON and depends on `event`. New names of
 * events may come: readers skip what they don't know.
 */
export const EventFrame = Schema.Struct({
  id: Schema.optionalKey(Schema.String),
  event: Schema.String,
  data: Schema.fromJsonString(Schema.Unknown)
}).annotate({ identifier: "Event" })
export type EventFrame = typeof EventFrame.Type

/** The fields of each event's data. */
export const eventFields: Readonly<Record<EventName, string>> = {
  hello: "version, cursor",
  "entry-applied": "pact_id, alias, entry",
  "entry-confirmed": "pact_id, alias, upto",
  "entry-rejected": "pact_id, alias, id, code",
  "task-changed": "pact_id, alias, task",
  "member-online": "pact_id, alias, member_key, agent_id",
  "member-offline": "pact_id, alias, member_key, agent_id",
  "member-added": "pact_id, alias, member_key, agent_id, role. It comes again when the role changes",
  "member-removed": "pact_id, alias, member_key, agent_id",
  "peer-add": "pact_id, alias",
  "peer-remove": "pact_id, alias",
  "pact-added": "pact_id, alias",
  "pact-removed": "pact_id, alias",
  "pact-changed": "pact_id, alias",
  resync: "reason, and pact_id, alias where it is about one pact"
}

/** Names of events, with commas between them. */
const types = Schema.String.check(
  Schema.isMaxLength(512),
  Schema.makeFilter((text: string) => text.split(",").every((name) => eventNames.includes(name as EventName)), {
    expected: `names of events with commas between them: ${eventNames.join(", ")}`
  })
)

export const events = HttpApiGroup.make("events")
  .add(
    HttpApiEndpoint.get("stream", "/v1/events", {
      query: {
        pact: Schema.optionalKey(Schema.String.check(Schema.isMaxLength(64))),
        types: Schema.optionalKey(types)
      },
      headers: { "last-event-id": Schema.optionalKey(Schema.String) },
      success: HttpApiSchema.StreamSse({ events: EventFrame }),
      error: [...guarded, UnknownPact]
    }).annotateMerge(
      OpenApi.annotations({
        summary: "Server-sent events of all pacts, or of one.",
        description:
          "Starts with `hello {version, cursor}`. A reader that comes back with `Last-Event-ID` gets what it missed, " +
          "or one `resync {reason}`. A comment comes every 15 s. A reader that lets 1 MiB pile up is cut off."
      })
    )
  )
  .middleware(Bearer)
  .annotateMerge(OpenApi.annotations({ title: "Events" }))
