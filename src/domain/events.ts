import { Schema } from "effect"
import { EntryId, PactId } from "./ids.ts"

/** Why a stream can't go on where it was, of one pact or of all: the reader lists anew from here. */
export const Resync = Schema.Struct({ reason: Schema.String, pact_id: Schema.optionalKey(PactId) })

/** The names of the events of `GET /v1/events`. New ones may come; readers skip what they don't know. */
export const eventNames = [
  "hello",
  "entry-applied",
  "entry-confirmed",
  "entry-rejected",
  "task-changed",
  "member-online",
  "member-offline",
  "member-added",
  "member-removed",
  "peer-add",
  "peer-remove",
  "pact-added",
  "pact-removed",
  "pact-changed",
  "resync"
] as const
export type EventName = (typeof eventNames)[number]

export const EntryConfirmed = Schema.Struct({ pact_id: PactId, upto: EntryId })
export const EntryRejected = Schema.Struct({ pact_id: PactId, id: EntryId, code: Schema.String })
