/** The names of the events of `GET /v1/events`. New ones may come; readers skip what they don't know. */
export const eventNames = [
  "hello",
  "entry-applied",
  "entry-confirmed",
  "entry-rejected",
  "task-changed",
  "member-online",
  "member-offline",
  "member-links",
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
