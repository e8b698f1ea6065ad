import { Schema } from "effect"
import { HttpApiEndpoint, HttpApiGroup, OpenApi } from "effect/http-api"
import { Role } from "../domain/entry.ts"
import { NotConfirmed, PactAliasExists, PactNotReady, StorageFull, UnknownPact } from "../domain/errors.ts"
import { AgentId, Alias, PactId } from "../domain/ids.ts"
import { JoinError, WaitingFor } from "../domain/joining.ts"
import { DisplayName, PactName, PactPurpose, Timestamp } from "../domain/payloads.ts"
import { bodied, guarded, keyed } from "./errors.ts"
import { pact } from "./parameters.ts"
import { Bearer } from "./security.ts"

/** What a pact is called, here and everywhere. */
const names = {
  alias: Alias,
  pact_id: PactId,
  pact_name: Schema.NullOr(PactName),
  pact_purpose: Schema.NullOr(PactPurpose),
  display_name: Schema.NullOr(DisplayName)
}

/**
 * `failed` is the reason why a pact could not be opened; such a pact has no role and no counts. One that is being joined
 * has none either, and says what it waits for, or why it can't go on.
 */
export const PactRow = Schema.Struct({
  ...names,
  role: Schema.NullOr(Role),
  is_current: Schema.Boolean,
  added_at: Timestamp,
  entries: Schema.Int,
  agents: Schema.Int,
  failed: Schema.optionalKey(Schema.String),
  joining: Schema.optionalKey(Schema.Literal(true)),
  waiting_for: Schema.optionalKey(WaitingFor),
  error: Schema.optionalKey(JoinError)
}).annotate({ identifier: "PactRow" })

export const PactList = Schema.Struct({ current: Schema.NullOr(Alias), pacts: Schema.Array(PactRow) }).annotate({
  identifier: "PactList"
})

/** `confirm` must be true, else `NOT_CONFIRMED`. The alias is made from the name unless given. */
export const CreatePact = Schema.Struct({
  name: PactName,
  purpose: Schema.optionalKey(PactPurpose),
  display_name: Schema.optionalKey(DisplayName),
  alias: Schema.optionalKey(Alias),
  confirm: Schema.optionalKey(Schema.Boolean)
}).annotate({ identifier: "CreatePact" })

export const PactMade = Schema.Struct({
  ok: Schema.Literal(true),
  ...names,
  peer_handle: AgentId,
  role: Role
}).annotate({ identifier: "PactMade" })

/** `confirm` repeats the alias. */
export const SwitchPact = Schema.Struct({ alias: Alias, confirm: Schema.optionalKey(Schema.String) }).annotate({
  identifier: "SwitchPact"
})
export const PactSwitched = Schema.Struct({ ok: Schema.Literal(true), current: Alias }).annotate({
  identifier: "PactSwitched"
})

export const RenamePact = Schema.Struct({ alias: Alias }).annotate({ identifier: "RenamePact" })
export const PactRenamed = Schema.Struct({ ok: Schema.Literal(true), alias: Alias, pact_id: PactId }).annotate({
  identifier: "PactRenamed"
})

/** `confirm` is the alias or the pact id. */
export const RemovePact = Schema.Struct({ confirm: Schema.optionalKey(Schema.String) }).annotate({
  identifier: "RemovePact"
})
/** `announced` is true once a member that was online took the leave. Else the others see this one as a member on. */
export const PactRemoved = Schema.Struct({
  ok: Schema.Literal(true),
  removed: Schema.Struct({ alias: Alias, pact_id: PactId }),
  announced: Schema.Boolean
}).annotate({ identifier: "PactRemoved" })

export const pacts = HttpApiGroup.make("pacts")
  .add(
    HttpApiEndpoint.get("list", "/v1/pacts", { success: PactList, error: guarded }).annotateMerge(
      OpenApi.annotations({ summary: "Every pact of this home, those that could not be opened too." })
    ),
    HttpApiEndpoint.post("create", "/v1/pacts", {
      payload: CreatePact,
      success: PactMade,
      error: [...bodied, NotConfirmed, PactAliasExists, PactNotReady, ...keyed]
    }).annotateMerge(OpenApi.annotations({ summary: "Makes a new pact with this peer as its creator." })),
    HttpApiEndpoint.post("switch", "/v1/pacts/switch", {
      payload: SwitchPact,
      success: PactSwitched,
      error: [...bodied, NotConfirmed, UnknownPact, ...keyed]
    }).annotateMerge(OpenApi.annotations({ summary: "Makes a pact the current one, which `default` stands for." })),
    HttpApiEndpoint.put("alias", "/v1/pacts/:pactId/alias", {
      params: pact,
      payload: RenamePact,
      success: PactRenamed,
      error: [...bodied, UnknownPact, PactAliasExists, StorageFull]
    }).annotateMerge(OpenApi.annotations({ summary: "Renames a pact in this home. Nobody else notices." })),
    HttpApiEndpoint.delete("remove", "/v1/pacts/:pactId", {
      params: pact,
      payload: RemovePact,
      success: PactRemoved,
      error: [...bodied, NotConfirmed, UnknownPact, PactNotReady, StorageFull]
    }).annotateMerge(
      OpenApi.annotations({ summary: "Leaves a pact: announces it, gives up writer rights, deletes the data." })
    )
  )
  .middleware(Bearer)
  .annotateMerge(OpenApi.annotations({ title: "Pacts" }))
