import { Schema } from "effect"
import { HttpApiEndpoint, HttpApiGroup, OpenApi } from "effect/http-api"
import { Role } from "../domain/entry.ts"
import { HandleTaken, LastIndexer, NotConfirmed, NotCreator } from "../domain/errors.ts"
import { AgentId, EntryId, MemberKey } from "../domain/ids.ts"
import { inWrite, keyed } from "./errors.ts"
import { pact, write } from "./parameters.ts"
import { Bearer } from "./security.ts"

/** `indexer: true` makes it an indexer at once. `confirm` may be left out. */
export const AddMember = Schema.Struct({
  key: MemberKey,
  indexer: Schema.optionalKey(Schema.Boolean),
  confirm: Schema.optionalKey(Schema.Boolean)
}).annotate({ identifier: "AddMember" })

/** `confirm` must be true, else `NOT_CONFIRMED`. */
export const NameMember = Schema.Struct({ key: MemberKey, confirm: Schema.optionalKey(Schema.Boolean) }).annotate({
  identifier: "NameMember"
})

/** The member as it is now: `role` is null for one that was removed. `id` is the entry that says so. */
export const MemberChanged = Schema.Struct({
  ok: Schema.Literal(true),
  key: MemberKey,
  agent_id: AgentId,
  role: Schema.NullOr(Role),
  id: EntryId,
  confirmed: Schema.Boolean
}).annotate({ identifier: "MemberChanged" })

const admitting = [...inWrite, ...keyed, NotConfirmed, NotCreator, HandleTaken] as const
const removing = [...inWrite, NotConfirmed, NotCreator, LastIndexer] as const

export const members = HttpApiGroup.make("members")
  .add(
    HttpApiEndpoint.post("add", "/v1/pacts/:pactId/admin/members", {
      params: pact,
      query: write,
      payload: AddMember,
      success: MemberChanged,
      error: admitting
    }).annotateMerge(
      OpenApi.annotations({
        summary: "Admits a member by its key, without an invite. Creator only.",
        description: "One that is a member already keeps its role, or gains by it."
      })
    ),
    HttpApiEndpoint.delete("drop", "/v1/pacts/:pactId/admin/members/:key", {
      params: { ...pact, key: MemberKey },
      query: write,
      success: MemberChanged,
      error: removing
    }).annotateMerge(
      OpenApi.annotations({
        summary: "Removes a member. Creator only, but everybody may remove itself.",
        description: "The path names it, so nothing else confirms it. The creator and the last indexer stay."
      })
    ),
    HttpApiEndpoint.post("promote", "/v1/pacts/:pactId/admin/promote", {
      params: pact,
      query: write,
      payload: NameMember,
      success: MemberChanged,
      error: admitting
    }).annotateMerge(OpenApi.annotations({ summary: "Makes a member an indexer. Creator only." })),
    HttpApiEndpoint.post("remove", "/v1/pacts/:pactId/admin/remove", {
      params: pact,
      query: write,
      payload: NameMember,
      success: MemberChanged,
      error: [...removing, ...keyed]
    }).annotateMerge(
      OpenApi.annotations({ summary: "Removes a member. Creator only, but everybody may remove itself." })
    )
  )
  .middleware(Bearer)
  .annotateMerge(OpenApi.annotations({ title: "Members" }))
