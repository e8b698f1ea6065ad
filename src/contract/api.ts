import { HttpApi, OpenApi } from "effect/http-api"
import { strict } from "../domain/payloads.ts"
import { dashboard } from "./dashboard.ts"
import { entries } from "./entries.ts"
import { events } from "./events.ts"
import { host, probes } from "./host.ts"
import { invites } from "./invites.ts"
import { joins } from "./joins.ts"
import { knowledge } from "./knowledge.ts"
import { members } from "./members.ts"
import { messages } from "./messages.ts"
import { pactGroup } from "./pact.ts"
import { pacts } from "./pacts.ts"
import { search } from "./search.ts"
import { skills } from "./skills.ts"
import { tasks } from "./tasks.ts"

/**
 * How programs talk to a daemon: the one source of the server's routes, the clients, the OpenAPI document and the
 * reference. What a request may hold is exact: unknown fields and unknown parameters are errors. Answers may gain
 * fields, and readers ignore those they don't know.
 */
export const Api = HttpApi.make("openpact")
  .add(probes, host, pacts, joins, pactGroup, invites, members)
  .add(knowledge, tasks, skills, messages, entries, search, events, dashboard)
  .annotate(HttpApi.PayloadParseOptions, strict)
  .annotate(HttpApi.QueryParseOptions, strict)
  .annotateMerge(
    OpenApi.annotations({
      title: "OpenPact",
      version: "1",
      description: "The loopback API of an OpenPact daemon. Generated from src/contract."
    })
  )
