import { Schema, Struct } from "effect"
import { Alias, PactId } from "../domain/ids.ts"
import { Timestamp } from "../domain/payloads.ts"
import { jsonFile } from "./json-file.ts"
import type { ProcessMark } from "./process.ts"
import { Secret } from "./secret.ts"

const Port = Schema.Int.check(Schema.isBetween({ minimum: 1, maximum: 65535 }))

/** One pact of the home. `dataDir` is its folder name below pacts/ and never changes, `alias` may. */
export const PactListing = Schema.Struct({
  alias: Alias,
  pactId: PactId,
  dataDir: Alias,
  /** When it came to this home, in ms. */
  addedAt: Schema.optionalKey(Timestamp)
})
export type PactListing = typeof PactListing.Type

const unique = (key: "alias" | "pactId" | "dataDir") =>
  Schema.makeFilter(
    (pacts: ReadonlyArray<PactListing>) => new Set(pacts.map((pact) => pact[key])).size === pacts.length,
    {
      expected: `no ${key} twice`
    }
  )

/** What daemon.json holds: the whole contract between a daemon and its clients. */
export const DaemonState = Schema.Struct({
  version: Schema.Literal(1),
  apiToken: Secret,
  pacts: Schema.Array(PactListing).check(unique("alias"), unique("pactId"), unique("dataDir")),
  currentAlias: Schema.NullOr(Alias),
  /** Settings kept by hand, see settings.ts. */
  settings: Schema.optionalKey(Schema.Record(Schema.String, Schema.Unknown)),
  /** The daemon that runs. All of these are gone after a clean stop, the ports are there once it listens. */
  pid: Schema.optionalKey(Schema.Int.check(Schema.isGreaterThan(0))),
  processStart: Schema.optionalKey(Schema.NullOr(Schema.String)),
  bootId: Schema.optionalKey(Schema.NullOr(Schema.String)),
  startedAt: Schema.optionalKey(Timestamp),
  port: Schema.optionalKey(Port),
  dashboardPort: Schema.optionalKey(Port)
})
export type DaemonState = typeof DaemonState.Type

export const daemonJson = jsonFile(1, DaemonState)

/** The process that wrote the file and did not take leave, if any. */
export const processOf = ({ bootId = null, pid, processStart = null }: DaemonState): ProcessMark | null =>
  pid === undefined ? null : { pid, start: processStart, boot: bootId }

/** The state of a home on which no daemon runs. */
export const stopped = (state: DaemonState): DaemonState =>
  Struct.omit(state, ["pid", "processStart", "bootId", "startedAt", "port", "dashboardPort"])
