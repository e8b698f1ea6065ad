import { Schema } from "effect"
import { HttpApiEndpoint, HttpApiGroup, HttpApiSchema, OpenApi } from "effect/http-api"
import { Role } from "../domain/entry.ts"
import { UnknownPact } from "../domain/errors.ts"
import { eventNames, type EventName } from "../domain/events.ts"
import { AgentId, Alias, EntryId, MemberKey, PactId } from "../domain/ids.ts"
import { guarded } from "./errors.ts"
import { Bearer } from "./security.ts"
import { TaskView } from "./tasks.ts"
import { EntryView } from "./views.ts"

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

const at = { pact_id: PactId, alias: Alias }
const member = { ...at, member_key: MemberKey, agent_id: AgentId }

/** The data of each event. */
export const eventData = {
  hello: Schema.Struct({ version: Schema.String, cursor: Schema.String }),
  "entry-applied": Schema.Struct({ ...at, entry: EntryView }),
  "entry-confirmed": Schema.Struct({ ...at, upto: EntryId }),
  "entry-rejected": Schema.Struct({ ...at, id: EntryId, code: Schema.String }),
  "task-changed": Schema.Struct({ ...at, task: TaskView }),
  "member-online": Schema.Struct(member),
  "member-offline": Schema.Struct(member),
  // It tells other connections than before.
  "member-links": Schema.Struct(member),
  // It comes again when the role changes.
  "member-added": Schema.Struct({ ...member, role: Role }),
  "member-removed": Schema.Struct(member),
  "peer-add": Schema.Struct(at),
  "peer-remove": Schema.Struct(at),
  "pact-added": Schema.Struct(at),
  "pact-removed": Schema.Struct(at),
  // Its name or purpose, or what its status tells of this machine's removal.
  "pact-changed": Schema.Struct(at),
  // Without a pact where it is about all of them.
  resync: Schema.Struct({
    reason: Schema.String,
    pact_id: Schema.optionalKey(PactId),
    alias: Schema.optionalKey(Alias)
  })
} as const satisfies Readonly<Record<EventName, Schema.Top>>

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
