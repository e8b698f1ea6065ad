import { Schema } from "effect"
import { HttpApi, HttpApiEndpoint, HttpApiGroup, OpenApi } from "effect/http-api"
import { Refs } from "../domain/entry.ts"
import {
  BadSkillName,
  NotConfirmed,
  NotFound,
  SkillChecksumMismatch,
  SkillDamaged,
  StorageFull
} from "../domain/errors.ts"
import { EntryId } from "../domain/ids.ts"
import { limits } from "../domain/limits.ts"
import { SkillChecksum, SkillFormat, SkillName, SkillPayload, text, Timestamp } from "../domain/payloads.ts"
import { bodied, inList, inPact, inWrite, keyed } from "./errors.ts"
import { keepUnknown, pact, page, pageOf, write } from "./parameters.ts"
import { Bearer } from "./security.ts"
import { SkillView } from "./views.ts"

const { content, version, ...brief } = SkillPayload.schema.fields

/** A skill as lists show it: all but its content. */
export const SkillBrief = Schema.Struct({
  ...SkillView.fields,
  payload: Schema.StructWithRest(Schema.Struct({ ...brief, version }), [Schema.Record(Schema.String, Schema.Unknown)])
}).annotate({ identifier: "SkillBrief" })

/**
 * `checksum` is verified when it is given and computed when not: `sha256:` and the hex of the SHA-256 of
 * `openpact-skill-content:v1\\n` followed by the content. Fields that are not named here are kept in the payload.
 */
export const NewSkill = Schema.Struct({
  name: text(limits.skillName),
  version,
  description: Schema.optionalKey(Schema.String),
  format: SkillFormat,
  content,
  checksum: Schema.optionalKey(SkillChecksum),
  refs: Schema.optionalKey(Refs)
}).annotate({ identifier: "NewSkill" })

const named = { id: EntryId, name: SkillName, version, format: SkillFormat, checksum: SkillChecksum }

/** The content, after its checksum was found right. */
export const SkillContent = Schema.Struct({ ...named, content }).annotate({ identifier: "SkillContent" })

/**
 * A skill that was installed on this machine. `path` is its file. One whose file is not what was installed has been
 * set aside: `quarantined` says why, and where it is now.
 */
export const InstalledSkill = Schema.Struct({
  ...named,
  installed_at: Timestamp,
  path: Schema.String,
  quarantined: Schema.NullOr(
    Schema.Struct({ at: Timestamp, reason: Schema.String, path: Schema.NullOr(Schema.String) })
  )
}).annotate({ identifier: "InstalledSkill" })
export type InstalledSkill = typeof InstalledSkill.Type

/** `confirm` must be true, else `NOT_CONFIRMED`. */
export const InstallSkill = Schema.Struct({ confirm: Schema.optionalKey(Schema.Boolean) }).annotate({
  identifier: "InstallSkill"
})
/** `confirm` repeats the name of the skill. */
export const UninstallSkill = Schema.Struct({ confirm: Schema.optionalKey(Schema.String) }).annotate({
  identifier: "UninstallSkill"
})

const skill = { ...pact, id: EntryId }
const stored = [...inPact, NotFound, SkillDamaged] as const

export const skills = HttpApiGroup.make("skills")
  .add(
    HttpApiEndpoint.get("list", "/v1/pacts/:pactId/skills", {
      params: pact,
      query: { ...page, format: Schema.optionalKey(SkillFormat) },
      success: pageOf(SkillBrief),
      error: inList
    }).annotateMerge(OpenApi.annotations({ summary: "Skills, without their content." })),
    HttpApiEndpoint.post("post", "/v1/pacts/:pactId/skills", {
      params: pact,
      query: write,
      payload: NewSkill,
      success: SkillView,
      error: [...inWrite, BadSkillName, SkillChecksumMismatch, ...keyed]
    })
      .annotate(HttpApi.PayloadParseOptions, keepUnknown)
      .annotateMerge(OpenApi.annotations({ summary: "Shares a skill with everybody in the pact." })),
    HttpApiEndpoint.get("installed", "/v1/pacts/:pactId/skills/installed", {
      params: pact,
      success: Schema.Struct({ entries: Schema.Array(InstalledSkill) }),
      error: [...inPact, StorageFull]
    }).annotateMerge(
      OpenApi.annotations({
        summary: "The skills that are installed on this machine.",
        description: "Each file is verified. One that was changed is set aside, and named."
      })
    ),
    HttpApiEndpoint.get("content", "/v1/pacts/:pactId/skills/:id/content", {
      params: skill,
      success: SkillContent,
      error: stored
    }).annotateMerge(OpenApi.annotations({ summary: "The content of a skill, verified at every read." })),
    HttpApiEndpoint.post("install", "/v1/pacts/:pactId/skills/:id/install", {
      params: skill,
      payload: InstallSkill,
      success: InstalledSkill,
      error: [...stored, ...bodied, NotConfirmed, BadSkillName, ...keyed]
    }).annotateMerge(
      OpenApi.annotations({
        summary: "Writes a skill to the pact's skills folder on this machine. Nothing is run.",
        description: "One that has the same name is replaced."
      })
    ),
    HttpApiEndpoint.delete("uninstall", "/v1/pacts/:pactId/skills/:id/install", {
      params: skill,
      payload: UninstallSkill,
      success: InstalledSkill,
      error: [...inPact, ...bodied, NotFound, NotConfirmed, BadSkillName, StorageFull]
    }).annotateMerge(OpenApi.annotations({ summary: "Takes an installed skill off this machine." }))
  )
  .middleware(Bearer)
  .annotateMerge(OpenApi.annotations({ title: "Skills" }))
