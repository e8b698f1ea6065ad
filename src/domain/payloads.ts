import { Schema } from "effect"
import { AgentId, InviteKey, MemberKey, Signature } from "./ids.ts"
import { limits } from "./limits.ts"

/** Text of 1..max UTF-16 code units. */
export const text = (max: number) => {
  const expected = `1 to ${max} characters`
  return Schema.String.check(Schema.isMinLength(1, { expected }), Schema.isMaxLength(max, { expected }))
}
/** Text that may be empty. Its payload's size bounds it. */
const longText = Schema.String
export const nonEmpty = Schema.String.check(Schema.isMinLength(1, { expected: "at least one character" }))
/** For what people read beside other things. */
const label = (max: number) =>
  text(max).check(Schema.isTrimmed({ expected: `1 to ${max} characters, no space around` }))

/** A payload that keeps the fields it doesn't know. All others refuse them, see {@link strict}. */
const open = <const F extends Schema.Struct.Fields>(fields: F) =>
  Schema.StructWithRest(Schema.Struct(fields), [Schema.Record(Schema.String, Schema.Unknown)])

/** How entries and bodies are decoded: unknown fields are an error, never dropped in silence. */
export const strict = { onExcessProperty: "error" } as const

/** Milliseconds since the epoch. */
export const Timestamp = Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: limits.timestamp }))
/** A span in milliseconds, 1 and up. */
export const Ttl = Schema.Int.check(Schema.isBetween({ minimum: 1, maximum: limits.ttl }))
/** An advisory label without authority: 1..64, no space around it. */
export const DisplayName = label(limits.displayName)
export const PactName = label(limits.pactName)
export const PactPurpose = label(limits.pactPurpose)
/** One of several agents that share a daemon. */
export const Worker = text(limits.worker)

export const KnowledgePayload = open({
  topic: text(limits.topic),
  content: nonEmpty,
  source: Schema.optionalKey(longText)
})

/** A new task. */
export const TaskCreate = open({
  status: Schema.Literal("open"),
  title: text(limits.title),
  description: Schema.optionalKey(longText),
  assigned_to: Schema.optionalKey(AgentId)
})

const untitled = { title: Schema.optionalKey(Schema.Never), worker: Schema.optionalKey(Worker) }

/** Claims a task; with `renew: true` it extends the claim that `refs[1]` names. */
export const TaskClaim = open({
  status: Schema.Literal("claimed"),
  renew: Schema.optionalKey(Schema.Literal(true)),
  ...untitled
})
/** Gives a claimed task back. */
export const TaskRelease = open({ status: Schema.Literal("open"), ...untitled })
/** Ends a task, claimed or open. */
export const TaskComplete = open({
  status: Schema.Literal("complete"),
  result: Schema.optionalKey(Schema.Unknown),
  ...untitled
})

/** Updates carry `refs: [task id, claim id?]`. */
export const TaskPayload = Schema.Union([TaskCreate, TaskClaim, TaskRelease, TaskComplete])

/** A file name that is safe on every system: no separators, no dot in front, no reserved names. */
export const SkillName = text(limits.skillName).check(
  Schema.isPattern(/^(?!(?:con|prn|aux|nul|com[0-9]|lpt[0-9])(?:\.|$))[a-z0-9](?:[a-z0-9._-]*[a-z0-9])?$/i, {
    expected:
      "letters, digits, dots, dashes and underscores, starting and ending with a letter or digit, no reserved name"
  })
)
const semver = /^(0|[1-9]\d*)\.(0|[1-9]\d*)\.(0|[1-9]\d*)(?:-[0-9A-Za-z.-]{1,64})?(?:\+[0-9A-Za-z.-]{1,64})?$/
export const SkillFormat = Schema.Literals(["openclaw", "langchain", "generic"])
export const SkillChecksum = Schema.String.check(Schema.isPattern(/^sha256:[0-9a-f]{64}$/))

export const SkillPayload = open({
  name: SkillName,
  version: Schema.String.check(
    Schema.isMaxLength(160, { expected: "at most 160 characters" }),
    Schema.isPattern(semver, { expected: "a version such as 1.2.0" })
  ),
  description: Schema.optionalKey(longText),
  format: SkillFormat,
  content: longText,
  checksum: SkillChecksum
})

export const Priority = Schema.Literals(["low", "normal", "high"])

/**
 * `kind` marks a notice of a daemon; `name` and `purpose` are what a `rename` or `pact-update` announces. Only `rename` is
 * written: admin entries say the others.
 */
export const MessagePayload = Schema.Struct({
  content: nonEmpty,
  priority: Schema.optionalKey(Priority),
  kind: Schema.optionalKey(Schema.Literals(["leave", "rename", "pact-update"])),
  name: Schema.optionalKey(Schema.NullOr(text(limits.pactName))),
  purpose: Schema.optionalKey(Schema.NullOr(text(limits.pactPurpose)))
})

export const AddWriter = Schema.Struct({
  action: Schema.Literal("addWriter"),
  key: MemberKey,
  indexer: Schema.optionalKey(Schema.Boolean),
  invite: Schema.optionalKey(InviteKey)
})
export const RemoveWriter = Schema.Struct({ action: Schema.Literal("removeWriter"), key: MemberKey })
/** Null clears a field, an absent one stays. */
export const SetInfo = Schema.Struct({
  action: Schema.Literal("setInfo"),
  name: Schema.optionalKey(Schema.NullOr(PactName)),
  purpose: Schema.optionalKey(Schema.NullOr(PactPurpose))
})
export const MintInvite = Schema.Struct({
  action: Schema.Literal("mintInvite"),
  invite: InviteKey,
  expires_at: Timestamp
})
export const RevokeInvite = Schema.Struct({ action: Schema.Literal("revokeInvite"), invite: InviteKey })

export const AdminPayload = Schema.Union([AddWriter, RemoveWriter, SetInfo, MintInvite, RevokeInvite])

/** `proof` is the signature by the nonce's key over protocol, pact id and member key. */
export const InviteRedeemedPayload = Schema.Struct({
  invite: InviteKey,
  redeemed_by: MemberKey,
  proof: Signature
})
